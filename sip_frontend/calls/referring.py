"""REFER as the one who refers: the peer is asked to call elsewhere, and tells how that goes (RFC 3515)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import requests
from sip_frontend.calls.call import Call
from sip_frontend.message import Header, Request
from sip_frontend.transaction import ServerTransaction

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def refer(ex: Exchange, call: Call, to: str, command_id: int) -> bool:
    """Ask the peer of *call* to call *to* instead; its NOTIFYs come back as ``refer_progress``."""
    if not call.established:
        return False
    headers: list[Header] = [("Refer-To", f"<{to}>"), ("Referred-By", f"<sip:{ex.settings.realm}>")]
    call.referring = command_id

    def answered(response: object) -> None:
        status = getattr(response, "status", 408)
        if status >= 300:
            progress(ex, call, status)

    return requests.send(ex, call, "REFER", headers, b"", answered) is not None


def notify_received(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """The peer tells how a REFER of ours goes."""
    if not call.referring or (request.get("Event") or "").split(";")[0].strip().lower() != "refer":
        ex.reply(transaction, 481)
        return
    ex.reply(transaction, 200)
    words = request.body.split(None, 2)
    if len(words) >= 2 and words[0] == b"SIP/2.0" and words[1].isdigit():
        progress(ex, call, int(words[1]))


def progress(ex: Exchange, call: Call, status: int) -> None:
    """Tell the script; a final status ends the matter."""
    event = ex.event(call)
    if event is not None:
        event.refer_progress.command_id = call.referring
        event.refer_progress.sip_status = status
    if status >= 200:
        call.referring = 0
