"""A ZeroMQ socket on an asyncio loop: the only place that reads from or writes to one.

A plain socket on its file descriptor costs a quarter of ``zmq.asyncio``, but the descriptor is a trap: it is
edge-triggered, and any call on the socket, ``send`` above all, may swallow the edge that announces a message. So one
wake-up is always: read until the socket has no more, write what the readers queued, read again. A tick reads once
more; what only the tick found is counted in :attr:`BusSocket.late_finds` and must stay 0.
"""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import zmq

# Multipart messages read in one wake-up before the loop gets its turn: a peer that floods must not starve SIP.
READ_CAP = 256
# And the time they may take: many requests ride in one message, and what the owner does with each is its affair.
# Timers, heartbeats and answers that come from other threads wait meanwhile.
READ_S = 0.02
# Read-write rounds in one wake-up: answers to answers may ride along, for ever they may not.
ROUNDS = 4

# ZeroMQ's own queue for each peer, in multipart messages.
HIGH_WATER = 1_000
# A larger frame ends the connection. The longest honest one is the log of a long run.
MAX_FRAME_BYTES = 16 * 1024 * 1024
# How long last words have to leave after a close.
LINGER_MS = 250

_ASK_FIRST = 2
_NOBLOCK = int(zmq.NOBLOCK)
_POLLIN = int(zmq.POLLIN)
_WRITE_LAST = zmq.NOBLOCK
_WRITE_MORE = zmq.NOBLOCK | zmq.SNDMORE


class BusSocket:
    """Drains *socket* into *on_batch* and lets *on_write* send once at the end of each wake-up.

    *on_batch* gets the parts of one multipart message. *on_write* calls :meth:`send` and says whether it sent
    anything. Neither may raise.
    """

    __slots__ = (
        "_closed",
        "_fd",
        "_loop",
        "_on_batch",
        "_on_write",
        "_poll",
        "_raw",
        "_routed",
        "_scheduled",
        "_turning",
        "_turns",
        "_turns_at_check",
        "late_finds",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        socket: zmq.Socket[bytes],
        on_batch: Callable[[list[bytes]], None],
        on_write: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._raw = socket
        self._routed = socket.getsockopt(zmq.TYPE) == zmq.ROUTER
        self._fd = int(socket.getsockopt(zmq.FD))
        self._on_batch = on_batch
        self._on_write = on_write
        self._poll = select.poll()
        self._scheduled = self._turning = self._closed = False
        self._turns = 0
        self._turns_at_check = -1
        self.late_finds = 0

    def start(self) -> None:
        self._poll.register(self._fd, select.POLLIN)
        self._loop.add_reader(self._fd, self._turn)
        self.wake()  # bind and connect may have eaten an edge already

    def close(self, linger_ms: int) -> None:
        """Stop reading; what was sent has *linger_ms* to leave, in ZeroMQ's own thread."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._fd)
            self._raw.close(linger=linger_ms)

    def wake(self) -> None:
        """Have *on_write* called at the end of this wake-up of the loop."""
        if not (self._scheduled or self._turning or self._closed):
            self._scheduled = True
            self._loop.call_soon(self._scheduled_turn)

    def send(self, head: bytes | None, frames: list[bytes]) -> bool:
        """One multipart message; False when the queue to the peer is full, in which case nothing was sent."""
        send = self._raw.send
        try:
            if head is not None:
                send(head, _WRITE_MORE)
            last = len(frames) - 1
            for index, frame in enumerate(frames):
                send(frame, _WRITE_LAST if index == last else _WRITE_MORE)
        except zmq.Again:  # only the first part can meet a full queue: a multipart message is taken whole
            return False
        return True

    def flush(self) -> None:
        """Write now; for the last words before :meth:`close`."""
        self._on_write()

    def check(self) -> None:
        """The safety tick: read although nothing announced a message."""
        if self._closed or self._turning:
            return
        quiet = self._turns == self._turns_at_check and not self._scheduled and not self._poll.poll(0)
        found = self._read()
        if quiet:
            self.late_finds += found
        self._turn()
        self._turns_at_check = self._turns

    def _scheduled_turn(self) -> None:
        self._scheduled = False
        self._turn()

    def _turn(self) -> None:
        if self._closed:
            return
        self._turns += 1
        self._turning = True
        capped = False
        try:
            for _ in range(ROUNDS):
                capped = self._read() >= READ_CAP
                if not self._on_write() or self._closed or capped:
                    break
            else:
                capped = True
        finally:
            self._turning = False
        if capped:
            self.wake()

    def _read(self) -> int:
        recv, option = self._raw.recv, self._raw.getsockopt
        count = 0
        ends = time.monotonic() + READ_S
        try:
            while count < READ_CAP and not self._closed:
                # Most wake-ups bring one message. Asking for another costs a third of being told Again by an exception.
                if count < _ASK_FIRST and not int(option(zmq.EVENTS)) & _POLLIN:
                    break
                parts = [recv(_NOBLOCK)]
                if self._routed:
                    parts.append(recv(_NOBLOCK))  # behind an identity there is always more
                while option(zmq.RCVMORE):
                    parts.append(recv(_NOBLOCK))
                count += 1
                self._on_batch(parts)
                if time.monotonic() > ends:
                    return READ_CAP
        except zmq.Again:
            pass  # drained
        return count


def set_limits(raw: zmq.Socket[bytes]) -> None:
    """Explicit bounds: ZeroMQ's own are per build."""
    raw.setsockopt(zmq.SNDHWM, HIGH_WATER)
    raw.setsockopt(zmq.RCVHWM, HIGH_WATER)
    raw.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
    raw.setsockopt(zmq.LINGER, LINGER_MS)


def bind_all(
    raw: zmq.Socket[bytes], endpoints: Sequence[str], secure: Callable[[zmq.Socket[bytes]], None] | None
) -> None:
    """Bind ipc plain first, then everything else after *secure*; folders of ipc sockets are made."""
    set_limits(raw)
    for endpoint in sorted(endpoints, key=lambda each: not each.startswith("ipc://")):
        if endpoint.startswith("ipc://"):
            Path(endpoint.removeprefix("ipc://")).parent.mkdir(parents=True, exist_ok=True)
        elif secure is not None:
            secure(raw)
        try:
            raw.bind(endpoint)
        except zmq.ZMQError as error:
            raise OSError(error.errno, f"{endpoint}: {error.strerror}") from error
