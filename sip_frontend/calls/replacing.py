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
    except SipParseError:  # without both tags it names no dialog that there could be
        ending.refuse(ex, call, 481, common.CAUSE_CALL_DOES_NOT_EXIST)
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
        call.join(other)
        bridging.mix(ex, call, other)
    ending.hangup(ex, old, common.CAUSE_ATTENDED_TRANSFER)


def _pick_up(ex: Exchange, call: Call, ringing: Call, caller: Call) -> None:
    """The caller that *ringing* was rung for talks to *call* instead; for its script that is how the dial ends."""
    if not answering.answer(ex, call):
        return
    attempt = ringing.attempt
    if attempt is None or attempt.done or attempt.run.finished:
        _connect(ex, call, ringing, caller)
        return
    from sip_frontend.calls import dialling

    call.policy = attempt.policy
    call.run = attempt.run
    attempt.run.add(call)
    caller.adopt(call)
    dialling.leg_answered(ex, attempt, call)


def _connect(ex: Exchange, call: Call, ringing: Call, caller: Call) -> None:
    """The same where no script waits for the outcome."""
    if not caller.established and not answering.answer(ex, caller):
        return
    caller.join(call)
    bridging.mix(ex, caller, call)
    ending.hangup(ex, ringing, common.CAUSE_PICKED_OFF)
