"""The PUB side of a frontend: notices for watchers, dropped rather than waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import zmq

from switchroom.bus.curve import ServerKeys, server_side
from switchroom.bus.socket import BusSocket, bind_all
from switchroom.v1.envelope_pb2 import KIND_EVENT, Envelope
from switchroom.v1.event_pb2 import Notice

_SUBSCRIBE = 1


class Publisher:
    """An XPUB, which unlike PUB tells what is subscribed to: a notice nobody wants is not even made."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoints: Sequence[str],
        keys: ServerKeys | None,
    ) -> None:
        raw = context.socket(zmq.XPUB)
        bind_all(raw, endpoints, server_side(keys))
        self._topics: set[bytes] = set()
        self._unsent: list[list[bytes]] = []
        self._socket = BusSocket(loop, raw, self._on_batch, self._write)

    def start(self) -> None:
        self._socket.start()

    def check(self) -> None:
        self._socket.check()

    def close(self, linger_ms: int) -> None:
        self._socket.flush()
        self._socket.close(linger_ms)

    def watched(self, topic: str) -> bool:
        if not self._topics:
            return False
        name = topic.encode()
        return any(name.startswith(each) for each in self._topics)

    def publish(self, topic: str, notice: Notice) -> None:
        if not self.watched(topic):
            return
        envelope = Envelope(kind=KIND_EVENT)
        envelope.notice.CopyFrom(notice)
        self._unsent.append([topic.encode(), envelope.SerializeToString()])
        self._socket.wake()

    def _on_batch(self, parts: list[bytes]) -> None:
        """[1 or 0][topic prefix], told for the first and after the last subscriber of each prefix."""
        told = parts[0]
        if told[:1] == bytes([_SUBSCRIBE]):
            self._topics.add(told[1:])
        else:
            self._topics.discard(told[1:])

    def _write(self) -> bool:
        unsent, self._unsent = self._unsent, []
        for parts in unsent:
            self._socket.send(None, parts)
        return bool(unsent)
