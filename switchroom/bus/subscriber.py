"""The SUB side of the bus: notices of frontends, for watchers. They can be lost; nothing that a call needs is one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import zmq
from google.protobuf.message import DecodeError

from switchroom.bus.curve import ClientKeys, require_keys, use_client_keys
from switchroom.bus.socket import BusSocket, set_limits
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.event_pb2 import Notice

# The safety tick of BusSocket.
_CHECK_S = 0.05


class Subscriber:
    """Subscribes to *topics* (prefixes, as ZeroMQ has it) at every endpoint and hands each notice to *on_notice*."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        endpoints: Sequence[str],
        topics: Iterable[str],
        on_notice: Callable[[Notice], None],
        *,
        keys: ClientKeys | None = None,
        insecure: bool = False,
    ) -> None:
        require_keys(endpoints, keys, insecure)
        self._loop = loop
        self._on_notice = on_notice
        self._timer: asyncio.TimerHandle | None = None
        self.malformed = 0
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        raw = self._context.socket(zmq.SUB)
        set_limits(raw)
        for topic in topics:
            raw.setsockopt(zmq.SUBSCRIBE, topic.encode())
        if keys is not None and not all(endpoint.startswith(("ipc://", "inproc://")) for endpoint in endpoints):
            use_client_keys(raw, keys)
        for endpoint in endpoints:
            raw.connect(endpoint)
        self._socket = BusSocket(loop, raw, self._on_batch, _nothing_to_write)

    def start(self) -> None:
        self._socket.start()
        self._check()

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._socket.close(0)
        await self._loop.run_in_executor(None, self._context.term)

    def _check(self) -> None:
        self._socket.check()
        self._timer = self._loop.call_later(_CHECK_S, self._check)

    def _on_batch(self, parts: list[bytes]) -> None:
        try:
            envelope = Envelope.FromString(parts[-1])
        except DecodeError:
            self.malformed += 1
            return
        self._on_notice(envelope.notice)


def _nothing_to_write() -> bool:
    return False
