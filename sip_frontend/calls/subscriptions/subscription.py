"""One subscription: who asked for what, until when, and what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.sender import Sender
from sip_frontend.calls.subscriptions.states import State

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.subscriptions.package import Package
    from sip_frontend.calls.timers import Timer
    from sip_frontend.dialog import Dialog

MOST_NEWS = 32
"""Endings that one subscriber may still have to be told of; older ones it learns from the absence of the thing."""


class Subscription(Sender):
    """Known by Call-ID and our tag; *resource* is the address of record it is about, *subscriber* whose it is."""

    __slots__ = (
        "behind",
        "event",
        "expires_at",
        "expiry",
        "last_words",
        "news",
        "next_at",
        "package",
        "resource",
        "state",
        "subscriber",
        "throttle",
        "unanswered",
        "version",
    )

    def __init__(self, package: Package, event: str, resource: str, subscriber: str, dialog: Dialog) -> None:
        super().__init__()
        self.package = package
        self.event = event
        """The Event header as it was asked for, with its id."""
        self.resource = resource
        self.subscriber = subscriber
        self.dialog = dialog
        self.state = State.ACTIVE
        self.expires_at = 0.0
        self.expiry: Timer | None = None
        self.throttle: Timer | None = None
        self.next_at = 0.0
        """No NOTIFY before this (the package says how many a second there may be)."""
        self.unanswered = False
        """A NOTIFY is on its way; the next one waits for its answer, so that they cannot overtake each other."""
        self.behind = False
        """There is something that it was not told yet."""
        self.last_words = ""
        """Why it is over, in the words of Subscription-State."""
        self.version = 0
        self.news: dict[str, str] = {}
        """What has ended since the last NOTIFY, in the form of the package."""

    @property
    def key(self) -> tuple[str, str]:
        dialog = self.dialog
        return (dialog.call_id, dialog.local_tag) if dialog is not None else ("", "")

    def remember(self, name: str, text: str) -> None:
        """Tell *text* with the next NOTIFY."""
        self.news[name] = text
        if len(self.news) > MOST_NEWS:
            del self.news[next(iter(self.news))]

    def stop_timers(self) -> None:
        """Cancel every timer."""
        if self.expiry is not None:
            self.expiry.cancel()
        if self.throttle is not None:
            self.throttle.cancel()
        self.expiry = self.throttle = None

    def unreachable(self, ex: Exchange) -> None:
        """Its NOTIFY has failed with the way, which ended it already."""
