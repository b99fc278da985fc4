"""Requests of ours outside every dialog: NOTIFY to a phone, MESSAGE, OPTIONS, whatever a script sends (DR-048)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sip_frontend.auth.digest_client import DigestSession
from sip_frontend.calls import devices
from sip_frontend.calls.actions import Locate
from sip_frontend.calls.requests import AUTH_ROUNDS, Done, Exchanged
from sip_frontend.location import Hop, located_at_once
from sip_frontend.message import Header, Response, Uri, build_request, new_branch, new_tag
from sip_frontend.transaction import Flow
from switchroom.errors import SwitchroomError

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

SENDABLE: Final = frozenset(("MESSAGE", "NOTIFY", "OPTIONS", "INFO", "PUBLISH", "SUBSCRIBE"))
"""What makes sense without a call, and without a state of ours behind it."""

_WITH_CONTACT: Final = frozenset(("NOTIFY", "OPTIONS", "SUBSCRIBE"))


class Outgoing:
    """One request, and what is needed to send it again: with credentials, or to the next place."""

    __slots__ = (
        "body",
        "call_id",
        "cseq",
        "digest",
        "done",
        "flow",
        "headers",
        "left",
        "method",
        "rounds",
        "tag",
        "uri",
    )

    def __init__(self, method: str, uri: str, headers: Sequence[Header], body: bytes, done: Done | None = None) -> None:
        self.method = method
        self.uri = uri
        self.headers = headers
        self.body = body
        self.done = done
        """Gets the final response, None when there is none."""
        self.digest: DigestSession | None = None
        self.call_id = ""
        self.tag = new_tag()
        self.cseq = 0
        self.rounds = 0
        self.flow: Flow | None = None
        self.left: list[Hop] = []
        """Places not tried yet (RFC 3263 section 4.3)."""


def send(ex: Exchange, one: Outgoing, way: devices.Way | None = None) -> None:
    """Send *one* to a device that registered, by *way*, else wherever its URI leads."""
    one.call_id = f"{ex.new_id()}@{ex.settings.name}"
    if way is not None and way.flow is not None:
        _send(ex, one, way.flow)
        return
    uri = Uri.parse(one.uri)
    hop = located_at_once(uri)
    if hop is not None:
        _located(ex, one, [hop])
    else:
        ex.actions.append(Locate(uri, lambda hops: _located(ex, one, ex.dead.last(hops, ex.now))))


def _located(ex: Exchange, one: Outgoing, hops: list[Hop]) -> None:
    one.left = hops
    if not _next(ex, one):
        _over(one, None)


def _next(ex: Exchange, one: Outgoing) -> bool:
    while one.left:
        hop = one.left.pop(0)
        try:
            flow = ex.connect(hop.transport, hop.remote, server_name=hop.name)
        except SwitchroomError:
            continue
        _send(ex, one, flow)
        return True
    return False


def _send(ex: Exchange, one: Outgoing, flow: Flow) -> None:
    one.flow = flow
    one.cseq += 1
    branch = new_branch()
    who = f"<sip:{ex.settings.realm}>"
    headers: list[Header] = [
        ("Via", f"SIP/2.0/{flow.transport} {ex.sent_by(flow)};branch={branch};rport"),
        ("Max-Forwards", "70"),
        ("From", f"{who};tag={one.tag}"),
        ("To", f"<{one.uri}>"),
        ("Call-ID", one.call_id),
        ("CSeq", f"{one.cseq} {one.method}"),
        ("User-Agent", ex.settings.server),
        *one.headers,
    ]
    if one.method in _WITH_CONTACT:
        suffix = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        headers.append(("Contact", f"<sip:{ex.sent_by(flow)}{suffix}>"))
    if one.digest is not None:
        headers += one.digest.headers(one.method, one.uri, one.body)
    data = build_request(one.method, one.uri, headers, one.body)
    answered = Exchanged(lambda response: _answered(ex, one, response))
    ex.transactions.request(data, one.method, branch, flow, ex.now, answered)


def _answered(ex: Exchange, one: Outgoing, response: Response | None) -> None:
    flow = one.flow
    if response is None or response.status == 503:
        if flow is not None and one.left:
            ex.dead.add(flow.transport, flow.remote, ex.now)
        if not _next(ex, one):
            _over(one, response)
        return
    again = response.status in (401, 407) and one.digest is not None and one.rounds < AUTH_ROUNDS
    if again and flow is not None and one.digest is not None and one.digest.challenged(response):
        one.rounds += 1
        _send(ex, one, flow)
        return
    _over(one, response)


def _over(one: Outgoing, response: Response | None) -> None:
    if one.done is not None:
        one.done(response)
