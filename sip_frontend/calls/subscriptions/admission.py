"""SUBSCRIBE: who may subscribe to what, for how long, and to how much (RFC 6665 section 4.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sip_frontend.calls.actions import AskRegistrar
from sip_frontend.calls.authentication import credentials_of
from sip_frontend.calls.subscriptions import notifier
from sip_frontend.calls.subscriptions.package import Package
from sip_frontend.calls.subscriptions.states import On, State
from sip_frontend.calls.subscriptions.subscription import Subscription
from sip_frontend.dialog import Dialog
from sip_frontend.message import Header, Request, SipParseError, new_tag
from sip_frontend.message.grammar import readable
from sip_frontend.message.headers import Event, accepts, parse_delta_s
from sip_frontend.transaction import Flow, ServerTransaction
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as registrar_pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

LEAST_S: Final = 60
"""A shorter subscription is refused with 423; 0 ends one, or asks once."""
LONGEST_S: Final = 7200


class Asked(NamedTuple):
    """A SUBSCRIBE that may become a subscription, once it is known who sent it."""

    transaction: ServerTransaction
    request: Request
    flow: Flow
    package: Package
    resource: str
    seconds: int


def subscribe(ex: Exchange, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
    """A SUBSCRIBE that belongs to no dialog."""
    package = _package(ex, transaction, request)
    seconds = _expires_s(ex, transaction, request, package) if package is not None else None
    if package is None or seconds is None:
        return
    uri = request.request_uri()
    if not ex.settings.is_ours(uri.host) or not uri.user:
        ex.reply(transaction, 404, to_tag=new_tag())
    elif request.get("Accept") is not None and not accepts(request.values("Accept"), package.content_type):
        ex.reply(transaction, 406, headers=[("Accept", package.content_type)], to_tag=new_tag())
    else:
        resource = f"{readable(uri.user)}@{ex.settings.realm}"
        _ask_who(ex, Asked(transaction, request, flow, package, resource, seconds), uri.host)


def _ask_who(ex: Exchange, asked: Asked, host: str) -> None:
    envelope = wire.Envelope()
    values = credentials_of(asked.request)
    if values:
        verify = envelope.verify
        verify.credentials.extend(map(readable, values))
        verify.method, verify.host = "SUBSCRIBE", host
        verify.source.address, verify.source.port = asked.flow.remote
    else:
        envelope.challenge.host = host
    ex.actions.append(AskRegistrar(envelope, lambda reply: _judged(ex, asked, reply)))


def within(ex: Exchange, transaction: ServerTransaction, request: Request) -> bool:
    """A SUBSCRIBE inside a dialog: refreshes or ends its subscription. False when it is of none of ours."""
    one = ex.subscriptions.by_dialog.get((request.call_id, request.to_tag))
    dialog = one.dialog if one is not None else None
    if one is None or dialog is None or dialog.remote_tag != request.from_tag:
        return False
    if one.state is not State.ACTIVE:
        ex.reply(transaction, 481)
        return True
    refused = dialog.accepts(request)
    if refused is not None:
        ex.reply(transaction, refused)
        return True
    package = _package(ex, transaction, request)
    if package is None:
        return True
    if package is not one.package or _id(request) != _id_of(one.event):
        ex.reply(transaction, 481, "Another subscription")
        return True
    seconds = _expires_s(ex, transaction, request, package)
    if seconds is None:
        return True
    dialog.refresh_target(request)
    # Behind a NAT its port may have changed: it is reached where it was last heard.
    dialog.flow = transaction.flow
    _accept(ex, transaction, one, seconds)
    return True


# -- steps -------------------------------------------------------------------------------------------------------------


def _package(ex: Exchange, transaction: ServerTransaction, request: Request) -> Package | None:
    """The package asked for; 489 with those that there are, when there is no such one (section 4.2.1.1)."""
    try:
        name = Event.parse(request.get("Event") or "").package
    except SipParseError:
        name = ""
    package = ex.subscriptions.packages.get(name)
    if package is None:
        headers: list[Header] = [("Allow-Events", ex.subscriptions.allow_events)]
        ex.reply(transaction, 489, headers=headers, to_tag=request.to_tag or new_tag())
    return package


def _id(request: Request) -> str:
    return _id_of(request.get("Event") or "")


def _id_of(event: str) -> str:
    return Event.parse(event).id


def _expires_s(ex: Exchange, transaction: ServerTransaction, request: Request, package: Package) -> int | None:
    """How long it shall last, 0 for not at all; None when that was refused as too brief."""
    seconds = parse_delta_s(request.get("Expires"), package.default_s) or 0
    if 0 < seconds < LEAST_S:
        ex.reply(transaction, 423, headers=[("Min-Expires", str(LEAST_S))], to_tag=request.to_tag or new_tag())
        return None
    return min(seconds, LONGEST_S)


def _judged(ex: Exchange, asked: Asked, reply: wire.Envelope | BusError) -> None:
    """Challenge, refuse, or go on with who it is. Fails closed: without a registrar nobody gets in."""
    transaction = asked.transaction
    if isinstance(reply, BusError):
        _unavailable(ex, transaction)
        return
    challenges = reply.challenged.values or reply.verified.challenges
    if challenges:
        headers: list[Header] = [("WWW-Authenticate", value) for value in challenges]
        ex.reply(transaction, 401, headers=headers, to_tag=new_tag())
        return
    verified = reply.verified
    if verified.verdict != registrar_pb.VERDICT_ACCEPTED:
        malformed = verified.verdict == registrar_pb.VERDICT_MALFORMED
        ex.reply(transaction, 400 if malformed else 403, to_tag=new_tag())
        return
    subscriber = verified.entity.uri
    if asked.package.own_only and subscriber != asked.resource:
        ex.reply(transaction, 403, "Not yours", to_tag=new_tag())
    elif ex.subscriptions.full_for(subscriber):
        ex.count("subscriptions.refused_full")
        _unavailable(ex, transaction)
    else:
        _begin(ex, asked, subscriber)


def _unavailable(ex: Exchange, transaction: ServerTransaction) -> None:
    ex.reply(transaction, 503, headers=[("Retry-After", str(ex.settings.retry_after_s))], to_tag=new_tag())


def _begin(ex: Exchange, asked: Asked, subscriber: str) -> None:
    transaction, request, flow, package, resource, seconds = asked
    suffix = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
    try:
        dialog = Dialog.uas(request, new_tag(), flow, f"<sip:{ex.sent_by(flow)}{suffix}>")
    except SipParseError as error:
        ex.reply(transaction, 400, str(error)[:80], to_tag=new_tag())
        return
    dialog.confirm()
    one = Subscription(package, str(Event.parse(request.get("Event") or "")), resource, subscriber, dialog)
    if ex.subscriptions.add(one):
        package.watch(ex, resource)
    _accept(ex, transaction, one, seconds)


def _accept(ex: Exchange, transaction: ServerTransaction, one: Subscription, seconds: int) -> None:
    """200, and behind it at once the NOTIFY that says how things are."""
    dialog = one.dialog
    if dialog is None:
        return
    one.expires_at = ex.now + seconds
    headers: list[Header] = [
        ("Contact", dialog.contact),
        ("Expires", str(seconds)),
        ("Server", ex.settings.server),
    ]
    ex.reply(transaction, 200, headers=headers, to_tag=dialog.local_tag)
    notifier.step(ex, one, On.REFRESHED if seconds else On.UNSUBSCRIBED)
