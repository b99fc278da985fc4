"""REGISTER: handed to a registrar whole, its answer handed back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.actions import AskRegistrar
from sip_frontend.calls.authentication import credentials_of
from sip_frontend.message import Header, Request
from sip_frontend.message.grammar import readable
from sip_frontend.transaction import Flow, ServerTransaction
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as wire

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def register(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    """Ask the registrar what to answer; 503 when none is there to ask."""
    envelope = wire.Envelope()
    _fill(ex, envelope, request, flow)

    def registered(reply: wire.Envelope | BusError) -> None:
        if isinstance(reply, BusError):
            ex.count("register.no_registrar")
            retry: list[Header] = [("Retry-After", str(ex.settings.retry_after_s))]
            ex.reply(transaction, 503, headers=retry, to_tag=ex.new_id())
            return
        answer = reply.registered
        headers = [(one.name, one.value) for one in answer.headers]
        headers.append(("Server", ex.settings.server))
        ex.reply(transaction, answer.status, answer.reason or None, headers=headers, to_tag=ex.new_id())

    ex.actions.append(AskRegistrar(envelope, registered))


def _fill(ex: Exchange, envelope: wire.Envelope, request: Request, flow: Flow) -> None:
    asked = envelope.register
    to = request.address("To")
    asked.aor = readable(str(to.uri)) if to is not None else ""
    asked.credentials.extend(map(readable, credentials_of(request)))
    asked.contacts.extend(map(readable, request.values("Contact")))
    expires = request.get("Expires")
    if expires is not None:
        asked.expires = readable(expires)
    asked.sip_call_id = request.call_id
    asked.cseq = request.cseq
    asked.path.extend(map(readable, request.values("Path")))
    asked.supported.extend(map(readable, request.values("Supported")))
    asked.user_agent = readable(request.get("User-Agent") or "")
    asked.allow = readable(", ".join(request.values("Allow")))
    asked.require = readable(request.get("Require") or "")
    asked.host = request.request_uri().host
    asked.from_uri = readable(request.from_value)
    where = asked.flow
    where.transport, where.connection, where.frontend = flow.transport, flow.connection, ex.settings.name
    where.local.address, where.local.port = flow.local
    where.remote.address, where.remote.port = flow.remote
