"""An INVITE with Replaces (RFC 3891): the new call takes the place of one of ours, as pick-up does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import answering, bridging, ending, transfer
from sip_frontend.calls.call import Call
from sip_frontend.message import Request, SipParseError
from sip_frontend.message.headers import DialogId
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def asks_for_it(request: Request) -> bool:
    """Whether *request* wants to replace a dialog."""
    return request.get("Replaces") is not None


def replace(ex: Exchange, call: Call, request: Request) -> None:
    """Put *call*, whose INVITE is *request*, in the place it names; it is answered or refused here.

    No script is asked, and only authenticated or trusted callers get here: whoever can name a dialog may take it over.
    """
    try:
        wanted = DialogId.parse(request.get("Replaces") or "")
    except SipParseError as error:
        ending.refuse(ex, call, 400, common.CAUSE_REQUEST_TERMINATED, reason=str(error))
        return
    old = transfer.find(ex, wanted)
    if old is None or old is call:
        ending.refuse(ex, call, 481, common.CAUSE_CALL_DOES_NOT_EXIST)
    elif old.established and wanted.early_only:
        ending.refuse(ex, call, 486, common.CAUSE_USER_BUSY)
    elif old.established:
        _take_over(ex, call, old)
    elif not old.is_uas and old.parent is not None:
        _pick_up(ex, call, old, old.parent)
    else:
        # Section 3: an early dialog that the peer began cannot be replaced.
        ending.refuse(ex, call, 481, common.CAUSE_CALL_DOES_NOT_EXIST)


def _take_over(ex: Exchange, call: Call, old: Call) -> None:
    other = old.media_peer
    if not answering.answer(ex, call):
        return
    bridging.unmix(ex, old)
    old.leave_parent()
    for child in list(old.children):
        child.leave_parent()
    if other is not None:
        call.adopt(other)
        bridging.mix(ex, call, other)
    ending.hangup(ex, old, common.CAUSE_ATTENDED_TRANSFER)


def _pick_up(ex: Exchange, call: Call, ringing: Call, caller: Call) -> None:
    """The caller that *ringing* was rung for is connected to *call* instead."""
    if not answering.answer(ex, call) or (not caller.established and not answering.answer(ex, caller)):
        return
    attempt = ringing.attempt
    caller.adopt(call)
    bridging.mix(ex, caller, call)
    if attempt is not None:
        from sip_frontend.calls import dialling

        dialling.cancel(ex, attempt, common.CAUSE_PICKED_OFF)
    else:
        ending.hangup(ex, ringing, common.CAUSE_PICKED_OFF)
