"""The event package ``message-summary`` (RFC 3842): how many messages wait for a user, which lights a lamp.

Phones that subscribed are told inside their subscription; the others of the user get the same NOTIFY unasked, which
is what phones without a subscription expect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sip_frontend.calls import devices, outside
from sip_frontend.calls.subscriptions import notifier
from sip_frontend.calls.subscriptions.package import Package

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.subscriptions.subscription import Subscription

_UNASKED: Final = "terminated;reason=noresource"


class Counts(NamedTuple):
    """Messages of one user; the urgent ones are among the others."""

    new: int = 0
    old: int = 0
    new_urgent: int = 0
    old_urgent: int = 0


class MessageSummary(Package):
    """Keeps the counts as well: who reads the messages sets them."""

    name = "message-summary"
    content_type = "application/simple-message-summary"
    own_only = True

    def __init__(self) -> None:
        self._counts: dict[str, Counts] = {}

    def body(self, ex: Exchange, subscription: Subscription) -> bytes:
        return self.summary(subscription.resource)

    def summary(self, resource: str) -> bytes:
        """RFC 3842 section 5.2: urgent ones stand in parentheses, and do not when there is none."""
        new, old, new_urgent, old_urgent = self._counts.get(resource, Counts())
        urgent = f" ({new_urgent}/{old_urgent})" if new_urgent or old_urgent else ""
        waiting = "yes" if new else "no"
        return (
            f"Messages-Waiting: {waiting}\r\nMessage-Account: sip:{resource}\r\nVoice-Message: {new}/{old}{urgent}\r\n"
        ).encode()

    def set(self, ex: Exchange, resource: str, counts: Counts) -> None:
        """*counts* hold for *resource* from now on; its phones are told."""
        if any(counts):
            self._counts[resource] = counts
        else:
            self._counts.pop(resource, None)
        notifier.changed(ex, self.name, resource)
        self._tell_others(ex, resource)

    def _tell_others(self, ex: Exchange, resource: str) -> None:
        """RG-029: a NOTIFY for each device that has no subscription."""
        asked = set()
        for one in ex.subscriptions.about(self.name, resource):
            if one.dialog is not None:
                asked.add(one.dialog.flow.remote)
        headers = [
            ("Event", self.name),
            ("Subscription-State", _UNASKED),
            ("Content-Type", self.content_type),
        ]
        for way in devices.ways_of(ex, resource):
            if way.flow is None or way.flow.remote not in asked:
                outside.send(ex, outside.Outgoing("NOTIFY", way.binding.contact, headers, self.summary(resource)), way)
