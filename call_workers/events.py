"""What happens to a call, as scripts see it.

====================== =====================================================================
``call.auth.start``    credentials came and are being checked; ``username``
``call.authed``        the caller is who it says; ``entity``
``call.authed.failed`` it is not; ``status``, ``reason``
``call.ringing``       180 sent or received
``call.early``         media before the answer
``call.answered``      the leg is established
``call.updated``       caller id, codec or address changed in mid call
``call.mix``           mixed with another leg; ``with``
``call.unmix``         no longer
``call.hold``          on hold; ``by_us``
``call.unhold``        off hold; ``by_us``
``call.referred``      the leg should be routed to ``destination``; ``by``
``call.pick``          ``pick()`` was called on it
``call.message``       MESSAGE or INFO with a body nobody else takes; ``method``, ``content_type``, ``body``
``call.destroyed``     it has ended; ``cause``
``call.reporting``     after that: everything in it is final (for call records); ``stats`` of its channel
``channel``            a media event; ``action`` and its fields, see docs/call-scripts.md
====================== =====================================================================
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from call_workers.call import Call

Listener = Callable[["Event"], Awaitable[Any] | Any]


class Event:
    """Something that happened to *call* at *at* (UNIX seconds); its fields are in *data*."""

    __slots__ = ("at", "call", "data", "name")

    def __init__(self, name: str, call: Call, at: float, data: dict[str, Any]) -> None:
        self.name = name
        self.call = call
        self.at = at
        self.data = data

    def __getitem__(self, field: str) -> Any:
        return self.data[field]

    def get(self, field: str, default: Any = None) -> Any:
        """A field of the event, or *default*."""
        return self.data.get(field, default)

    def __repr__(self) -> str:
        return f"<Event {self.name} {self.data}>"


class EventStream:
    """``async for event in call.events()``: everything from now on, up to and with ``call.reporting``."""

    __slots__ = ("_close", "_ended", "_make_future", "_queue", "_waiter")

    def __init__(self, make_future: Callable[[], asyncio.Future[None]], close: Callable[[EventStream], None]) -> None:
        self._queue: deque[Event] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._make_future = make_future
        self._close = close

    def put(self, event: Event) -> None:
        """An event has happened."""
        self._queue.append(event)
        self._wake()

    def end(self) -> None:
        """No more will."""
        self._ended = True
        self._wake()

    def close(self) -> None:
        """Stop listening before the call ends; the run may finish then."""
        self._close(self)
        self.end()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Event:
        while not self._queue:
            if self._ended:
                raise StopAsyncIteration
            self._waiter = self._make_future()
            await self._waiter
        return self._queue.popleft()
