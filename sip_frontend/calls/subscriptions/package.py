"""What an event package says of itself: RFC 6665 section 5.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.subscriptions.subscription import Subscription


class Package:
    """An event package. Each of its subscriptions is about one address of record."""

    name = ""
    """As it stands in Event."""
    content_type = ""
    """Of the body of its NOTIFY."""
    default_s = 3600
    """How long a subscription lasts when the subscriber does not say."""
    gap_s = 0.0
    """At least so long from one NOTIFY to the next."""
    own_only = False
    """Whether a user may subscribe to nothing but what is its own."""

    def watch(self, ex: Exchange, resource: str) -> None:
        """The first subscription to *resource* is there."""

    def unwatch(self, ex: Exchange, resource: str) -> None:
        """The last one is gone."""

    def body(self, ex: Exchange, subscription: Subscription) -> bytes:
        """The state of its resource, whole."""
        raise NotImplementedError
