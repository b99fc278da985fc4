"""``auth()``: challenge a caller, wait for its second INVITE, let the registrar judge (CM-052 ... CM-058)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import answering, ending, identity, replacing
from sip_frontend.calls.actions import AskRegistrar, Publish
from sip_frontend.calls.call import Call
from sip_frontend.message import Header, Request, SipParseError
from sip_frontend.message.grammar import readable
from sip_frontend.transaction import ServerTransaction
from switchroom.errors import BusError
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as registrar_pb
from switchroom.v1 import worker_pb2 as worker_pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def authenticate(ex: Exchange, call: Call, options: worker_pb.Authenticate) -> None:
    """Trusted peers pass; credentials already there are verified; everybody else is challenged."""
    if call.view.authenticated or call.view.trusted or call.established:
        _let_in(ex, call)
        return
    if call.server_invite is None or call.invite is None:
        return
    values = credentials_of(call.invite)
    if values:
        _verify(ex, call, values)
    else:
        call.as_registrar = options.as_registrar
        _challenge(ex, call, options.realm)


def credentials_of(request: Request) -> list[str]:
    """Values of Proxy-Authorization and Authorization, as received."""
    return request.get_all("Proxy-Authorization") + request.get_all("Authorization")


def _challenge(ex: Exchange, call: Call, realm: str) -> None:
    envelope = wire.Envelope()
    envelope.challenge.realm = realm
    envelope.challenge.host = call.view.called.host

    def challenged(reply: wire.Envelope | BusError) -> None:
        if isinstance(reply, BusError):
            _no_registrar(ex, call)
        else:
            _send_challenge(ex, call, list(reply.challenged.values))

    ex.actions.append(AskRegistrar(envelope, challenged))


def _no_registrar(ex: Exchange, call: Call) -> None:
    """Fail closed (DE-041): without a registrar nobody who needs to prove himself gets in."""
    ex.log("warning", "call.no_registrar", call_id=call.call_id)
    headers = [("Retry-After", str(ex.settings.retry_after_s))]
    ending.refuse(ex, call, 503, common.CAUSE_SERVICE_UNAVAILABLE, headers=headers)


def _send_challenge(ex: Exchange, call: Call, values: list[str]) -> None:
    """407, and wait for the INVITE that answers it: same Call-ID and From tag (CM-006)."""
    transaction = call.server_invite
    if call.ended or transaction is None or call.invite is None:
        return
    call.auth_rounds += 1
    if call.auth_rounds > ex.settings.auth_rounds:
        _failed(ex, call, 403, "too many attempts")
        return
    status, name = (401, "WWW-Authenticate") if call.as_registrar else (407, "Proxy-Authenticate")
    headers: list[Header] = [(name, value) for value in values]
    ex.reply(transaction, status, headers=[*headers, ("Server", ex.settings.server)], to_tag=call.local_tag)
    call.server_invite = None
    ex.awaiting_credentials[(call.sip_call_id, call.view.remote_tag)] = call
    rounds = call.auth_rounds
    ex.timer(ex.settings.auth_timeout_s, lambda now: _too_late(ex, call, rounds))


def _too_late(ex: Exchange, call: Call, rounds: int) -> None:
    """CM-053: no second INVITE; most of these are scanners, so no more than an ended call is made of it."""
    if not call.ended and call.server_invite is None and call.auth_rounds == rounds and not call.established:
        _tell_failed(ex, call, 408, "no credentials in time")
        ending.end(ex, call, common.SOURCE_US, common.CAUSE_REQUEST_TIMEOUT, 408, "Auth timed out")


def second_invite(ex: Exchange, call: Call, transaction: ServerTransaction, request: Request) -> None:
    """The INVITE that answers our challenge."""
    del ex.awaiting_credentials[(call.sip_call_id, call.view.remote_tag)]
    try:
        answering.open_dialog(ex, call, request)
    except SipParseError as error:
        ex.reply(transaction, 400, str(error)[:80], to_tag=call.local_tag)
        ending.end(ex, call, common.SOURCE_WIRE, common.CAUSE_REQUEST_TERMINATED, 400)
        return
    call.server_invite = transaction
    call.invite = request
    transaction.user = call
    values = credentials_of(request)
    if values:
        _verify(ex, call, values)
    else:
        _challenge(ex, call, "")


def _verify(ex: Exchange, call: Call, values: list[str]) -> None:
    request = call.invite
    if request is None:
        return
    envelope = wire.Envelope()
    verify = envelope.verify
    verify.credentials.extend(map(readable, values))
    verify.method = request.method
    verify.host = call.view.called.host
    verify.source.address, verify.source.port = call.flow.remote
    event = ex.event(call, wake=False)
    if event is not None:
        event.auth_started.SetInParent()

    def verified(reply: wire.Envelope | BusError) -> None:
        if call.ended:
            return
        if isinstance(reply, BusError):
            _no_registrar(ex, call)
        else:
            _judged(ex, call, reply.verified)

    ex.actions.append(AskRegistrar(envelope, verified))


def _judged(ex: Exchange, call: Call, verified: registrar_pb.Verified) -> None:
    verdict = verified.verdict
    if verdict == registrar_pb.VERDICT_ACCEPTED:
        claimed = common.Party()
        claimed.CopyFrom(call.view.caller)
        identity.authenticated(call, verified.entity)
        uri = verified.entity.uri
        ex.entity_calls[uri] = ex.entity_calls.get(uri, 0) + 1
        call.view.entity.current_calls = ex.entity_calls[uri]
        ex.actions.append(Publish("call.authed", call))
        _let_in(ex, call, call.view.entity, claimed)
    elif verified.challenges:
        _send_challenge(ex, call, list(verified.challenges))
    elif verdict == registrar_pb.VERDICT_MALFORMED:
        _failed(ex, call, 400, "credentials cannot be read")
    else:
        _failed(ex, call, 403, "wrong credentials")


def _let_in(ex: Exchange, call: Call, entity: common.Entity | None = None, claimed: common.Party | None = None) -> None:
    """The caller may go on: to the script, or to the place it asks to take."""
    if call.invite is not None and replacing.asks_for_it(call.invite):
        replacing.replace(ex, call, call.invite)
        return
    event = ex.event(call)
    if event is not None:
        told = event.authenticated
        told.SetInParent()
        if entity is not None:
            told.entity.CopyFrom(entity)
        if claimed is not None:
            told.caller.CopyFrom(call.view.caller)
            told.previous_caller.CopyFrom(claimed)


def _failed(ex: Exchange, call: Call, status: int, reason: str) -> None:
    _tell_failed(ex, call, status, reason)
    ending.refuse(ex, call, status, common.CAUSE_FORBIDDEN, reason=reason)


def _tell_failed(ex: Exchange, call: Call, status: int, reason: str) -> None:
    ex.log("warning", "call.auth_failed", call_id=call.call_id, sip_status=status, reason=reason)
    ex.actions.append(Publish("call.authed.failed", call))
    event = ex.event(call)
    if event is not None:
        event.auth_failed.sip_status = status
        event.auth_failed.reason = reason
