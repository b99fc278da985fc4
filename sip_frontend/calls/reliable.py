"""Reliable provisional responses, both ways: RFC 3262.

As UAS: a caller that demands ``100rel`` gets every 18x with an RSeq; it is repeated, T1 doubling, until its PRACK, and
nothing else is sent meanwhile. As UAC: every reliable 18x gets one PRACK inside its early dialog.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from secrets import randbelow
from typing import TYPE_CHECKING

from sip_frontend.calls import media_channels, requests
from sip_frontend.calls.call import Call
from sip_frontend.message import Header, Request, Response, SipParseError
from sip_frontend.message.headers import RAck, parse_rseq
from sip_frontend.sdp import NegotiationState
from sip_frontend.transaction import ServerTransaction
from switchroom.errors import SwitchroomError
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.timers import Timer
    from sip_frontend.dialog import Dialog

GIVE_UP = 64
"""In T1: after so long without a PRACK the INVITE is refused (section 3)."""


class Reliable:
    """The reliable provisional responses of one INVITE that we answer."""

    __slots__ = ("cseq", "due", "number", "unacknowledged", "waiting")

    def __init__(self, cseq: int) -> None:
        self.cseq = cseq
        self.number = randbelow(2**30) + 1
        self.unacknowledged = False
        self.due: Timer | None = None
        self.waiting: deque[Callable[[], object]] = deque()

    def stop(self) -> None:
        """The INVITE is over."""
        if self.due is not None:
            self.due.cancel()
            self.due = None
        self.waiting.clear()


def demanded(request: Request) -> Reliable | None:
    """What keeps track of reliability when *request* demands it. On mere support we send plain ones, as phones like."""
    return Reliable(request.cseq) if request.has_option("Require", "100rel") else None


def send(ex: Exchange, call: Call, status: int, headers: Sequence[Header], body: bytes = b"") -> None:
    """Send a provisional response, reliably when the caller demands it; behind the one that still waits for PRACK."""
    transaction, state = call.server_invite, call.reliable
    if transaction is None:
        return
    if state is None:
        ex.reply(transaction, status, headers=headers, to_tag=call.local_tag, body=body)
    elif state.unacknowledged:
        state.waiting.append(lambda: send(ex, call, status, headers, body))
    else:
        state.number += 1
        state.unacknowledged = True
        reliably = [("Require", "100rel"), ("RSeq", str(state.number)), *headers]
        data = ex.reply(transaction, status, headers=reliably, to_tag=call.local_tag, body=body)
        _repeat(ex, call, data, status, ex.settings.t1_s, ex.now + GIVE_UP * ex.settings.t1_s)


def _repeat(ex: Exchange, call: Call, data: bytes, status: int, interval_s: float, give_up: float) -> None:
    state = call.reliable
    if state is None:
        return

    def again(now: float) -> None:
        transaction = call.server_invite
        if call.ended or transaction is None or not state.unacknowledged:
            return
        if now >= give_up:
            _refuse(ex, call)
            return
        ex.transactions.respond(transaction, data, status, now)
        _repeat(ex, call, data, status, interval_s * 2, give_up)

    state.due = ex.timer(min(interval_s, give_up - ex.now), again)


def _refuse(ex: Exchange, call: Call) -> None:
    from sip_frontend.calls import ending

    ex.log("warning", "call.prack_missing", call_id=call.call_id)
    ending.refuse(ex, call, 504, common.CAUSE_SERVER_TIMEOUT, reason="no PRACK")


def after_prack(call: Call, act: Callable[[], object]) -> bool:
    """Do *act* once the response under way is acknowledged; False when nothing is under way and it can be done now."""
    if call.reliable is None or not call.reliable.unacknowledged:
        return False
    call.reliable.waiting.append(act)
    return True


def prack_received(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """PRACK: 481 when it acknowledges nothing of ours, else 200, with an answer to the offer that it may carry."""
    state = call.reliable
    try:
        rack = RAck.parse(request.get("RAck") or "")
    except SipParseError:
        ex.reply(transaction, 400, "RAck cannot be read")
        return
    matches = state is not None and (rack.rseq, rack.cseq, rack.method) == (state.number, state.cseq, "INVITE")
    if state is None or not matches or not state.unacknowledged:
        ex.reply(transaction, 481)
        return
    body = _answer_in_prack(ex, transaction, request, call)
    if body is None:
        return
    headers: list[Header] = [("Content-Type", "application/sdp")] if body else []
    ex.reply(transaction, 200, headers=headers, body=body)
    state.unacknowledged = False
    if state.due is not None:
        state.due.cancel()
    while state.waiting and not state.unacknowledged:
        state.waiting.popleft()()


def _answer_in_prack(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> bytes | None:
    """Section 5: a PRACK may answer our offer or make one of its own. None: it was refused."""
    offered = media_channels.description_of(request)
    if not offered:
        return b""
    try:
        if call.negotiation is not None and call.negotiation.state is NegotiationState.LOCAL_OFFER:
            media_channels.remote_answer(ex, call, offered)
            return b""
        return media_channels.remote_offer(ex, call, offered)
    except SwitchroomError as error:
        ex.reply(transaction, getattr(error, "status_hint", 488))
        return None


def acknowledge(ex: Exchange, call: Call, response: Response, dialog: Dialog) -> bool:
    """PRACK a reliable 1xx (section 4); False when it is a repetition or out of order, and must be ignored."""
    if not response.has_option("Require", "100rel"):
        return True
    try:
        number = parse_rseq(response.get("RSeq") or "")
    except SipParseError:
        ex.log("warning", "sip.bad_rseq", call_id=call.call_id)
        return True
    seen = call.acknowledged.get(dialog.remote_tag)
    if seen is not None and number != seen + 1:
        return False
    call.acknowledged[dialog.remote_tag] = number
    body = _answer_of_offer(ex, call, response)
    headers: list[Header] = [("RAck", f"{number} {response.cseq} INVITE")]
    if body:
        headers.append(("Content-Type", "application/sdp"))
    requests.send(ex, call, "PRACK", headers, body, dialog=dialog)
    return True


def _answer_of_offer(ex: Exchange, call: Call, response: Response) -> bytes:
    """The answer when the reliable response carries the offer that our INVITE did not make."""
    offered = media_channels.description_of(response)
    if not offered or call.negotiation is not None:
        return b""
    try:
        return media_channels.remote_offer(ex, call, offered)
    except SwitchroomError as error:
        ex.log("warning", "call.bad_offer", call_id=call.call_id, reason=str(error))
        return b""
