"""What comes back to an INVITE of ours: provisional answers and early media, success, failure, and the late ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import (
    answering,
    bridging,
    causes,
    dialling,
    early,
    ending,
    hunting,
    media_channels,
    outbound,
    reliable,
    requests,
    session_timers,
)
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call, stamp
from sip_frontend.dialog import Dialog
from sip_frontend.message import (
    Address,
    Response,
    SipParseError,
)
from sip_frontend.sdp import NegotiationState
from sip_frontend.transaction import ClientTransaction
from switchroom.errors import SwitchroomError
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.early import Early
    from sip_frontend.calls.exchange import Exchange


def response_received(ex: Exchange, call: Call, response: Response, transaction: ClientTransaction) -> None:
    """A response to our INVITE, or to one that was given up for another place."""
    status = response.status
    if transaction.branch != call.branch:
        if 200 <= status < 300:
            refuse_late(ex, call, response, transaction)
        return
    hunting.heard(ex, call)
    if status < 200:
        if not call.ended and not call.established:
            _provisional(ex, call, response)
    elif status < 300:
        _success(ex, call, response, transaction)
    elif not call.ended:
        _failure(ex, call, response)


def _provisional(ex: Exchange, call: Call, response: Response) -> None:
    if response.status == 100:
        return
    one = early.dialog_of(ex, call, response)
    body = media_channels.description_of(response)
    if one is not None and body and one.dialog is not call.dialog:
        early.enter(call, one)
    if one is not None and not reliable.acknowledge(ex, call, response, one.dialog):
        return
    view, parent = call.view, call.parent
    if body and one is not None:
        _early_media(ex, call, one, body, firm=response.has_option("Require", "100rel"))
        return
    if view.state != pb.CALL_STATE_TRYING or response.status not in (180, 182, 183):
        return
    if response.status != 180:
        return
    view.state = pb.CALL_STATE_RINGING
    ex.actions.append(Publish("call.ringing", call))
    event = ex.event(call)
    if event is not None:
        event.ringing.SetInParent()
    if parent is not None and parent.is_uas and not parent.established and not parent.ended:
        answering.ring(ex, parent)


def _early_media(ex: Exchange, call: Call, one: Early, body: bytes, *, firm: bool) -> None:
    """183 with SDP (CM-091): point our media at it, pass early media on to the caller, mix. Timers stop (CM-082)."""
    negotiation, attempt, parent = call.negotiation, call.attempt, call.parent
    if negotiation is None or negotiation.state is not NegotiationState.LOCAL_OFFER:
        return
    if not media_channels.remote_answer(ex, call, body, tentative=not firm):
        return
    one.body = body
    if call.view.state == pb.CALL_STATE_EARLY:
        return  # another branch of a fork, or the same one from elsewhere
    call.view.state = pb.CALL_STATE_EARLY
    ex.actions.append(Publish("call.early", call))
    event = ex.event(call)
    if event is not None:
        event.early_media.SetInParent()
    if attempt is None or len(attempt.legs) > 1:
        return
    if attempt.timer is not None:
        attempt.timer.cancel()
    if parent is None or attempt.options.no_bridge or attempt.options.hold_mix_for_hooks:
        return
    ready = parent.established or parent.answered_early or answering.answer(ex, parent, early=True)
    if ready and not parent.ended:
        bridging.mix(ex, parent, call)


def _success(ex: Exchange, call: Call, response: Response, transaction: ClientTransaction) -> None:
    """A 2xx: always acknowledged; too late, or of a branch that lost, it is ended by BYE at once."""
    if call.established and response.to_tag == call.view.remote_tag:
        if call.dialog is not None:
            outbound.ack(ex, call, call.dialog, b"")
        return
    if call.ended or call.established:
        refuse_late(ex, call, response, transaction)
        return
    one = early.dialog_of(ex, call, response)
    if one is None:
        ending.end(ex, call, common.SOURCE_WIRE, common.CAUSE_SERVER_ERROR, 500, "200 without a To tag")
        return
    early.enter(call, one)
    dialog = one.dialog
    dialog.confirm(response)
    call.peer_updates = "UPDATE" in response.values("Allow")
    session_timers.agree_as_uac(ex, call, response)
    answer, good = _final_description(ex, call, response, one.body)
    call.early_dialogs = {}
    call.offer = call.hunt = None
    call.invite_data = b""
    outbound.ack(ex, call, dialog, answer)
    call.client_invite = None
    view = call.view
    view.state = pb.CALL_STATE_ESTABLISHED
    stamp(view.answered_at, ex.unix)
    if not good:
        ending.hangup(ex, call, common.CAUSE_NOT_ACCEPTABLE)
        return
    ex.actions.append(Publish("call.answered", call))
    event = ex.event(call)
    if event is not None:
        event.answered.SetInParent()
    if call.attempt is not None:
        dialling.leg_answered(ex, call.attempt, call)


def _final_description(ex: Exchange, call: Call, response: Response, early_body: bytes) -> tuple[bytes, bool]:
    """SDP of the 2xx: the answer to our offer, or the offer that our ACK answers (CM-095)."""
    negotiation = call.negotiation
    body = media_channels.description_of(response)
    if negotiation is None:
        try:
            return media_channels.remote_offer(ex, call, body or b""), True
        except SwitchroomError as error:
            ex.log("warning", "call.bad_offer", call_id=call.call_id, reason=str(error))
            return b"", False
    # A 200 without SDP after a 183 with it: what the 183 said holds.
    body = body or early_body
    return b"", bool(body) and media_channels.remote_answer(ex, call, body)


def refuse_late(ex: Exchange, call: Call, response: Response, transaction: ClientTransaction) -> None:
    """ACK then BYE for a 200 that crossed our CANCEL, lost a race (DR-008), or came from a place given up."""
    if not response.to_tag:
        return
    flow = call.flow if transaction.branch == call.branch else transaction.flow
    dialog = Dialog.uac(transaction.data, response, flow, answering.contact(ex, call))
    outbound.ack(ex, call, dialog, b"")
    reason = ("Reason", causes.bye_reason(common.CAUSE_LOSE_RACE, "ACK-BYE of a call given up"))
    requests.send(ex, call, "BYE", [reason], dialog=dialog)


def _failure(ex: Exchange, call: Call, response: Response) -> None:
    status, attempt = response.status, call.attempt
    again = status in (401, 407) and call.auth_rounds < requests.AUTH_ROUNDS
    if again and call.digest is not None and call.digest.challenged(response):
        call.auth_rounds += 1
        _again(ex, call, response)
        return
    if status == 422 and not call.session_s:
        call.session_s = session_timers.larger_interval(response)
        if call.session_s:
            _again(ex, call, response)
            return
    if status == 503 and hunting.unavailable(ex, call, response):
        return
    if 300 <= status < 400 and attempt is not None and attempt.options.follow_redirects:
        dialling.redirect(ex, attempt, call, _contacts(response))
    ending.end(ex, call, common.SOURCE_WIRE, causes.cause_of(status), status, response.reason)


def _again(ex: Exchange, call: Call, response: Response) -> None:
    """The same INVITE once more, as the response asks for it: same Call-ID and From, next CSeq."""
    early.forget(call)
    outbound.send_invite(ex, call, response.cseq + 1)


def _contacts(response: Response) -> list[str]:
    found: list[str] = []
    for value in response.values("Contact"):
        try:
            found.append(str(Address.parse(value).uri))
        except SipParseError:
            continue
    return found


def failed(ex: Exchange, call: Call, transaction: ClientTransaction, timeout: bool) -> None:
    """No answer at all, or no way to the peer: the next place, else 408 or 503 (RFC 3261 section 8.1.3.1)."""
    if call.ended or call.established or transaction.branch != call.branch or hunting.failed(ex, call, transaction):
        return
    status, cause = (408, common.CAUSE_REQUEST_TIMEOUT) if timeout else (503, common.CAUSE_SERVICE_UNAVAILABLE)
    ending.end(ex, call, common.SOURCE_WIRE, cause, status, "no response" if timeout else "transport failed")
