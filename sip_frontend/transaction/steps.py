"""Performs the rows of the four machines: one event goes in, the actions and timers of its row come out."""

from __future__ import annotations

from typing import Final

from sip_frontend.message import Request, Response
from sip_frontend.transaction.actions import (
    AckReceived,
    Action,
    Failure,
    ResponseReceived,
    Send,
    TransactionFailed,
)
from sip_frontend.transaction.derived import build_ack, to_tag_of
from sip_frontend.transaction.flow import UDP, Flow
from sip_frontend.transaction.histogram import Histogram
from sip_frontend.transaction.machine import ClientTransaction, Do, Event, ServerTransaction, State, Transaction
from sip_frontend.transaction.timers import TimerQueue, Timers

_REPEATING: Final = frozenset((Event.TIMER_A, Event.TIMER_E, Event.TIMER_G))
"""Timers that begin at T1, back off, and do not run at all on reliable transports."""

_GIVE_UP: Final = (
    Event.TIMER_B,
    Event.TIMER_F,
    Event.TIMER_H,
    Event.TIMER_L,
    Event.TIMER_M,
    Event.TIMER_CANCELLED,
    Event.TIMER_UNANSWERED,
)
"""Timers of 64 T1 on every transport."""


class Steps:
    """All live transactions, their timers, and the actions not yet taken."""

    __slots__ = (
        "_connections",
        "_length_reliable",
        "_length_unreliable",
        "_t2_s",
        "actions",
        "answer_delay",
        "clients",
        "early_calls",
        "early_of",
        "merging",
        "post_dial_delay",
        "repeats_sent",
        "servers",
        "timeouts",
        "timers",
        "transport_failures",
    )

    def __init__(self, timers: Timers) -> None:
        self.actions: list[Action] = []
        self.clients: dict[str, ClientTransaction] = {}
        self.servers: dict[str, ServerTransaction] = {}
        self.merging: set[int] = set()
        self.timers = TimerQueue()
        self.early_of: dict[str, int] = {}
        self.early_calls = 0
        self.answer_delay = Histogram()
        self.post_dial_delay = Histogram()
        self.repeats_sent = 0
        self.timeouts = 0
        self.transport_failures = 0
        self._connections: dict[int, set[Transaction]] = {}
        self._t2_s = timers.t2_s
        self._length_unreliable = _lengths(timers, reliable=False)
        self._length_reliable = _lengths(timers, reliable=True)

    def open_client(self, transaction: ClientTransaction, now: float) -> None:
        """Enter a client transaction and send its request."""
        self.clients[transaction.key] = transaction
        transaction.opened_at = now
        self._watch(transaction)
        self.step(transaction, Event.START, now)

    def open_server(self, transaction: ServerTransaction, now: float) -> None:
        """Enter a server transaction."""
        self.servers[transaction.key] = transaction
        transaction.opened_at = now
        if transaction.early:
            host = transaction.flow.remote[0]
            self.early_of[host] = self.early_of.get(host, 0) + 1
            self.early_calls += 1
        self._watch(transaction)
        self.step(transaction, Event.START, now)

    def step(
        self, transaction: Transaction, event: Event, now: float, message: Request | Response | None = None
    ) -> bool:
        """Let *event* happen; False when the state has no row for it, so that nothing was done."""
        row = transaction.table.get((transaction.state, event))
        if row is None:
            return False
        transaction.state, steps, starts = row
        for do in steps:
            self._do(do, transaction, event, now, message)
        for timer in starts:
            self._start(transaction, timer, now)
        if transaction.state is State.TERMINATED:
            self._forget(transaction)
        return True

    def move(self, transaction: Transaction, flow: Flow) -> None:
        """Let *transaction* go on along *flow*, which has the same transport and host."""
        if transaction.state is not State.TERMINATED:
            self._unwatch(transaction)
            transaction.flow = flow
            self._watch(transaction)

    def make_room(self, now: float) -> bool:
        """Forget the answered request whose timer J is nearest its end, well before the end; False without one.

        What it was kept for, a repetition after a lost answer, comes within the first seconds.
        """
        self.timers.next_due()  # throws away what is outdated at the heads
        answered = self.timers.nearest(Event.TIMER_J, self._length_unreliable[Event.TIMER_J])
        return answered is not None and self.step(answered, Event.TIMER_J, now)

    def connection_lost(self, connection: int, now: float) -> None:
        """Let every transaction on *connection* fail."""
        for transaction in self._connections.pop(connection, ()):
            self.step(transaction, Event.TRANSPORT_FAILED, now)

    def path_lost(self, flow: Flow, now: float) -> None:
        """Let every transaction on *flow* fail; looks at all of them, so not for single datagrams."""
        for transaction in [t for t in (*self.servers.values(), *self.clients.values()) if t.flow == flow]:
            self.step(transaction, Event.TRANSPORT_FAILED, now)

    def expire(self, now: float) -> None:
        """Fire every timer that is due, those included that this arms."""
        while due := self.timers.take_due(now):
            for _, transaction, event in due:
                self.step(transaction, event, now)
                if transaction.state is State.TERMINATED:
                    transaction.data = b""

    def _do(
        self, do: Do, transaction: Transaction, event: Event, now: float, message: Request | Response | None
    ) -> None:
        """One step of a row, the commonest first."""
        if do is Do.SEND:
            self.actions.append(Send(transaction.flow, transaction.data, transaction))
        elif isinstance(transaction, ServerTransaction):
            self._do_server(do, transaction, event, now, message)
        elif isinstance(transaction, ClientTransaction):
            self._do_client(do, transaction, event, now, message)

    def _do_server(
        self, do: Do, transaction: ServerTransaction, event: Event, now: float, message: Request | Response | None
    ) -> None:
        if do is Do.KEEP_BYTES:
            self._let_go(transaction)
        elif do is Do.KEEP_NOTHING:
            transaction.to_tag = transaction.to_tag or to_tag_of(transaction.data)
            transaction.data = b""
            self._let_go(transaction)
        elif do is Do.DELIVER_ACK:
            if isinstance(message, Request):
                self.actions.append(AckReceived(message, transaction.flow))
        else:
            self._do_either(do, transaction, event, now)

    def _do_client(
        self, do: Do, transaction: ClientTransaction, event: Event, now: float, message: Request | Response | None
    ) -> None:
        if do is Do.DELIVER:
            if isinstance(message, Response):
                self.actions.append(ResponseReceived(transaction, message))
        elif do is Do.ACK:
            if isinstance(message, Response):
                transaction.ack = build_ack(transaction.data, message.to_value)
                self.actions.append(Send(transaction.flow, transaction.ack, transaction))
        elif do is Do.ACK_AGAIN:
            self.repeats_sent += 1
            self.actions.append(Send(transaction.flow, transaction.ack, transaction))
        elif do is Do.SEND_HELD_CANCEL:
            self.send_held_cancel(transaction, now)
        else:
            self._do_either(do, transaction, event, now)

    def _do_either(self, do: Do, transaction: Transaction, event: Event, now: float) -> None:
        if do is Do.RESEND:
            self.repeats_sent += 1
            self.actions.append(Send(transaction.flow, transaction.data, transaction))
        elif do is Do.BACK_OFF:
            self._repeat(transaction, event, transaction.interval_s * 2, now)
        elif do is Do.BACK_OFF_TO_T2:
            self._repeat(transaction, event, min(transaction.interval_s * 2, self._t2_s), now)
        elif do is Do.REPEAT_AT_T2:
            self._repeat(transaction, event, self._t2_s, now)
        elif do is Do.FAIL_TIMEOUT:
            self.timeouts += 1
            self.actions.append(TransactionFailed(transaction, Failure.TIMEOUT))
        elif do is Do.FAIL_TRANSPORT:
            self.transport_failures += 1
            self.actions.append(TransactionFailed(transaction, Failure.TRANSPORT))

    def send_held_cancel(self, invite: ClientTransaction, now: float) -> None:
        """Send the CANCEL kept with *invite*, and give its final response 64 T1 from now (section 9.1)."""
        cancel = invite.held_cancel
        if cancel is not None:
            invite.held_cancel = None
            self.open_client(cancel, now)
            self._start(invite, Event.TIMER_CANCELLED, now)

    def _start(self, transaction: Transaction, timer: Event, now: float) -> None:
        reliable = transaction.flow.transport != UDP
        length_s = (self._length_reliable if reliable else self._length_unreliable).get(timer)
        if length_s is None:
            return
        if length_s == 0.0:
            self.step(transaction, timer, now)
            return
        if timer in _REPEATING:
            transaction.interval_s = length_s
        self.timers.arm(transaction, timer, length_s, now)

    def _repeat(self, transaction: Transaction, timer: Event, interval_s: float, now: float) -> None:
        transaction.interval_s = interval_s
        self.timers.arm(transaction, timer, interval_s, now)

    def _let_go(self, transaction: ServerTransaction) -> None:
        """The final response is there, or never will be: no request to keep, no early call any more."""
        transaction.drop_request()
        if transaction.early:
            transaction.early = False
            self.early_calls -= 1
            host = transaction.flow.remote[0]
            left = self.early_of[host] - 1
            if left:
                self.early_of[host] = left
            else:
                del self.early_of[host]

    def _watch(self, transaction: Transaction) -> None:
        connection = transaction.flow.connection
        if connection:
            self._connections.setdefault(connection, set()).add(transaction)

    def _forget(self, transaction: Transaction) -> None:
        """Take a terminated transaction out of every table."""
        if isinstance(transaction, ServerTransaction):
            self.servers.pop(transaction.key, None)
            self.merging.discard(transaction.merge_id)
            self._let_go(transaction)
            transaction.data = b""
        elif isinstance(transaction, ClientTransaction):
            self.clients.pop(transaction.key, None)
            transaction.held_cancel = None
        self._unwatch(transaction)

    def _unwatch(self, transaction: Transaction) -> None:
        connection = transaction.flow.connection
        if connection:
            together = self._connections.get(connection)
            if together is not None:
                together.discard(transaction)
                if not together:
                    del self._connections[connection]


def _lengths(timers: Timers, *, reliable: bool) -> dict[Event, float]:
    """How long each timer runs; one that is not here does not run at all (RFC 3261 table 4, RFC 6026 section 7)."""
    lengths = dict.fromkeys(_GIVE_UP, timers.give_up_s)
    if reliable:
        lengths.update(dict.fromkeys((Event.TIMER_D, Event.TIMER_I, Event.TIMER_J, Event.TIMER_K), 0.0))
        return lengths
    lengths.update(dict.fromkeys(_REPEATING, timers.t1_s))
    lengths.update({Event.TIMER_D: timers.d_s, Event.TIMER_J: timers.give_up_s})
    lengths.update({Event.TIMER_I: timers.t4_s, Event.TIMER_K: timers.t4_s})
    return lengths
