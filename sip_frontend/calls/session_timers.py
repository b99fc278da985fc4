"""Session timers, RFC 4028: who refreshes, when, and what becomes of a session that nobody refreshes. One owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import requests
from sip_frontend.calls.call import Call
from sip_frontend.calls.reinviting import reinvite
from sip_frontend.message import Header, Message, Request, Response, SipParseError
from sip_frontend.message.headers import SessionExpires, parse_delta_s
from sip_frontend.sdp import NegotiationState
from sip_frontend.transaction import ServerTransaction
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

MIN_SE_S = 90
"""The least interval (section 5)."""
DEFAULT_S = 1800
"""What we ask for (section 4 recommends it)."""
MAX_S = 7200
"""A longer interval of a peer is cut to this: a dead call must not be kept for a day."""
_GONE = (408, 481)
"""Responses to a refresh that mean the session is no more (section 7.2, RFC 5057)."""


class Session:
    """What was agreed: the interval, and whether we refresh."""

    __slots__ = ("interval_s", "we_refresh")

    def __init__(self, interval_s: int, we_refresh: bool) -> None:
        self.interval_s = interval_s
        self.we_refresh = we_refresh


def offer_headers(larger_s: int) -> list[Header]:
    """What an INVITE of ours asks for; *larger_s* is what a 422 wanted, else 0."""
    least = max(MIN_SE_S, larger_s)
    return [("Session-Expires", str(max(DEFAULT_S, least))), ("Min-SE", str(least))]


def wanted(message: Message) -> SessionExpires | None:
    """Session-Expires of *message*; None when there is none that can be read."""
    value = message.get("Session-Expires")
    if value is None:
        return None
    try:
        return SessionExpires.parse(value)
    except SipParseError:
        return None


def too_small(ex: Exchange, transaction: ServerTransaction, request: Request) -> bool:
    """422 for an interval below ours, if the peer knows timers (section 9)."""
    asked = wanted(request)
    if asked is None or asked.interval_s >= MIN_SE_S or not request.has_option("Supported", "timer"):
        return False
    ex.reply(transaction, 422, headers=[("Min-SE", str(MIN_SE_S))])
    return True


def agree_as_uas(ex: Exchange, call: Call, request: Request) -> list[Header]:
    """Answer a request for a timer (section 9, table 2); returns the headers of the 2xx and starts the timer.

    A peer without support gets one only if it (or a proxy) asked, and then we refresh.
    """
    asked = wanted(request)
    supported = request.has_option("Supported", "timer")
    if asked is None and not supported:
        return []
    interval = min(max(asked.interval_s if asked is not None else DEFAULT_S, MIN_SE_S), MAX_S)
    refresher = asked.refresher if asked is not None and supported else ""
    refresher = refresher or "uas"
    start(ex, call, Session(interval, refresher == "uas"))
    headers: list[Header] = [("Session-Expires", f"{interval};refresher={refresher}")]
    if refresher == "uac":
        headers.append(("Require", "timer"))
    return headers


def agree_as_uac(ex: Exchange, call: Call, response: Response) -> None:
    """Take over what the 2xx to our request says; none of it means no timer (section 7.2)."""
    agreed = wanted(response)
    if agreed is None:
        stop(call)
    else:
        start(ex, call, Session(min(agreed.interval_s, MAX_S), agreed.refresher != "uas"))


def larger_interval(response: Response) -> int:
    """Min-SE of a 422, 0 when it cannot be read."""
    return parse_delta_s(response.get("Min-SE")) or 0


def stop(call: Call) -> None:
    """No timer any more."""
    if call.session_due is not None:
        call.session_due.cancel()
        call.session_due = None


def start(ex: Exchange, call: Call, session: Session) -> None:
    """The session was refreshed: count anew."""
    stop(call)
    if session.we_refresh:
        call.session_due = ex.timer(session.interval_s / 2, lambda now: _refresh(ex, call, session))
    else:
        # Section 10: give up min(32 s, a third) before the end, so that our BYE still finds a living dialog.
        left = session.interval_s - min(32.0, session.interval_s / 3)
        call.session_due = ex.timer(left, lambda now: _expired(ex, call))


def _expired(ex: Exchange, call: Call) -> None:
    from sip_frontend.calls import ending

    if not call.ended:
        ex.log("warning", "call.session_expired", call_id=call.call_id)
        ending.hangup(ex, call, common.CAUSE_USER_GONE, text="Session timer expired", lost=True)


def _refresh(ex: Exchange, call: Call, session: Session) -> None:
    """UPDATE without an offer where the peer knows it, else a re-INVITE with what already holds (section 7.4)."""
    if call.ended or call.negotiation is None:
        return
    busy = call.client_invite is not None or call.ack_due is not None
    if busy or call.negotiation.state is not NegotiationState.IDLE:
        call.session_due = ex.timer(2.0, lambda now: _refresh(ex, call, session))
        return
    headers: list[Header] = [
        ("Session-Expires", f"{session.interval_s};refresher=uac"),
        ("Min-SE", str(MIN_SE_S)),
        ("Supported", "timer"),
    ]
    if call.peer_updates:
        requests.send(ex, call, "UPDATE", headers, b"", lambda response: _refreshed(ex, call, session, response))
    else:
        body = call.negotiation.make_offer()
        reinvite(ex, call, body, lambda response: _reinvited(ex, call, session, response), headers)
    # Whatever becomes of it, the session may not outlive its interval.
    call.session_due = ex.timer(session.interval_s / 2, lambda now: _expired(ex, call))


def _reinvited(ex: Exchange, call: Call, session: Session, response: Response | None) -> None:
    from sip_frontend.calls import media_channels

    if call.ended or call.negotiation is None:
        return
    if response is None or response.status >= 300:
        call.negotiation.offer_failed()
    else:
        media_channels.remote_answer(ex, call, response.body)
    _refreshed(ex, call, session, response)


def _refreshed(ex: Exchange, call: Call, session: Session, response: Response | None) -> None:
    """Success counts anew; a dead dialog is ended; anything else is tried again while there is time."""
    from sip_frontend.calls import ending

    if call.ended:
        return
    if response is None or response.status in _GONE:
        ex.log("warning", "call.refresh_failed", call_id=call.call_id, sip_status=response.status if response else 408)
        ending.hangup(ex, call, common.CAUSE_USER_GONE, text="Session refresh failed", lost=True)
    elif response.status < 300:
        agree_as_uac(ex, call, response)
        if call.session_due is None:
            start(ex, call, session)
    elif response.status == 422:
        start(ex, call, Session(max(session.interval_s, larger_interval(response)), True))
    else:
        stop(call)
        call.session_due = ex.timer(max(2.0, session.interval_s / 10), lambda now: _refresh(ex, call, session))
