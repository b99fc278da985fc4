"""``worker.on``: what frontends publish of all calls, for watchers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
import zmq
from google.protobuf.message import DecodeError

from call_workers.causes import HangupCause
from call_workers.values import Party, seconds
from switchroom.bus import ClientKeys
from switchroom.bus.curve import require_keys, use_client_keys
from switchroom.bus.socket import BusSocket, set_limits
from switchroom.logs import get_logger
from switchroom.v1.call_pb2 import Call as WireCall
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.event_pb2 import Notice as WireNotice

NoticeListener = Callable[["Notice"], Awaitable[None] | None]

_log = get_logger("call_workers")
# The socket's own descriptor is edge-triggered; see switchroom.bus.socket.
_CHECK_S = 0.05
# Scripts hear of an end in two steps; to watchers it is one notice, with everything final.
_TOPICS = {"call.destroyed": "call.ended", "call.reporting": "call.ended"}


class Notice:
    """Something that happened to any call: ``call.new``, ``call.destroyed``, ``ivr.digits`` ..."""

    __slots__ = ("at", "frontend", "message", "name", "payload")

    def __init__(self, name: str, notice: WireNotice) -> None:
        self.name = name
        self.at = seconds(notice.at)
        self.frontend = notice.frontend
        self.payload: Any = msgspec.json.decode(notice.payload) if notice.payload else None
        """Of an event of the application."""
        self.message: WireCall | None = notice.call if notice.HasField("call") else None
        """The call as it stands, as in the contract."""

    @property
    def call_id(self) -> str:
        """The platform's id of the call, or empty."""
        return self.message.call_id if self.message is not None else ""

    @property
    def caller_id(self) -> Party | None:
        """Who called."""
        return Party.from_wire(self.message.caller) if self.message is not None else None

    @property
    def called_id(self) -> Party | None:
        """Who was called."""
        return Party.from_wire(self.message.called) if self.message is not None else None

    @property
    def cause(self) -> HangupCause | None:
        """Why the call ended, if it has."""
        if self.message is None or not self.message.HasField("hangup_cause"):
            return None
        return HangupCause.from_wire(self.message.hangup_cause)


class NoticeWatcher:
    """Subscribes to the PUB sockets of frontends and calls the listeners."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        endpoints: Sequence[str],
        listeners: Mapping[str, Sequence[NoticeListener]],
        *,
        keys: ClientKeys | None = None,
        insecure: bool = False,
    ) -> None:
        require_keys(endpoints, keys, insecure)
        self._loop = loop
        self._listeners: dict[str, list[tuple[str, NoticeListener]]] = {}
        for name, fns in listeners.items():
            self._listeners.setdefault(_TOPICS.get(name, name), []).extend((name, fn) for fn in fns)
        self._tasks: set[asyncio.Task[None]] = set()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        raw = self._context.socket(zmq.SUB)
        set_limits(raw)
        for topic in self._listeners:
            raw.setsockopt(zmq.SUBSCRIBE, topic.encode())
        if keys is not None and not all(endpoint.startswith(("ipc://", "inproc://")) for endpoint in endpoints):
            use_client_keys(raw, keys)
        for endpoint in endpoints:
            raw.connect(endpoint)
        self._socket = BusSocket(loop, raw, self._on_batch, _nothing_to_write)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._socket.start()
        self._check()

    async def close(self) -> None:
        """Stop; listeners under way are cancelled."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._socket.close(0)
        await self._loop.run_in_executor(None, self._context.term)

    def _check(self) -> None:
        self._socket.check()
        self._timer = self._loop.call_later(_CHECK_S, self._check)

    def _on_batch(self, parts: list[bytes]) -> None:
        try:
            envelope = Envelope.FromString(parts[-1])
        except DecodeError:
            _log.warning("worker.notice_malformed")
            return
        # A subscription is a prefix: "call.mix" would get "call.mixed" too.
        for name, fn in self._listeners.get(envelope.notice.name, ()):
            task = self._loop.create_task(_call(fn, Notice(name, envelope.notice)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _call(fn: NoticeListener, notice: Notice) -> None:
    try:
        result = fn(notice)
        if inspect.isawaitable(result):
            await result
    except Exception:  # noqa: BLE001 - the listener's fault must not end the watcher; it is logged
        _log.exception("worker.listener_failed", name=notice.name)


def _nothing_to_write() -> bool:
    return False
