"""The answer side of an inbound call: ringing, early media, the 200, its retransmission, and the wait for the ACK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import ending, media_channels, passing_on, reliable, session_timers
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call, stamp
from sip_frontend.calls.settings import ACCEPT, ALLOW, SUPPORTED
from sip_frontend.dialog import Dialog
from sip_frontend.message import Header, Request
from sip_frontend.sdp import NegotiationState, NotAcceptable, SdpError
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sip_frontend.calls.exchange import Exchange


def contact(ex: Exchange, call: Call) -> str:
    """Contact of our side of *call*: the listener that serves it; ``sips:`` in a secure dialog (section 12.1.1)."""
    flow = call.flow
    if flow.transport == "TLS" and _secure(call):
        return f"<sips:{ex.sent_by(flow)}>"
    suffix = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
    return f"<sip:{ex.sent_by(flow)}{suffix}>"


def _secure(call: Call) -> bool:
    dialog = call.dialog
    return dialog.secure if dialog is not None else call.view.destination[:5].lower() == "sips:"


def ring(ex: Exchange, call: Call) -> None:
    """180, once (CM-042). An answered leg hears the ring tone instead."""
    state = call.view.state
    if state in (pb.CALL_STATE_ESTABLISHED, pb.CALL_STATE_EARLY):
        media_channels.play_tone(ex, call, ex.settings.ring_tone)
        return
    if state != pb.CALL_STATE_TRYING or call.server_invite is None:
        return
    call.view.state = pb.CALL_STATE_RINGING
    headers: list[Header] = [("Contact", contact(ex, call)), ("Allow", ALLOW), ("Server", ex.settings.server)]
    reliable.send(ex, call, 180, headers)
    ex.actions.append(Publish("call.ringing", call))
    event = ex.event(call)
    if event is not None:
        event.ringing.SetInParent()


def answer(
    ex: Exchange, call: Call, *, early: bool = False, codecs: Sequence[str] = (), headers: Sequence[Header] = ()
) -> bool:
    """183 or 200 with our SDP and an open channel. False when the call could not be answered (it is refused then).

    A 200 waits for the PRACK that is owed to us, the channel does not.
    """
    transaction = call.server_invite
    if transaction is None or call.ended or call.established or (early and call.answered_early):
        return call.established or call.answered_early
    try:
        body = media_channels.local_description(ex, call, passing_on.for_answer(ex, call, codecs))
    except NotAcceptable as error:
        ending.refuse(ex, call, 488, common.CAUSE_INCOMPATIBLE_DESTINATION, reason=str(error))
        return False
    except SdpError as unreadable:
        ending.refuse(ex, call, 400, common.CAUSE_NOT_ACCEPTABLE, reason=str(unreadable))
        return False
    except media_channels.NoMedia as missing:  # a name for each: mypyc gives a name one type
        ex.log("warning", "call.no_media", call_id=call.call_id, reason=str(missing))
        retry = [("Retry-After", str(ex.settings.retry_after_s))]
        ending.refuse(ex, call, 503, common.CAUSE_SERVICE_UNAVAILABLE, reason=str(missing), headers=retry)
        return False
    if early:
        _early(ex, call, body)
    elif not reliable.after_prack(call, lambda: _final(ex, call, body, headers)):
        _final(ex, call, body, headers)
    return True


def _headers(ex: Exchange, call: Call, body: bytes) -> list[Header]:
    headers: list[Header] = [("Contact", contact(ex, call)), ("Allow", ALLOW), ("Server", ex.settings.server)]
    if body:
        headers.append(("Content-Type", "application/sdp"))
    return headers


def _early(ex: Exchange, call: Call, body: bytes) -> None:
    """183 with SDP (CM-091). The ring limit no longer holds: a late answer must still connect (CM-082)."""
    if call.server_invite is None:
        return
    call.view.state = pb.CALL_STATE_EARLY
    if call.ring_timer is not None:
        call.ring_timer.cancel()
    reliable.send(ex, call, 183, _headers(ex, call, body), body)
    ex.actions.append(Publish("call.early", call))
    event = ex.event(call)
    if event is not None:
        event.early_media.SetInParent()


def _final(ex: Exchange, call: Call, body: bytes, extra: Sequence[Header]) -> None:
    transaction, request = call.server_invite, call.invite
    if transaction is None or request is None:
        return
    if call.ring_timer is not None:
        call.ring_timer.cancel()
        call.ring_timer = None
    headers = _headers(ex, call, body)
    headers += [("Supported", SUPPORTED), ("Accept", ACCEPT), *session_timers.agree_as_uas(ex, call, request), *extra]
    if call.dialog is not None:
        call.dialog.confirm()
    call.answer_bytes = ex.reply(transaction, 200, headers=headers, to_tag=call.local_tag, body=body)
    call.server_invite = None
    _established(ex, call)
    repeat_answer(ex, call)


def open_dialog(ex: Exchange, call: Call, request: Request) -> None:
    """The early dialog of an inbound call (RFC 3261 section 12.1.1). Raises SipParseError when it cannot be one."""
    call.dialog = Dialog.uas(request, call.local_tag, call.flow, contact(ex, call))
    call.peer_updates = "UPDATE" in request.values("Allow")
    call.reliable = reliable.demanded(request)


def _established(ex: Exchange, call: Call) -> None:
    view = call.view
    view.state = pb.CALL_STATE_ESTABLISHED
    stamp(view.answered_at, ex.unix)
    ex.actions.append(Publish("call.answered", call))
    event = ex.event(call)
    if event is not None:
        event.answered.SetInParent()


def repeat_answer(ex: Exchange, call: Call) -> None:
    """Send the 200 kept in ``answer_bytes`` again until its ACK comes."""
    _repeat_after(ex, call, ex.settings.t1_s, ex.now + 64 * ex.settings.t1_s)


def _repeat_after(ex: Exchange, call: Call, interval_s: float, give_up: float) -> None:
    """RFC 3261 section 13.3.1.4: the 200 goes out again, T1 doubling to T2, until the ACK or 64*T1."""

    def again(now: float) -> None:
        if call.ended:
            return
        if now >= give_up:
            ex.log("warning", "call.ack_missing", call_id=call.call_id)
            ending.hangup(ex, call, common.CAUSE_REQUEST_TIMEOUT, text="ACK timeout", lost=True)
            return
        ex.send(call.flow, call.answer_bytes)
        _repeat_after(ex, call, min(interval_s * 2, ex.settings.t2_s), give_up)

    call.ack_due = ex.timer(interval_s, again)


def ack_received(ex: Exchange, call: Call, request: Request) -> None:
    """The ACK of a 200: it is not repeated any more. After an offer in the 200 the ACK carries the answer."""
    if call.ack_due is not None:
        call.ack_due.cancel()
        call.ack_due = None
    call.answer_bytes = b""
    call.invite = None
    negotiation = call.negotiation
    if negotiation is None or negotiation.state is not NegotiationState.LOCAL_OFFER:
        return
    if not request.body or not media_channels.remote_answer(ex, call, request.body):
        ending.hangup(ex, call, common.CAUSE_INCOMPATIBLE_DESTINATION, text="no usable SDP in the ACK")
