"""Requests from the wire: which call they belong to, or what they begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.auth.digest_client import DigestSession
from sip_frontend.calls import (
    answering,
    authentication,
    ending,
    identity,
    in_dialog,
    media_channels,
    registration,
    replacing,
    runs,
    session_timers,
)
from sip_frontend.calls.call import UAS, Call
from sip_frontend.calls.settings import ACCEPT, ALLOW, SUPPORTED
from sip_frontend.calls.subscriptions import admission
from sip_frontend.message import Header, Request, SipParseError, new_tag, validate
from sip_frontend.message.headers import accepts
from sip_frontend.transaction import Flow, ServerTransaction
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import worker_pb2 as worker_pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.trunk_table import TrunkState

_SUPPORTED = frozenset(word.strip() for word in SUPPORTED.split(","))
_KNOWN = frozenset(word.strip() for word in ALLOW.split(","))

Handler = Callable[["Exchange", ServerTransaction, Request, Flow], None]


def request_received(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    """A new request that is neither ACK nor CANCEL."""
    fault = validate(request)
    if fault is not None:
        ex.count("requests.malformed")
        ex.reply(transaction, fault.status_hint, _phrase(fault), to_tag=new_tag())
        return
    if request.to_tag:
        if request.method != "SUBSCRIBE" or not admission.within(ex, transaction, request):
            in_dialog.request_received(ex, transaction, request)
    elif _acceptable(ex, transaction, request):
        _OUTSIDE.get(request.method, _unknown)(ex, transaction, request, flow)


def _phrase(fault: SipParseError) -> str:
    """Reason phrase that names what is wrong, on one line."""
    return " ".join(str(fault).split())[:100]


def _acceptable(ex: Exchange, transaction: ServerTransaction, request: Request) -> bool:
    """RFC 3261 section 8.2: method, Request-URI, loops, extensions, content, in that order."""
    if request.method not in _KNOWN:
        _unknown(ex, transaction, request, transaction.flow)
        return False
    if not (request.call_id.isascii() and request.from_tag.isascii() and request.uri.isascii()):
        # Words and tokens of the grammar, which responses and records must carry unharmed.
        ex.reply(transaction, 400, "Call-ID, From tag or Request-URI not in ASCII", to_tag=new_tag())
        return False
    if request.uri.split(":", 1)[0].lower() not in ("sip", "sips", "tel"):
        ex.reply(transaction, 416, to_tag=new_tag())
        return False
    if request.max_forwards == 0 and request.method != "OPTIONS":
        ex.reply(transaction, 483, to_tag=new_tag())
        return False
    required = request.values("Require")
    missing = [tag for tag in required if tag not in _SUPPORTED]
    if missing:
        ex.reply(transaction, 420, headers=[("Unsupported", ", ".join(missing))], to_tag=new_tag())
        return False
    return request.method != "INVITE" or _understood(ex, transaction, request)


def _understood(ex: Exchange, transaction: ServerTransaction, request: Request) -> bool:
    """Sections 8.2.3 and 20.1: whether we can read its body, and it our answer."""
    if request.body and not _readable(request):
        headers: list[Header] = [("Accept", ACCEPT), ("Accept-Encoding", "identity")]
        ex.reply(transaction, 415, headers=headers, to_tag=new_tag())
        return False
    if "Accept" in request.index and not accepts(request.values("Accept"), "application/sdp"):
        ex.reply(transaction, 406, to_tag=new_tag())
        return False
    return True


def _readable(request: Request) -> bool:
    encoding = request.get("Content-Encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        return False
    if request.content_type in ("multipart/mixed", "multipart/alternative"):
        return media_channels.description_of(request) is not None  # RFC 5621: no part of it means anything to us
    return request.content_type in ("application/sdp", "")


def _invite(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    """A new call, or one that comes back with credentials."""
    waiting = ex.awaiting_credentials.get((request.call_id, request.from_tag))
    if waiting is not None:
        authentication.second_invite(ex, waiting, transaction, request)
        return
    if session_timers.too_small(ex, transaction, request):
        return
    if len(ex.calls) >= ex.settings.max_calls:
        ex.count("calls.refused_full")
        retry: list[Header] = [("Retry-After", str(ex.settings.retry_after_s))]
        ex.reply(transaction, 503, headers=retry, to_tag=new_tag())
        return
    trunk = ex.trunks.whose(request, flow)
    if trunk is not None and trunk.full:
        ex.count("calls.refused_trunk_full")
        ex.reply(transaction, 503, "Trunk is full", to_tag=new_tag())
        return
    _new_call(ex, transaction, request, flow, trunk)


def _new_call(
    ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow, trunk: TrunkState | None
) -> None:
    run = ex.new_run()
    call = Call(ex.new_id(), UAS, run, flow, ex.unix)
    call.server_invite = transaction
    call.invite = request
    call.sip_call_id = request.call_id
    call.local_tag = new_tag()
    transaction.user = call
    view = call.view
    view.sip_call_id, view.local_tag, view.remote_tag = request.call_id, call.local_tag, request.from_tag
    view.destination = request.uri
    call.hops_left = 70 if request.max_forwards is None else request.max_forwards
    if trunk is not None:
        view.trusted, view.trunk = trunk.config.trusted, trunk.config.name
        if trunk.config.user:
            call.digest = DigestSession(trunk.config.user, trunk.config.password)
    try:
        identity.inbound(ex, call, request, trunk)
        identity.history(call, request)
        answering.open_dialog(ex, call, request)
    except SipParseError as error:
        ex.runs.pop(run.run_id)
        ex.reply(transaction, 400, _phrase(error), to_tag=call.local_tag)
        return
    if trunk is not None:
        trunk.begin()
        call.trunk = trunk
    ex.dialogs[(call.sip_call_id, call.local_tag)] = call
    ex.add_call(call)
    call.ring_timer = ex.timer(ex.settings.answer_timeout_s, lambda now: _unanswered(ex, call))
    if replacing.asks_for_it(request):
        runs.close(ex, run)
        authentication.authenticate(ex, call, worker_pb.Authenticate())
        return
    event = ex.event(call)
    if event is not None:
        event.invited.request = request.raw


def _unanswered(ex: Exchange, call: Call) -> None:
    if not call.ended and not call.established:
        ending.hangup(ex, call, common.CAUSE_REQUEST_TIMEOUT)


def _options(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    """RFC 3261 section 11.2: what we can do, asked by anyone, without credentials."""
    headers: list[Header] = [
        ("Allow", ALLOW),
        ("Accept", ACCEPT),
        ("Accept-Encoding", "identity"),
        ("Accept-Language", "en"),
        ("Supported", SUPPORTED),
        ("Allow-Events", ex.subscriptions.allow_events),
        ("Server", ex.settings.server),
    ]
    ex.reply(transaction, 200, headers=headers, to_tag=new_tag())


def _unknown(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    ex.reply(transaction, 501, headers=[("Allow", ALLOW)], to_tag=new_tag())


def _needs_dialog(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    """Methods that mean nothing outside a dialog."""
    ex.reply(transaction, 481, to_tag=new_tag())


def _not_here(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    """Methods that the exchange takes inside a dialog only."""
    allowed = ", ".join(word for word in ALLOW.split(", ") if word != request.method)
    ex.reply(transaction, 405, headers=[("Allow", allowed)], to_tag=new_tag())


_OUTSIDE: dict[str, Handler] = {
    "INVITE": _invite,
    "REGISTER": registration.register,
    "OPTIONS": _options,
    "SUBSCRIBE": admission.subscribe,
    "MESSAGE": _not_here,
    "REFER": _not_here,
    "BYE": _needs_dialog,
    "INFO": _needs_dialog,
    "UPDATE": _needs_dialog,
    "PRACK": _needs_dialog,
    "NOTIFY": _needs_dialog,
}


def cancel_received(ex: Exchange, transaction: ServerTransaction) -> None:
    """CANCEL of an INVITE (answered 200 by the transaction layer): 487, children are cancelled (CM-049)."""
    call = transaction.user
    if not isinstance(call, Call) or call.ended or call.server_invite is not transaction:
        return
    call.server_invite = None
    ex.reply(transaction, 487, headers=[("Server", ex.settings.server)], to_tag=call.local_tag)
    ending.end(ex, call, common.SOURCE_WIRE, common.CAUSE_ORIGINATOR_CANCEL, 487)


def ack_received(ex: Exchange, request: Request) -> None:
    """ACK to a 2xx of ours; one of no dialog is nothing to us (RFC 3261 section 17: never answered)."""
    call = ex.dialogs.get((request.call_id, request.to_tag))
    if call is None:
        ex.count("acks.stray")
    else:
        answering.ack_received(ex, call, request)
