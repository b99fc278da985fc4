"""Who sends requests inside a dialog: a call, or a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sip_frontend.auth.digest_client import DigestSession
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.ways import NamedHop
    from sip_frontend.dialog import Dialog
    from sip_frontend.message import Header
    from sip_frontend.transaction import Flow


class Sender:
    """What sending needs to know of its user, apart from the dialog itself."""

    __slots__ = ("authorization", "dialog", "digest", "named_hop")

    def __init__(self) -> None:
        self.dialog: Dialog | None = None
        self.named_hop: NamedHop | None = None
        self.digest: DigestSession | None = None
        self.authorization: tuple[Header, ...] = ()

    def move_to(self, flow: Flow) -> None:
        """The peer is reached along *flow* from now on."""

    def unreachable(self, ex: Exchange) -> None:
        """There is no way to the peer any more."""
