"""Requests inside a dialog that we send: BYE, INFO, UPDATE, NOTIFY, re-INVITE, and the ACK of a 2xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.call import Call
from sip_frontend.dialog import Dialog
from sip_frontend.message import Header, Response, new_branch
from sip_frontend.transaction import ClientTransaction, Flow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sip_frontend.calls.exchange import Exchange


def flow_of(call: Call, dialog: Dialog) -> Flow:
    """The way of our requests inside *dialog*.

    Along the connection a stream peer came on. Over UDP to the first route or the remote target, where that is an
    address of the machine that spoke to us; else back to the source, behind which there is a NAT (DR-016).
    """
    flow = call.flow
    if flow.reliable:
        return flow
    hop = dialog.next_hop()
    port = hop.port or 5060
    if flow.remote == (hop.host, port) or not is_literal(hop.host):
        return flow
    if dialog.route_set.routes or hop.host == flow.remote[0]:
        return Flow(flow.transport, flow.local, (hop.host, port))
    return flow


def is_literal(host: str) -> bool:
    """Whether *host* is an IP address."""
    return ":" in host or host.replace(".", "").isdigit()


class Exchanged:
    """Owner of a client transaction that is not a call: *done* gets the final response, None on time-out or failure."""

    __slots__ = ("done",)

    def __init__(self, done: Callable[[Response | None], None]) -> None:
        self.done = done


def send(
    ex: Exchange,
    call: Call,
    method: str,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    done: Callable[[Response | None], None] | None = None,
) -> ClientTransaction | None:
    """Send *method* in the dialog of *call*; None when it has none."""
    dialog = call.dialog
    if dialog is None:
        return None
    branch, flow = new_branch(), flow_of(call, dialog)
    data = dialog.request(
        method,
        [("User-Agent", ex.settings.server), *headers],
        body,
        sent_by=ex.sent_by(flow),
        branch=branch,
    )
    return ex.transactions.request(data, method, branch, flow, ex.now, Exchanged(done or _ignore))


def _ignore(response: Response | None) -> None:
    """For requests whose outcome changes nothing: a BYE is over whatever the peer says to it."""
