"""One outbound leg: its INVITE, sent, repeated along another way, and the ACK of its 2xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.auth.digest_client import DigestSession
from sip_frontend.calls import (
    answering,
    ending,
    hunting,
    identity,
    media_channels,
    passing_on,
    session_timers,
    shown,
    size,
    ways,
)
from sip_frontend.calls.call import UAC, Call
from sip_frontend.calls.settings import ALLOW, SUPPORTED
from sip_frontend.dialog import Dialog
from sip_frontend.message import (
    Header,
    build_request,
    new_branch,
    new_tag,
)
from sip_frontend.transaction import ClientTransaction, Flow
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.attempt import Attempt, Target
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.hunting import Hunt
    from sip_frontend.calls.trunk_table import TrunkState

_ALLOW_EVENTS = "talk, hold, presence, dialog, message-summary, refer"


def invite(ex: Exchange, attempt: Attempt, target: Target, flow: Flow, hunt: Hunt | None) -> None:
    """Make the leg and send its INVITE along *flow*; *hunt* knows where it may go instead."""
    options, parent = attempt.options, attempt.parent
    call = Call(f"{options.leg_prefix or ex.new_id()}.{target.number}", UAC, attempt.run, flow, ex.unix)
    call.hunt = hunt
    call.attempt = attempt
    call.target = target
    call.policy = attempt.policy
    call.sip_call_id = f"{ex.new_id()}@{ex.settings.name}"
    call.local_tag = new_tag()
    view = call.view
    view.sip_call_id, view.local_tag, view.destination = (
        call.sip_call_id,
        call.local_tag,
        (hunt.uri if hunt is not None else target.uri),
    )
    if options.HasField("credentials"):
        call.digest = DigestSession(options.credentials.username, options.credentials.password)
    if target.trunk is not None:
        _by_trunk(call, target.trunk)
    if target.entity is not None:
        view.entity.CopyFrom(target.entity)
        uri = target.entity.uri
        ex.entity_calls[uri] = ex.entity_calls.get(uri, 0) + 1
    if parent is not None:
        parent.adopt(call)
    identity.outbound(ex, call, parent, options, target)
    bonded = ex.calls.get(options.bond_call_id)
    if bonded is not None and bonded.channel is not None:
        call.bonded = bonded.channel.worker
    call.no_telephone_events = options.no_telephone_events
    ex.add_call(call)
    attempt.legs.append(call)
    try:
        if not options.late:
            media_channels.local_offer(ex, call, passing_on.for_offer(ex, call, options.codecs))
    except media_channels.NoMedia as error:
        ex.log("warning", "call.no_media", call_id=call.call_id, reason=str(error))
        ending.end(ex, call, common.SOURCE_US, common.CAUSE_SERVICE_UNAVAILABLE, 503, str(error))
        return
    ex.dialogs[(call.sip_call_id, call.local_tag)] = call
    call.offer = call.negotiation
    send_invite(ex, call, 1)


def _by_trunk(call: Call, trunk: TrunkState) -> None:
    trunk.begin()
    call.trunk = trunk
    call.view.trunk = trunk.config.name
    if trunk.config.user and call.digest is None:
        call.digest = DigestSession(trunk.config.user, trunk.config.password)


def send_invite(ex: Exchange, call: Call, cseq: int) -> None:
    """Send the INVITE of *call* where its flow leads: the first time, with credentials, or to the next place."""
    attempt, target = call.attempt, call.target
    if attempt is None or target is None:
        return
    branch = new_branch()
    flow, uri = call.flow, call.view.destination
    body = call.offer.sent if call.offer is not None else b""
    if call.digest is not None:
        call.authorization = tuple(call.digest.headers("INVITE", uri, body))
    headers: list[Header] = [
        ("Via", f"SIP/2.0/{flow.transport} {ex.sent_by(flow)};branch={branch};rport"),
        ("Max-Forwards", str(_hops(attempt))),
        *(("Route", hop) for hop in target.path),
        ("From", identity.from_header(call)),
        ("To", identity.to_header(call, target)),
        ("Call-ID", call.sip_call_id),
        ("CSeq", f"{cseq} INVITE"),
        ("Contact", answering.contact(ex, call)),
        *call.authorization,
        ("Allow", ALLOW),
        ("Allow-Events", _ALLOW_EVENTS),
        ("Supported", SUPPORTED),
        ("User-Agent", ex.settings.server),
        *session_timers.offer_headers(call.session_s),
        *shown.headers(ex, call, attempt.options),
        *((one.name, one.value) for one in attempt.options.headers),
    ]
    if body:
        headers.append(("Content-Type", "application/sdp"))
    data = build_request("INVITE", uri, headers, body)
    # A device is reached along the flow it registered on, and by nothing else: there may be a NAT before it.
    tcp = size.by_tcp(ex, data, flow) if call.hunt is not None else None
    if tcp is not None:
        data, branch = size.readdressed(ex, data, tcp)
    call.invite_data, call.invite_cseq = data, cseq
    _transmit(ex, call, data, branch, tcp or flow)


def send_again(ex: Exchange, call: Call, transaction: ClientTransaction) -> None:
    """The INVITE that TCP did not take, by UDP."""
    data, branch = size.readdressed(ex, transaction.data, call.flow)
    call.invite_data = data
    _transmit(ex, call, data, branch, call.flow)


def _transmit(ex: Exchange, call: Call, data: bytes, branch: str, flow: Flow) -> None:
    call.branch = branch
    call.client_invite = ex.transactions.request(data, "INVITE", branch, flow, ex.now, call)
    hunting.watch(ex, call)


def _hops(attempt: Attempt) -> int:
    """CM-070: what the script says, else one less than the caller had left."""
    if attempt.options.max_forwards:
        return attempt.options.max_forwards
    return attempt.parent.hops_left - 1 if attempt.parent is not None else 70


def ack(ex: Exchange, call: Call, dialog: Dialog, body: bytes) -> None:
    """ACK of a 2xx: a request of its own, sent once for every 2xx that comes (RFC 3261 section 13.2.2.4)."""
    headers: list[Header] = (
        [*call.authorization, ("Content-Type", "application/sdp")] if body else [*call.authorization]
    )

    def use(flow: Flow) -> None:
        data = dialog.ack(cseq, headers, body, sent_by=ex.sent_by(flow), branch=new_branch(), transport=flow.transport)
        ex.send(flow, data)

    cseq = dialog.invite_cseq
    ways.along(ex, call, dialog, use)
