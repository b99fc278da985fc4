"""Requests in both directions: ours, each with its deadline, and theirs, each owed exactly one answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from switchroom.bus.frames import refused
from switchroom.errors import BusError, BusTimeout
from switchroom.v1.envelope_pb2 import Envelope

OnReply = Callable[[Envelope | BusError], None]


class Asked:
    """One request of ours; ``on_reply`` is called exactly once and then let go."""

    __slots__ = ("correlation_id", "expires_at", "holder", "on_reply")

    def __init__(
        self, correlation_id: int, expires_at: float, holder: dict[int, Asked], on_reply: OnReply | None
    ) -> None:
        self.correlation_id = correlation_id
        self.expires_at = expires_at
        self.holder = holder
        self.on_reply = on_reply


class Deadlines:
    """All our unanswered requests on one socket, by deadline: a queue for each length, one timer for all."""

    __slots__ = ("_armed_at", "_handle", "_last_id", "_loop", "_queues", "_run", "timed_out")

    def __init__(self, loop: asyncio.AbstractEventLoop, run: Callable[[OnReply, Envelope | BusError], None]) -> None:
        self._loop = loop
        self._run = run
        self._queues: dict[float, deque[Asked]] = {}
        self._handle: asyncio.TimerHandle | None = None
        self._armed_at = 0.0
        self._last_id = 0
        self.timed_out = 0

    def add(self, holder: dict[int, Asked], deadline_s: float, on_reply: OnReply) -> int:
        """Note a request, in *holder* by its correlation id, which is the result."""
        self._last_id += 1
        expires_at = self._loop.time() + deadline_s
        asked = Asked(self._last_id, expires_at, holder, on_reply)
        holder[self._last_id] = asked
        queue = self._queues.get(deadline_s)
        if queue is None:
            queue = self._queues[deadline_s] = deque()
        queue.append(asked)
        if self._handle is None or expires_at < self._armed_at:
            self._arm(expires_at)
        return self._last_id

    def answer(self, holder: dict[int, Asked], envelope: Envelope) -> bool:
        """Give *envelope* to whoever asked; False when nobody there waits for it."""
        asked = holder.pop(envelope.correlation_id, None)
        if asked is None:
            return False
        self._settle(asked, refused(envelope.refusal) if envelope.HasField("refusal") else envelope)
        return True

    def fail(self, holder: dict[int, Asked], error: Callable[[], BusError]) -> None:
        """Every request in *holder* gets a fresh error."""
        while holder:
            _, asked = holder.popitem()
            self._settle(asked, error())

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _settle(self, asked: Asked, outcome: Envelope | BusError) -> None:
        on_reply, asked.on_reply = asked.on_reply, None
        if on_reply is not None:
            self._run(on_reply, outcome)

    def _arm(self, at: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._armed_at = at
        self._handle = self._loop.call_at(at, self._sweep)

    def _sweep(self) -> None:
        """Drop what was answered from the head of each queue, fail what is due, sleep until the next."""
        self._handle = None
        now = self._loop.time()
        expired: list[Asked] = []
        for queue in self._queues.values():
            while queue and (queue[0].on_reply is None or queue[0].expires_at <= now):
                asked = queue.popleft()
                if asked.on_reply is not None:
                    expired.append(asked)
        heads = [queue[0].expires_at for queue in self._queues.values() if queue]
        if heads:
            self._arm(min(heads))
        for asked in expired:
            asked.holder.pop(asked.correlation_id, None)
            self.timed_out += 1
            self._settle(asked, BusTimeout("no answer in time"))
