"""An offer of ours in mid call: the re-INVITE itself, whatever it is for (RFC 3261 section 14.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import requests
from sip_frontend.calls.call import Call
from sip_frontend.message import Header, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sip_frontend.calls.exchange import Exchange


def reinvite(
    ex: Exchange,
    call: Call,
    body: bytes,
    answered: Callable[[Response | None], None],
    headers: Sequence[Header] = (),
) -> bool:
    """Offer *body*; False when *call* has no dialog. *answered* gets the final response, None when none came.

    A success has changed the remote target (section 12.2.1.2) and has its ACK by then, even when a BYE crossed it:
    without one it would be repeated for 64 * T1.
    """
    from sip_frontend.calls import answering, outbound

    dialog = call.dialog
    if dialog is None:
        return False

    def done(response: Response | None) -> None:
        call.client_invite = None
        if response is not None and response.status < 300:
            dialog.refresh_target(response)
            outbound.ack(ex, call, dialog, b"")
        answered(response)

    described = [("Contact", answering.contact(ex, call)), *headers, ("Content-Type", "application/sdp")]
    call.client_invite = requests.send(ex, call, "INVITE", described, body, done)
    return call.client_invite is not None
