"""Requests of ours to a trunk outside any call: REGISTER and OPTIONS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sip_frontend.calls.actions import Locate
from sip_frontend.calls.requests import Exchanged
from sip_frontend.location import Hop, located_at_once
from sip_frontend.message import Header, Response, Uri, build_request, new_branch
from sip_frontend.transaction import Flow
from switchroom.errors import SwitchroomError

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

Done = Callable[[Response | None], None]


def find(ex: Exchange, uri: Uri, found: Callable[[list[Hop]], None]) -> None:
    """Where *uri* leads, the dead last: at once when it names an address."""
    hop = located_at_once(uri)
    if hop is not None:
        found([hop])
    else:
        ex.actions.append(Locate(uri, lambda hops: found(ex.dead.last(hops, ex.now))))


def next_flow(ex: Exchange, hops: list[Hop]) -> Flow | None:
    """A flow to the first of *hops* that there is a way to; what was tried is taken off the list."""
    while hops:
        hop = hops.pop(0)
        try:
            return ex.connect(hop.transport, hop.remote, server_name=hop.name)
        except SwitchroomError as error:
            ex.log("warning", "sip.no_transport", transport=hop.transport, reason=str(error))
    return None


def send(
    ex: Exchange, flow: Flow, method: str, uri: str, identity: Sequence[Header], rest: Sequence[Header], done: Done
) -> None:
    """Send *method*; *identity* is From, To, Call-ID and CSeq. *done* gets the final response, None without one."""
    branch = new_branch()
    headers: list[Header] = [
        ("Via", f"SIP/2.0/{flow.transport} {ex.sent_by(flow)};branch={branch};rport"),
        ("Max-Forwards", "70"),
        *identity,
        ("User-Agent", ex.settings.server),
        *rest,
    ]
    data = build_request(method, uri, headers)
    ex.transactions.request(data, method, branch, flow, ex.now, Exchanged(done))
