"""Both ends of a bus for tests, with everything that happens gathered in lists one can wait on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import zmq

from switchroom.bus import Dialler, Listener, Peer, Timing
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from switchroom.v1.envelope_pb2 import KIND_REQUEST, Envelope, Hello, Status, Welcome

# Quick, but some ticks long: what a test waits for must come from the code, not from the machine's mood.
QUICK = Timing(heartbeat_s=0.1, suspect_s=0.25, lost_s=0.6, lease_s=0.5)
PATIENCE_S = 8.0


class Happened:
    """A list with ``await wait(n)``."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._changed = asyncio.Event()

    def add(self, *item: Any) -> None:
        self.items.append(item if len(item) > 1 else item[0])
        self._changed.set()

    async def wait(self, count: int = 1) -> list[Any]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.items) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.items


def hello(name: str, role: Any = ROLE_CALL_WORKER) -> Hello:
    return Hello(role=role, name=name, version="9.9", pid=4711)


def activation(run_id: str = "run-1") -> Envelope:
    envelope = Envelope()
    envelope.activation.run_id = run_id
    return envelope


def decision(run_id: str = "run-1") -> Envelope:
    envelope = Envelope()
    envelope.decision.run_id = run_id
    return envelope


async def until(condition: Callable[[], bool]) -> None:
    """For what no callback tells."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.002)


class Office:
    """A listener and its guests."""

    def __init__(self, endpoint: str, **options: Any) -> None:
        self.endpoint = endpoint
        self.loop = asyncio.get_running_loop()
        self.joined, self.messages, self.suspects, self.lost = Happened(), Happened(), Happened(), Happened()
        self.on_message: Callable[[Peer, Envelope], None] = self.messages.add
        settings: dict[str, Any] = {
            "bind": [endpoint],
            "name": "frontend-1",
            "timing": QUICK,
            "version": "1.2",
            "on_joined": self.joined.add,
            "on_message": lambda peer, envelope: self.on_message(peer, envelope),
            "on_suspect": self.suspects.add,
            "on_lost": self.lost.add,
        }
        self.listener = Listener(self.loop, **settings | options)
        self.guests: list[Guest] = []
        self.raws: list[Raw] = []

    def guest(self, name: str = "worker-1", **options: Any) -> Guest:
        """A dialler, started."""
        guest = Guest(self.endpoint, hello(name), **options)
        self.guests.append(guest)
        guest.dialler.start()
        return guest

    async def seated(self, name: str = "worker-1", **options: Any) -> tuple[Guest, Peer]:
        """A dialler that has joined, and its peer."""
        guest = self.guest(name, **options)
        await guest.dialler.wait_joined(PATIENCE_S)
        return guest, next(peer for peer in self.listener.peers.values() if peer.name == name)

    def raw(self) -> Raw:
        """A socket that does what the test says and nothing else."""
        raw = Raw(self.endpoint)
        self.raws.append(raw)
        return raw

    def late_finds(self) -> int:
        return self.listener.late_finds + sum(guest.dialler.late_finds for guest in self.guests)

    async def close(self) -> None:
        for raw in self.raws:
            raw.close()
        for guest in self.guests:
            await guest.dialler.close()
        await self.listener.close()


class Guest:
    """A dialler with its lists."""

    def __init__(self, endpoint: str, greeting: Hello, **options: Any) -> None:
        self.welcomes, self.messages, self.lost = Happened(), Happened(), Happened()
        self.on_message: Callable[[Dialler, Envelope], None] = lambda _, envelope: self.messages.add(envelope)
        self.dialler = Dialler(
            asyncio.get_running_loop(),
            endpoint,
            greeting,
            on_welcome=self._welcomed,
            on_message=lambda dialler, envelope: self.on_message(dialler, envelope),
            on_lost=lambda _, reason: self.lost.add(reason),
            **options,
        )

    def _welcomed(self, _: Dialler, welcome: Welcome) -> None:
        self.welcomes.add(welcome)

    def answer_all(self) -> None:
        """Every activation is answered by a decision for the same run."""

        def answer(dialler: Dialler, envelope: Envelope) -> None:
            dialler.respond(envelope, decision(envelope.activation.run_id))

        self.on_message = answer


class Raw:
    """A bare DEALER: sends what it is told, in the multipart message it is told."""

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(endpoint)

    def send(self, *frames: bytes | Envelope) -> None:
        ready = [each if isinstance(each, bytes) else each.SerializeToString() for each in frames]
        self._socket.send_multipart(ready, zmq.NOBLOCK)

    def say_hello(self, name: str) -> None:
        envelope = Envelope(kind=KIND_REQUEST, correlation_id=1)
        envelope.hello.CopyFrom(hello(name))
        self.send(envelope)

    async def batch(self) -> list[Envelope]:
        """The frames of the next multipart message."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        while not await loop.run_in_executor(None, self._socket.poll, 100):
            if loop.time() > deadline:
                raise TimeoutError("the raw peer heard nothing")
        return [Envelope.FromString(frame) for frame in self._socket.recv_multipart()]

    async def next(self, body: str) -> Envelope:
        """The next frame with this body; others are skipped."""
        while True:
            for envelope in await self.batch():
                if envelope.WhichOneof("body") == body:
                    return envelope

    def close(self) -> None:
        self._socket.close(0)
        self._context.term()


def status_of(**values: float) -> Status:
    status = Status()
    for name, value in values.items():
        status.values[name] = value
    return status
