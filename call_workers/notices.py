"""``worker.on``: what frontends publish of all calls, for watchers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from call_workers.causes import HangupCause
from call_workers.values import Party, seconds
from switchroom.bus import ClientKeys, Subscriber
from switchroom.lean.of_msgspec import msgspec
from switchroom.logs import get_logger
from switchroom.v1.call_pb2 import Call as WireCall
from switchroom.v1.event_pb2 import Notice as WireNotice

NoticeListener = Callable[["Notice"], Awaitable[None] | None]

_log = get_logger("call_workers")
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
    """Subscribes at the frontends and calls the listeners."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        endpoints: Sequence[str],
        listeners: Mapping[str, Sequence[NoticeListener]],
        *,
        keys: ClientKeys | None = None,
        insecure: bool = False,
    ) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: dict[str, list[tuple[str, NoticeListener]]] = {}
        for name, fns in listeners.items():
            self._listeners.setdefault(_TOPICS.get(name, name), []).extend((name, fn) for fn in fns)
        self._subscriber = Subscriber(loop, endpoints, self._listeners, self._on_notice, keys=keys, insecure=insecure)

    def start(self) -> None:
        """Begin to listen."""
        self._subscriber.start()

    async def close(self) -> None:
        """Stop; listeners under way are cancelled."""
        for task in self._tasks:
            task.cancel()
        await self._subscriber.close()

    def _on_notice(self, notice: WireNotice) -> None:
        # A subscription is a prefix: "call.mix" would get "call.mixed" too.
        for name, fn in self._listeners.get(notice.name, ()):
            task = self._loop.create_task(_call(fn, Notice(name, notice)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _call(fn: NoticeListener, notice: Notice) -> None:
    try:
        result = fn(notice)
        if inspect.isawaitable(result):
            await result
    except Exception:  # noqa: BLE001 - the listener's fault must not end the watcher; it is logged
        _log.exception("worker.listener_failed", name=notice.name)
