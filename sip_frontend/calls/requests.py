"""Requests inside a dialog that we send: BYE, INFO, UPDATE, NOTIFY, re-INVITE, and the ACK of a 2xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.call import Call
from sip_frontend.message import Header, Response, new_branch
from sip_frontend.transaction import ClientTransaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sip_frontend.calls.exchange import Exchange


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
    branch = new_branch()
    data = dialog.request(
        method,
        [("User-Agent", ex.settings.server), *headers],
        body,
        sent_by=ex.sent_by(call.flow),
        branch=branch,
    )
    return ex.transactions.request(data, method, branch, call.flow, ex.now, Exchanged(done or _ignore))


def _ignore(response: Response | None) -> None:
    """For requests whose outcome changes nothing: a BYE is over whatever the peer says to it."""
