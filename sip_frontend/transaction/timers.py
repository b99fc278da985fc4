"""Timers of RFC 3261 table 4 and RFC 6026: their lengths as one value, and the queues they wait in.

A timer here is never disarmed. It fires as an event, and a state without a row for that event ignores it, so an
answered transaction costs nothing to "stop" its timers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sip_frontend.transaction.machine import Event, Transaction

Entry = tuple[float, "Transaction", "Event"]
"""When it is due, whose it is, and the event it fires as."""

_due_at = itemgetter(0)
_LOOKED_AT = 64


@dataclass(frozen=True, slots=True)
class Timers:
    """How long each timer runs, in seconds, on an unreliable transport; those marked 0 on reliable ones."""

    t1_s: float = 0.5
    """Estimate of the round trip; where timers A, E and G begin."""
    t2_s: float = 4.0
    """Longest interval between retransmissions of a non-INVITE request or an INVITE response (E, G)."""
    t4_s: float = 5.0
    """Longest time a message stays in the network: timers I and K (0 on reliable transports)."""
    d_s: float = 32.0
    """Timer D: how long an INVITE client repeats its ACK, at least 32 s (0 on reliable transports)."""
    give_up_t1s: int = 64
    """Timers B, F, H, J, L and M are this many T1 (J is 0 on reliable transports)."""

    @property
    def give_up_s(self) -> float:
        """64 times T1: after this nothing more is expected of the peer."""
        return self.t1_s * self.give_up_t1s


class TimerQueue:
    """Armed timers, one first-in-first-out queue for each length.

    There are few lengths (T1 and its doublings, T4, 64 T1), and within one length the first armed is the first due,
    so arming is an append and nothing is ever sorted or searched. ``now`` must not run backwards.
    """

    __slots__ = ("_queues",)

    def __init__(self) -> None:
        self._queues: dict[float, deque[Entry]] = {}

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def arm(self, transaction: Transaction, event: Event, length_s: float, now: float) -> None:
        """Let *event* happen to *transaction* in *length_s* seconds."""
        queue = self._queues.get(length_s)
        if queue is None:
            queue = self._queues[length_s] = deque()
        queue.append((now + length_s, transaction, event))

    def take_due(self, now: float) -> list[Entry]:
        """All timers due at *now*, the earliest first, taken out."""
        due: list[Entry] = []
        lengths = 0
        for queue in self._queues.values():
            if queue and queue[0][0] <= now:
                lengths += 1
                while queue and queue[0][0] <= now:
                    due.append(queue.popleft())
        if lengths > 1:
            due.sort(key=_due_at)
        return due

    def nearest(self, event: Event, length_s: float) -> Transaction | None:
        """Whose *event* of that length is due first; not looked for far behind the head, where others may wait."""
        queue = self._queues.get(length_s, ())
        for _, transaction, waiting_for in islice(queue, _LOOKED_AT):
            if waiting_for is event and (transaction.state, event) in transaction.table:
                return transaction
        return None

    def next_due(self) -> float | None:
        """When the earliest timer that still matters is due; outdated ones at the heads are thrown away."""
        earliest: float | None = None
        for queue in self._queues.values():
            while queue:
                due, transaction, event = queue[0]
                if (transaction.state, event) in transaction.table:
                    if earliest is None or due < earliest:
                        earliest = due
                    break
                queue.popleft()
        return earliest
