"""A REFER of the peer inside a dialog (RFC 3515): which kind of transfer it asks for, and whether it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import attended, transfer
from sip_frontend.calls.call import Call
from sip_frontend.message import Request, SipParseError
from sip_frontend.message.headers import ReferTo
from sip_frontend.transaction import ServerTransaction

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def refer_received(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """A REFER of *call*'s peer."""
    values = request.get_all("Refer-To")
    try:
        target = ReferTo.parse(values[0]) if len(values) == 1 else None
    except SipParseError as error:
        ex.reply(transaction, 400, f"Refer-To: {error}"[:80])
        return
    if target is None or not target.uri.host:
        ex.reply(transaction, 400, "Refer-To is missing")
        return
    if call.is_uas and not (call.view.authenticated or call.view.trusted):
        ex.reply(transaction, 403, "Authenticate before you transfer")
        return
    moved = call.media_peer
    subscribed = (request.get("Refer-Sub") or "").strip().lower() != "false"
    if moved is None and target.replaces is not None and call.established:
        attended.to_service(ex, transaction, call, target.replaces, subscribed)
    elif moved is None or not call.established:
        ex.reply(transaction, 400, "We have no-one to refer")
    elif target.replaces is not None:
        attended.attended(ex, transaction, call, moved, target.replaces, subscribed)
    else:
        transfer.accept(ex, transaction, subscribed)
        transfer.blind(ex, call, moved, str(target.uri), subscribed)
