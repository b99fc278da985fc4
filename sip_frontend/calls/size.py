"""Requests too large for UDP go by TCP, when the peer takes it (RFC 3261 section 18.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sip_frontend.message import new_branch
from sip_frontend.transaction import Flow
from switchroom.errors import SwitchroomError

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

NO_TCP_S: Final = 300.0
"""How long a peer that refused TCP is not asked again."""


def by_tcp(ex: Exchange, data: bytes, flow: Flow) -> Flow | None:
    """The connection that *data* should go by in place of *flow*; None when it may, or must, go by UDP."""
    limit = ex.settings.udp_limit
    if flow.transport != "UDP" or not limit or len(data) <= limit or ex.dead.holds("TCP", flow.remote, ex.now):
        return None
    try:
        return ex.connect("TCP", flow.remote)
    except SwitchroomError:
        return None  # no listener of ours for it, or no room: UDP is what is left


def refused(ex: Exchange, flow: Flow) -> None:
    """TCP to *flow*'s peer did not work."""
    ex.dead.add("TCP", flow.remote, ex.now, NO_TCP_S)


def readdressed(ex: Exchange, data: bytes, flow: Flow) -> tuple[bytes, str]:
    """A request of ours for another way, with nothing changed but its Via (RFC 3263 section 4.3), and its branch."""
    branch = new_branch()
    start = data.index(b"\r\n") + 2
    end = data.index(b"\r\n", start)
    via = f"Via: SIP/2.0/{flow.transport} {ex.sent_by(flow)};branch={branch};rport"
    return data[:start] + via.encode() + data[end:], branch
