"""What the four transaction machines of RFC 3261 section 17 are made of: states, events, steps and tables.

A machine is a table from (state, event) to (next state, steps). Its file holds the table and its docstring the same
table for people; ``steps.py`` performs the steps. An event without a row is ignored, which is what the RFC asks for
everywhere a row is missing: late timers, repeated responses, a second final answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, final

from sip_frontend.message import Request
from sip_frontend.transaction.flow import Flow
from switchroom.errors import LocalProtocolError


class State(IntEnum):
    """States of figures 5 to 8, with Accepted of RFC 6026."""

    CALLING = 1
    TRYING = 2
    PROCEEDING = 3
    ACCEPTED = 4
    COMPLETED = 5
    CONFIRMED = 6
    TERMINATED = 7


class Event(IntEnum):
    """What can happen to a transaction: a message comes or goes, a timer fires, the transport fails."""

    START = 1
    """A client's request is handed over."""
    REQUEST = 2
    """The request of a server transaction, again."""
    ACK = 3
    """The ACK to a final response other than 2xx, or one with the INVITE's own branch."""
    PROVISIONAL = 4
    """1xx: received by a client, sent by a server."""
    SUCCESS = 5
    """2xx."""
    REFUSAL = 6
    """300 to 699."""
    TIMER_A = 10
    """Repeats an INVITE (unreliable transports only; as E and G)."""
    TIMER_B = 11
    """Gives up an INVITE that nobody answered."""
    TIMER_D = 12
    """Ends the wait for repeated final responses to an INVITE."""
    TIMER_E = 13
    """Repeats another request."""
    TIMER_F = 14
    """Gives up another request."""
    TIMER_G = 15
    """Repeats a final response to an INVITE until the ACK."""
    TIMER_H = 16
    """Gives up waiting for that ACK."""
    TIMER_I = 17
    """Ends the wait for repeated ACKs."""
    TIMER_J = 18
    """Ends the wait for repeated requests."""
    TIMER_K = 19
    """Ends the wait for repeated responses."""
    TIMER_L = 20
    """RFC 6026: ends the wait for repeated INVITEs after a 2xx."""
    TIMER_M = 21
    """RFC 6026: ends the wait for repeated or forked 2xx responses."""
    TIMER_CANCELLED = 22
    """Gives up a cancelled INVITE whose final response does not come (RFC 3261 section 9.1)."""
    TIMER_UNANSWERED = 23
    """Gives up a request that its user never answers; ours, the RFC leaves it open."""
    TRANSPORT_FAILED = 30
    """The message could not be sent, or the connection is gone."""


def event_of(status: int) -> Event:
    """What a response of *status* is to a machine."""
    if status < 200:
        return Event.PROVISIONAL
    return Event.SUCCESS if status < 300 else Event.REFUSAL


class Do(IntEnum):
    """Steps of a transition, beside the timers it starts."""

    SEND = 1
    """Send the message just handed over."""
    RESEND = 2
    """Send the last message again."""
    DELIVER = 3
    """Hand the response to the user."""
    DELIVER_ACK = 4
    """Hand the ACK to the user."""
    ACK = 5
    """Build the ACK to this response from the INVITE and send it (RFC 3261 section 17.1.1.3)."""
    ACK_AGAIN = 6
    """Send that ACK again."""
    KEEP_BYTES = 7
    """Let go of the request object: only the last response is needed from here."""
    KEEP_NOTHING = 8
    """Let go of the request and the last response: whatever comes is absorbed."""
    BACK_OFF = 9
    """Double the interval; the timer that fired runs again."""
    BACK_OFF_TO_T2 = 10
    """The same, but never longer than T2."""
    REPEAT_AT_T2 = 11
    """The timer that fired runs again, T2 long."""
    SEND_HELD_CANCEL = 12
    """Send the CANCEL that waited for a provisional response, if there is one."""
    FAIL_TIMEOUT = 13
    """Tell the user that time ran out."""
    FAIL_TRANSPORT = 14
    """Tell the user that the transport failed."""


Row = tuple[State, tuple[Do, ...], tuple[Event, ...]]
"""Next state, what to do on the way, and the timers to start."""
Table = Mapping[tuple[State, Event], Row]


class Transaction:
    """What client and server transactions share. The layer drives it; its user reads it and sets *user*."""

    __slots__ = ("data", "flow", "interval_s", "key", "method", "opened_at", "state", "table", "user")

    def __init__(self, table: Table, state: State, method: str, key: str, flow: Flow) -> None:
        self.table = table
        self.state = state
        self.method = method
        self.key = key
        self.flow = flow
        self.data = b""
        self.interval_s = 0.0
        self.opened_at = 0.0
        """0 as well once the delay it is for has been measured."""
        self.user: object = None

    @property
    def terminated(self) -> bool:
        """Whether the layer has forgotten this transaction."""
        return self.state is State.TERMINATED

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method} {self.state.name} {self.key}>"


@final
class ClientTransaction(Transaction):
    """A request of ours. *data* is the request as sent."""

    __slots__ = ("ack", "branch", "held_cancel")

    def __init__(self, table: Table, method: str, branch: str, key: str, flow: Flow) -> None:
        super().__init__(table, _FIRST_STATE[method == "INVITE"], method, key, flow)
        self.branch = branch
        self.ack = b""
        self.held_cancel: ClientTransaction | None = None


@final
class ServerTransaction(Transaction):
    """A request of a peer. *data* is the last response sent, *flow* the way responses go.

    *to_tag* may be set by the user to the tag its responses will carry, so that answers of the layer itself agree.
    """

    __slots__ = ("_request", "early", "merge_id", "to_tag")

    def __init__(self, table: Table, request: Request, key: str, flow: Flow) -> None:
        super().__init__(table, _FIRST_SERVER_STATE[request.method == "INVITE"], request.method, key, flow)
        self._request: Request | None = request
        self.merge_id = 0
        self.early = request.method == "INVITE" and not request.to_tag
        """An INVITE for a new call, still without its final response."""
        self.to_tag = ""

    @property
    def request(self) -> Request:
        """The request; gone once the final response is sent, because a finished transaction keeps bytes only."""
        if self._request is None:
            raise LocalProtocolError(f"{self!r} has been answered; keep its request from RequestReceived")
        return self._request

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self._request is None

    def drop_request(self) -> None:
        """Let go of the request object."""
        self._request = None


_FIRST_STATE: Final = {True: State.CALLING, False: State.TRYING}
_FIRST_SERVER_STATE: Final = {True: State.PROCEEDING, False: State.TRYING}
