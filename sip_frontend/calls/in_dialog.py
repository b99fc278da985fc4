"""Requests inside a dialog: BYE, re-INVITE, UPDATE, INFO, OPTIONS and the rest; those of no dialog get 481."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.calls import (
    answering,
    digits,
    early,
    ending,
    holding,
    identity,
    referred,
    referring,
    reliable,
    session_timers,
    ways,
)
from sip_frontend.calls.call import Call
from sip_frontend.calls.settings import ACCEPT, ALLOW, SUPPORTED
from sip_frontend.message import Header, Request
from sip_frontend.message.grammar import readable
from sip_frontend.sdp import NegotiationState, NotAcceptable, SdpError
from sip_frontend.transaction import ServerTransaction
from switchroom.errors import RemoteProtocolError
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def request_received(ex: Exchange, transaction: ServerTransaction, request: Request) -> None:
    """Find the call, check the order of requests, do what the method says."""
    call = ex.dialogs.get((request.call_id, request.to_tag))
    if call is None or call.ended or not _is_peer(call, request):
        ex.reply(transaction, 481)
        return
    dialog = call.dialog
    if dialog is not None:
        refused = dialog.accepts(request)
        if refused is not None:
            ex.reply(transaction, refused)
            return
        ways.heard(ex, call, dialog, transaction.flow)
    _INSIDE.get(request.method, _unknown)(ex, transaction, request, call)


def _is_peer(call: Call, request: Request) -> bool:
    """Whether *request* is of the dialog that *call* is in, or of an early one, which it then enters."""
    if not call.view.remote_tag or request.from_tag == call.view.remote_tag:
        return True
    return early.enter_of(call, request.from_tag)


def _bye(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    ex.reply(transaction, 200)
    if call.server_invite is not None:
        # RFC 3261 section 15.1.2: a BYE before our final answer ends the INVITE as well.
        ex.reply(call.server_invite, 487, to_tag=call.local_tag)
        call.server_invite = None
    ending.end(ex, call, common.SOURCE_WIRE, common.CAUSE_NORMAL_CLEARING, 0, request.get("Reason") or "")


def _reinvite(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """RFC 3261 section 14.2: one at a time; an overlapping one is refused with a time to wait."""
    if call.server_invite is not None:
        ex.reply(transaction, 500, headers=[("Retry-After", "2")])
        return
    if call.ack_due is not None or call.client_invite is not None:
        ex.reply(transaction, 491)
        return
    if session_timers.too_small(ex, transaction, request):
        return
    _refresh(call, request)
    body = _description(ex, transaction, request, call)
    if body is None:
        return
    headers: list[Header] = [
        ("Contact", answering.contact(ex, call)),
        ("Allow", ALLOW),
        ("Supported", SUPPORTED),
        ("Server", ex.settings.server),
        *session_timers.agree_as_uas(ex, call, request),
    ]
    if body:
        headers.append(("Content-Type", "application/sdp"))
    call.answer_bytes = ex.reply(transaction, 200, headers=headers, body=body)
    answering.repeat_answer(ex, call)


def _refresh(call: Call, request: Request) -> None:
    """Target refresh (RFC 3261 section 12.2.2)."""
    if call.dialog is not None:
        call.dialog.refresh_target(request)


def _description(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> bytes | None:
    """Our SDP for a new offer, or a new offer of ours when there was none; None when the request was refused."""
    try:
        return holding.renegotiate(ex, call, request.body)
    except NotAcceptable as error:
        ex.reply(transaction, 488, headers=[("Warning", f'{error.warning} {ex.settings.realm} "{error}"')])
    except SdpError as unreadable:
        ex.reply(transaction, 400, f"Bad SDP: {unreadable}"[:80])
    except RemoteProtocolError as wrong:
        ex.reply(transaction, wrong.status_hint)
    return None


def _update(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """RFC 3311: a new offer without a new INVITE; without a body it refreshes the target alone."""
    if request.body and call.negotiation is not None and call.negotiation.state is NegotiationState.LOCAL_OFFER:
        ex.reply(transaction, 491)
        return
    if session_timers.too_small(ex, transaction, request):
        return
    _refresh(call, request)
    headers: list[Header] = [("Contact", answering.contact(ex, call)), ("Allow", ALLOW), ("Supported", SUPPORTED)]
    if call.established:
        headers += session_timers.agree_as_uas(ex, call, request)
    if not request.body:
        ex.reply(transaction, 200, headers=headers)
        return
    if call.negotiation is None or call.negotiation.agreed is None:
        # The offer of the INVITE is still without our answer (RFC 3311 section 5.2).
        ex.reply(transaction, 500, headers=[("Retry-After", "2")])
        return
    body = _description(ex, transaction, request, call)
    if body is not None:
        ex.reply(transaction, 200, headers=[*headers, ("Content-Type", "application/sdp")], body=body)
        identity.tell_updated(ex, call)


def _info(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """Digits by INFO (CM-119); other bodies go to the script; an empty INFO is a sign of life."""
    if not request.body:
        ex.reply(transaction, 200)
        return
    digit = digits.of_info(request)
    if digit is not None:
        ex.reply(transaction, 200)
        digits.received(ex, call, *digit)
    elif request.content_type in ("application/dtmf-relay", "application/dtmf"):
        ex.reply(transaction, 400, "No digit in the body")
    else:
        ex.reply(transaction, 415, headers=[("Accept", "application/dtmf-relay, application/dtmf")])


def _message(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    ex.reply(transaction, 200)
    event = ex.event(call)
    if event is not None:
        event.message.method = request.method
        event.message.content_type = readable(request.content_type)
        event.message.body = request.body


def _options(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    ex.reply(transaction, 200, headers=[("Allow", ALLOW), ("Accept", ACCEPT), ("Supported", SUPPORTED)])


def _no_subscription(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    ex.reply(transaction, 489, headers=[("Allow-Events", "refer")])


def _unknown(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    ex.reply(transaction, 501, headers=[("Allow", ALLOW)])


_INSIDE: dict[str, Callable[[Exchange, ServerTransaction, Request, Call], None]] = {
    "BYE": _bye,
    "INVITE": _reinvite,
    "UPDATE": _update,
    "INFO": _info,
    "MESSAGE": _message,
    "OPTIONS": _options,
    "NOTIFY": referring.notify_received,
    "SUBSCRIBE": _no_subscription,
    "REFER": referred.refer_received,
    "PRACK": reliable.prack_received,
}
