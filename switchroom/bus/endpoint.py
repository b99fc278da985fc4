"""What both ends of the bus do alike: queue, batch, ask, answer, and survive whatever arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import zmq
from google.protobuf.message import DecodeError

from switchroom.bus.frames import refusal, request_of_broken_frame
from switchroom.bus.heartbeat import Ticker, Timing
from switchroom.bus.peer import Link
from switchroom.bus.requests import Deadlines, OnReply
from switchroom.bus.socket import BusSocket
from switchroom.errors import BusError, BusFull, LocalProtocolError, PeerLost
from switchroom.v1.envelope_pb2 import (
    ERROR_CODE_FULL,
    ERROR_CODE_INTERNAL,
    ERROR_CODE_MALFORMED,
    ERROR_CODE_SHUTTING_DOWN,
    ERROR_CODE_TIMEOUT,
    ERROR_CODE_UNKNOWN_METHOD,
    KIND_EVENT,
    KIND_LOG,
    KIND_REQUEST,
    KIND_RESPONSE,
    Envelope,
    ErrorCode,
)

# Frames queued for one peer before the sender is told BusFull; about a second of work at full speed.
QUEUE_LIMIT = 10_000
# Requests of one peer that we have not answered yet; more are refused.
OWED_LIMIT = 4_096
# Frames in one multipart message.
BATCH_LIMIT = 128

_TOLD = (KIND_EVENT, KIND_LOG)
_parse = Envelope.FromString


class BusEndpoint:
    """One side of the bus on one ZeroMQ socket. Subclasses say who the peers are."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timing: Timing,
        queue_limit: int,
        on_input: Callable[[], None] | None = None,
    ) -> None:
        self._loop = loop
        self._on_input = on_input or _nothing
        self.timing = timing
        self._queue_limit = queue_limit
        self._deadlines = Deadlines(loop, self._run_reply)
        self._ticker = Ticker(loop, self._tick)
        self._unsent: list[Link] = []
        self._control: dict[str | None, Callable[[Link, Envelope], None]] = {}
        self._socket: BusSocket | None = None
        self._closing = False
        self.late_finds_before = 0
        self.handler_faults = 0
        self.owed_expired = 0
        self.double_answers = 0

    # -- out ---------------------------------------------------------------------------------------------------

    def _send(self, link: Link, envelope: Envelope, *, promptly: bool = True) -> None:
        """Queue a frame; what need not go *promptly* rides with the next that does, or leaves with the next tick."""
        outbox, socket = link.outbox, self._socket
        if link.gone or socket is None:
            raise PeerLost(link.name)
        if not outbox:
            self._unsent.append(link)
        elif len(outbox) >= self._queue_limit:
            link.dropped += 1
            raise BusFull(link.name)
        outbox.append(envelope.SerializeToString())
        if promptly:
            link.hurried = True
            socket.wake()

    def _send_control(self, link: Link, envelope: Envelope) -> None:
        """A frame of the bus itself: whoever's queue is full, or who is gone, goes without."""
        if not link.gone and len(link.outbox) < self._queue_limit:
            self._send(link, envelope)

    def _request(self, link: Link, envelope: Envelope, deadline_s: float, on_reply: OnReply) -> int:
        correlation_id = self._deadlines.add(link.asked, deadline_s, on_reply)
        envelope.kind = KIND_REQUEST
        envelope.correlation_id = correlation_id
        envelope.deadline_ms = int(deadline_s * 1000)
        try:
            self._send(link, envelope)
        except BusError:
            link.asked.pop(correlation_id).on_reply = None
            raise
        return correlation_id

    def _respond(self, link: Link, request: Envelope, reply: Envelope, *, promptly: bool = True) -> None:
        if link.owed.pop(request.correlation_id, None) is None:
            self.double_answers += 1
            return
        reply.kind = KIND_RESPONSE
        reply.correlation_id = request.correlation_id
        self._send(link, reply, promptly=promptly)

    def _refuse(self, link: Link, correlation_id: int, code: ErrorCode, text: str) -> None:
        link.owed.pop(correlation_id, None)
        self._send_control(link, refusal(correlation_id, code, text))

    def _write(self) -> bool:
        """Send what is queued; links in no hurry, or whose queue in ZeroMQ is full, stay for another wake-up."""
        wrote = False
        waiting: list[Link] = []
        while self._unsent:  # losing a peer on the way may have others told of it
            unsent, self._unsent = self._unsent, []
            for link in unsent:
                if link.hurried and self._write_link(link):
                    wrote = True
                if link.outbox:
                    waiting.append(link)
                else:
                    link.hurried = False
        self._unsent = waiting
        return wrote

    def _hurry(self) -> None:
        """With each tick goes what need not go promptly."""
        for link in self._unsent:
            link.hurried = True

    def _write_link(self, link: Link) -> bool:
        socket, outbox = self._socket, link.outbox
        if socket is None or not outbox:
            return False
        wrote = False
        while outbox:
            frames = outbox if len(outbox) <= BATCH_LIMIT else outbox[:BATCH_LIMIT]
            try:
                if not socket.send(link.identity, frames):
                    break
            except zmq.ZMQError:  # EHOSTUNREACH: the connection is gone
                self._unreachable(link)
                break
            link.frames_out += len(frames)
            del outbox[: len(frames)]
            wrote = True
        if wrote:
            link.sent_at = self._loop.time()
        return wrote

    # -- in ----------------------------------------------------------------------------------------------------

    def _on_frame(self, link: Link, frame: bytes) -> None:
        link.frames_in += 1
        try:
            envelope = _parse(frame)
        except DecodeError:
            self._on_broken_frame(link, frame)
            return
        kind = envelope.kind
        if kind == KIND_RESPONSE:
            if not self._deadlines.answer(link.asked, envelope):
                link.stray += 1
            return
        body = envelope.WhichOneof("body")
        control = self._control.get(body)
        if control is not None:
            control(link, envelope)
        elif kind == KIND_REQUEST:
            self._on_request(link, envelope, body)
        elif body is not None and kind in _TOLD:
            self._run_handler(link, envelope)
        else:
            link.malformed += 1

    def _on_request(self, link: Link, envelope: Envelope, body: str | None) -> None:
        correlation_id = envelope.correlation_id
        if body is None:
            self._refuse(link, correlation_id, ERROR_CODE_UNKNOWN_METHOD, "no body that this build knows")
        elif not correlation_id or correlation_id in link.owed:
            link.malformed += 1
            self._refuse(link, 0, ERROR_CODE_MALFORMED, "correlation_id is 0 or already in use")
        elif self._closing:
            self._refuse(link, correlation_id, ERROR_CODE_SHUTTING_DOWN, "closing")
        elif len(link.owed) >= OWED_LIMIT:
            link.dropped += 1
            self._refuse(link, correlation_id, ERROR_CODE_FULL, f"{OWED_LIMIT} requests unanswered")
        else:
            link.owed[correlation_id] = self._loop.time() + (envelope.deadline_ms or 1000) / 1000
            self._run_handler(link, envelope)

    def _on_broken_frame(self, link: Link, frame: bytes) -> None:
        link.malformed += 1
        correlation_id = request_of_broken_frame(frame)
        if correlation_id and correlation_id not in link.owed:
            self._refuse(link, correlation_id, ERROR_CODE_MALFORMED, "the frame does not parse")

    def _run_handler(self, link: Link, envelope: Envelope) -> None:
        self._on_input()
        try:
            self._deliver(link, envelope)
        except Exception as error:  # noqa: BLE001 - one handler's fault must not stop the bus; it is reported
            self._report(error)
            if envelope.kind == KIND_REQUEST and envelope.correlation_id in link.owed:
                self._refuse(link, envelope.correlation_id, ERROR_CODE_INTERNAL, "the handler failed")

    def _run_reply(self, on_reply: OnReply, outcome: Envelope | BusError) -> None:
        self._on_input()
        try:
            on_reply(outcome)
        except Exception as error:  # noqa: BLE001 - as above
            self._report(error)

    def _report(self, error: Exception) -> None:
        self.handler_faults += 1
        self._loop.call_exception_handler({"message": "a bus handler failed", "exception": error})

    def _deliver(self, link: Link, envelope: Envelope) -> None:
        raise NotImplementedError

    def _unreachable(self, link: Link) -> None:
        raise NotImplementedError

    def _tick(self, now: float, late_s: float) -> None:
        raise NotImplementedError

    # -- end ---------------------------------------------------------------------------------------------------

    def _expire_owed(self, link: Link, now: float) -> None:
        """Requests whose asker has given up are answered all the same, and counted: a handler forgot them."""
        if link.owed:
            for correlation_id in [each for each, at in link.owed.items() if at < now]:
                self.owed_expired += 1
                self._refuse(link, correlation_id, ERROR_CODE_TIMEOUT, "not answered in time")

    def _drop(self, link: Link) -> None:
        """Nothing more goes to *link*; whoever waits for its answers is told."""
        link.gone = True
        link.outbox.clear()
        link.owed.clear()
        self._deadlines.fail(link.asked, lambda: PeerLost(link.name))

    def _refuse_all_owed(self, link: Link) -> None:
        for correlation_id in list(link.owed):
            self._refuse(link, correlation_id, ERROR_CODE_SHUTTING_DOWN, "closing")

    @property
    def late_finds(self) -> int:
        """Messages that only the safety tick found. Anything but 0 is a fault of ours."""
        return self.late_finds_before + (self._socket.late_finds if self._socket is not None else 0)


def _nothing() -> None:
    """For owners that keep no clock."""


def check_positive_deadline(deadline_s: float) -> None:
    """Every request has a deadline."""
    if deadline_s <= 0:
        raise LocalProtocolError("a request on the bus needs a deadline above 0")
