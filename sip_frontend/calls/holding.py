"""Hold, and every other renegotiation in mid call: new offers of the peer, new offers of ours."""

from __future__ import annotations

from secrets import randbelow
from typing import TYPE_CHECKING, Final

from sip_frontend.calls import media_channels
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call
from sip_frontend.calls.reinviting import reinvite
from sip_frontend.message import Response
from sip_frontend.sdp import NegotiationState

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


GLARE_ROUNDS: Final = 8
"""How often a re-INVITE that crosses those of the peer is repeated."""


def renegotiate(ex: Exchange, call: Call, body: bytes) -> bytes:
    """The peer's new offer (or none: then ours) in mid call; returns our SDP. Raises NotAcceptable or SdpError."""
    if not body:
        return media_channels.local_offer(ex, call)
    answer = media_channels.remote_offer(ex, call, body)
    _follow(ex, call)
    return answer


def told_again(ex: Exchange, call: Call) -> None:
    """The peer has answered an offer of ours that was to change nothing: it may hold us no more, or from now on."""
    if call.negotiation is not None and call.negotiation.local.direction == "sendrecv":
        _follow(ex, call)


def _follow(ex: Exchange, call: Call) -> None:
    agreed = call.negotiation.agreed if call.negotiation is not None else None
    if agreed is not None and agreed.held != call.view.held:
        set_held(ex, call, agreed.held, by_us=False)


def set_held(ex: Exchange, call: Call, held: bool, *, by_us: bool) -> None:
    """CM-123: while *call* is held its other leg hears music; off hold the two hear each other again."""
    call.view.held = held
    other = call.media_peer
    if other is not None:
        if held:
            media_channels.play_tone(ex, other, ex.settings.music_on_hold)
        else:
            media_channels.stop_play(ex, other)
    _pause_idle(ex, call, held)
    ex.actions.append(Publish("call.hold" if held else "call.unhold", call))
    event = ex.event(call)
    if event is not None:
        if held:
            event.held.by_us = by_us
        else:
            event.unheld.by_us = by_us


def _pause_idle(ex: Exchange, call: Call, held: bool) -> None:
    """A held leg may be silent for as long as it likes."""
    channel = call.channel
    if channel is not None:
        channel.spec.idle_after_s = 0 if held else ex.settings.media_idle_s
        ex.touch(channel)


def hold(ex: Exchange, call: Call, held: bool, rounds: int = 0) -> bool:
    """Put the peer of *call* on hold, or take it off, by re-INVITE (CM-124); False when it cannot be done now.

    *rounds* counts how often the same was refused because the peer wanted a change at that moment too.
    """
    if call.glare is not None:
        call.glare.cancel()
        call.glare = None
    negotiation = call.negotiation
    if not call.established or negotiation is None or call.dialog is None or call.client_invite is not None:
        return False
    if negotiation.state is not NegotiationState.IDLE:
        return False
    body = negotiation.make_offer(direction="sendonly" if held else "sendrecv")
    return reinvite(ex, call, body, lambda response: _reinvited(ex, call, response, held, rounds))


def _later(ex: Exchange, call: Call, held: bool, rounds: int) -> None:
    """Both sides sent a re-INVITE: the one that made the Call-ID waits longer (RFC 3261 section 14.1)."""

    def again(now: float) -> None:
        call.glare = None
        if not call.ended and not hold(ex, call, held, rounds + 1) and rounds < GLARE_ROUNDS:
            _later(ex, call, held, rounds + 1)

    call.glare = ex.timer(glare_wait_s(call), again)


def glare_wait_s(call: Call) -> float:
    """In steps of 10 ms: 2.1 to 4 s where the Call-ID is ours, up to 2 s where it is not."""
    return randbelow(201) / 100 if call.is_uas else 2.1 + randbelow(191) / 100


def _reinvited(ex: Exchange, call: Call, response: Response | None, held: bool, rounds: int) -> None:
    """The answer to our re-INVITE is taken over; a refusal leaves all as it was (RFC 3261 14.1)."""
    negotiation = call.negotiation
    if call.ended or negotiation is None:
        return
    if response is None or response.status >= 300:
        negotiation.offer_failed()
        if response is not None and response.status == 491 and rounds < GLARE_ROUNDS:
            _later(ex, call, held, rounds)
            return
        ex.log(
            "warning", "call.reinvite_refused", call_id=call.call_id, sip_status=response.status if response else 408
        )
        return
    if media_channels.remote_answer(ex, call, response.body):
        set_held(ex, call, held, by_us=True)
