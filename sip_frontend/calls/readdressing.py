"""A leg whose media is at another address now: its peer is told by re-INVITE, as soon as one can be sent.

State of the leg                        What is done
no description of ours was sent yet     nothing: the first one has the new address
a request, an answer, an ACK is due     looked at again soon
established                             re-INVITE with what holds, at the new address
the peer changes the session first      nothing more: our answer has the new address
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sip_frontend.calls import media_channels
from sip_frontend.calls.call import Call
from sip_frontend.calls.reinviting import reinvite
from sip_frontend.message import Response
from sip_frontend.sdp import Negotiation, NegotiationState
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

AGAIN_S: Final = 0.5
"""How often a leg that cannot be told yet is looked at."""
ROUNDS: Final = 8
"""How often a re-INVITE that came at a bad moment is repeated."""
_BAD_MOMENT: Final = (491, 500)  # glare; a request of the peer is under way (RFC 3261 section 14.2)
_DIALOG_GONE: Final = (408, 481)


def moved(ex: Exchange, call: Call) -> None:
    """The channel of *call* has a new port: every description from now on says so, and the peer is told."""
    channel = call.channel
    if channel is None:
        return
    known = [call.negotiation, call.offer, *(early.negotiation for early in call.early_dialogs.values())]
    for negotiation in known:
        if negotiation is not None:
            local, port = negotiation.local, channel.port
            place = port.at(local.family) or port.places[0]
            local.move_to(place.advertised, described=bool(negotiation.sent))
            local.port = port.number
    if any(negotiation is not None and negotiation.sent for negotiation in known):
        _tell(ex, call, 0)


def _tell(ex: Exchange, call: Call, rounds: int) -> None:
    """*rounds* counts the refusals so far."""
    negotiation = call.negotiation
    if call.ended:
        return
    if not _may_offer(call) or negotiation is None or call.dialog is None:
        ex.timer(AGAIN_S, lambda now: _tell(ex, call, rounds))
        return
    if not rounds and _is_told(negotiation):
        return
    reinvite(ex, call, negotiation.make_offer(), lambda response: _answered(ex, call, response, rounds))


def _may_offer(call: Call) -> bool:
    busy = call.client_invite is not None or call.server_invite is not None or call.ack_due is not None
    idle = call.negotiation is not None and call.negotiation.state is NegotiationState.IDLE
    return call.established and idle and not busy


def _is_told(negotiation: Negotiation) -> bool:
    """Whether our last description has the address of now."""
    local = negotiation.local
    lines = negotiation.sent.split(b"\r\n")
    audio = f"m=audio {local.port} ".encode()
    return f"c=IN {local.family} {local.address}".encode() in lines and any(line.startswith(audio) for line in lines)


def _answered(ex: Exchange, call: Call, response: Response | None, rounds: int) -> None:
    from sip_frontend.calls import ending, holding

    taken = response is not None and response.status < 300
    negotiation = call.negotiation
    if call.ended or negotiation is None:
        return
    if response is not None and taken and media_channels.remote_answer(ex, call, response.body):
        holding.told_again(ex, call)
        return
    status = response.status if response is not None else 408
    if not taken:
        negotiation.offer_failed()
        if status in _BAD_MOMENT and rounds < ROUNDS:
            ex.timer(holding.glare_wait_s(call), lambda now: _tell(ex, call, rounds + 1))
            return
    ex.log("warning", "call.reinvite_refused", call_id=call.call_id, sip_status=status)
    ending.hangup(ex, call, common.CAUSE_SERVER_ERROR, text="media lost", lost=status in _DIALOG_GONE)
