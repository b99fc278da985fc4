"""The event package ``presence`` (RFC 3856): whether a user can be reached, as PIDF (RFC 3863).

What it says is what the exchange knows: registered or not, in a call or not. Nothing is published to it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sip_frontend.calls.subscriptions import notifier
from sip_frontend.calls.subscriptions.package import Package
from switchroom.v1 import registrar_pb2 as registrar_pb

if TYPE_CHECKING:
    from sip_frontend.calls.call import Call
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.subscriptions.subscription import Subscription


class Presence(Package):
    """Remembers of each watched user what was last told, so that a refreshed registration tells nothing."""

    name = "presence"
    content_type = "application/pidf+xml"
    gap_s = 1.0

    def __init__(self) -> None:
        self._told: dict[str, tuple[bool, bool]] = {}

    def watch(self, ex: Exchange, resource: str) -> None:
        self._told[resource] = _state(ex, resource)

    def unwatch(self, ex: Exchange, resource: str) -> None:
        self._told.pop(resource, None)

    def bindings_changed(self, ex: Exchange, delta: registrar_pb.BindingDelta) -> None:
        """Registrations came, were refreshed, or went."""
        if not self._told:
            return
        touched = {one.aor for one in delta.saved} | {one.aor for one in delta.removed}
        # The whole of a snapshot holds from its end on: also for whom earlier parts named, and for whom none did.
        for resource in list(self._told) if delta.snapshot_end else touched & self._told.keys():
            self._look(ex, resource)

    def call_changed(self, ex: Exchange, call: Call) -> None:
        """A call of a user began or ended."""
        self.user_changed(ex, call.view.entity.uri)

    def user_changed(self, ex: Exchange, resource: str) -> None:
        """*resource* may have another number of calls."""
        if resource in self._told:
            self._look(ex, resource)

    def _look(self, ex: Exchange, resource: str) -> None:
        state = _state(ex, resource)
        if self._told[resource] != state:
            self._told[resource] = state
            notifier.changed(ex, self.name, resource)

    def body(self, ex: Exchange, subscription: Subscription) -> bytes:
        resource = escape(subscription.resource)
        there, busy = _state(ex, subscription.resource)
        note = "<note>On the phone</note>\n" if busy else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:{resource}">\n'
            f'<tuple id="exchange">\n<status><basic>{"open" if there else "closed"}</basic></status>\n'
            f"<contact>sip:{resource}</contact>\n{note}</tuple>\n</presence>\n"
        ).encode()


def _state(ex: Exchange, resource: str) -> tuple[bool, bool]:
    """Whether it is registered, and whether it is in a call."""
    return bool(ex.locations.find(resource, ex.unix)), ex.entity_calls.get(resource, 0) > 0
