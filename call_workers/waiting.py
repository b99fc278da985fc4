"""Waiting for what the other side does: digits, media events, the end; and telling others of it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from call_workers.call_view import CallView
from call_workers.callbacks import notify
from call_workers.causes import HangupCause
from call_workers.events import Event, EventStream, Listener
from call_workers.values import CallState, Json
from switchroom.lean.of_msgspec import msgspec


class Waiting(CallView):
    """Verbs that wait, and listeners."""

    __slots__ = ()

    async def wait_for_events(self, pattern: str = "[0-9A-D*#]", timeout_s: float | None = 30.0) -> str | None:
        """Wait until *pattern* is found in the digits that came, at any place.

        Digits that come while nobody waits are kept and looked at first. A match takes the digits up to its end out
        of the buffer, those before it too.

        Args:
            pattern: a regular expression over the characters ``0-9 A-D * #``.
            timeout_s: None waits for the whole call.

        Returns:
            The matched text, or None when it did not come in time.

        Raises:
            CallEnded: the call ended first.

        Telephone events: RFC 4733 section 2.5; SIP INFO and tones in the audio count as well.
        """
        wanted = re.compile(pattern)
        found = self._take_digits(wanted)
        if found is not None:
            return found
        self._check()
        future: asyncio.Future[str | None] = self._run.loop.create_future()
        if self._digit_waits is None:
            self._digit_waits = []
        entry = (wanted, future)
        self._digit_waits.append(entry)
        try:
            text: str | None = await self._wait_until(future, timeout_s)
            return text
        finally:
            self._digit_waits.remove(entry)
            del entry, future  # see _wait

    async def clear_events(self) -> None:
        """Forget the digits that came and were not taken."""
        self.digits = ""

    async def wait_for_any_event(self, timeout_s: float | None = 500.0, **constraints: str) -> Event | None:
        """Wait for the first media event whose fields equal *constraints* or match them as regular expressions.

        Any digit ends the wait too; it stays in the buffer.

        Returns:
            The event, with the fields of the table in docs/call-scripts.md, or None when none came in time.

        Raises:
            CallEnded: the call ended first.
        """
        self._check()
        future: asyncio.Future[Event | None] = self._run.loop.create_future()
        if self._any_waits is None:
            self._any_waits = []
        entry = (constraints, future)
        self._any_waits.append(entry)
        try:
            event: Event | None = await self._wait_until(future, timeout_s)
            return event
        finally:
            self._any_waits.remove(entry)
            del entry, future

    async def wait_for_hangup(self) -> HangupCause:
        """Wait until the call is over and all its data is final. Returns the cause; never raises CallEnded."""
        if not self.over:
            future: asyncio.Future[None] = self._run.loop.create_future()
            self._run.hangup_waits.setdefault(self.id, []).append(future)
            await future
        return self._ended().cause

    def on(self, name: str, fn: Listener) -> None:
        """Call *fn* (a function or a coroutine function) with every event *name*; the run lasts until the call ends."""
        self._listen(name, fn, once=False)

    def once(self, name: str, fn: Listener) -> None:
        """Call *fn* with the next event *name* only."""
        self._listen(name, fn, once=True)

    def off(self, name: str, fn: Listener | None = None) -> None:
        """Forget *fn*, or all listeners to *name*."""
        if self._listeners is None or name not in self._listeners:
            return
        kept = [entry for entry in self._listeners[name] if fn is not None and entry[0] != fn]
        if kept:
            self._listeners[name] = kept
        else:
            del self._listeners[name]

    def events(self) -> EventStream:
        """``async for event in call.events()``: everything that happens to this call until it is over."""
        stream = EventStream(self._run.loop.create_future, self._forget_stream)
        if self.over:
            stream.end()
            return stream
        if self._streams is None:
            self._streams = []
        self._streams.append(stream)
        return stream

    async def publish(self, name: str, /, **payload: Json) -> None:
        """Publish an event of the application: a log line of the exchange, and a notice on its PUB socket."""
        event = self._command("publish").publish_event
        event.name = name
        event.payload = msgspec.json.encode(payload).decode()

    async def send_event(self, to_call_id: str, name: str, /, **payload: Json) -> None:
        """Send an event to the run that leads another call, where it arrives under *name*."""
        event = self._command("send_event").send_custom
        event.to_call_id = to_call_id
        event.name = name
        event.payload = msgspec.json.encode(payload).decode()

    def listening(self) -> bool:
        """Somebody still wants to hear of this call."""
        return not self.over and bool(self._listeners or self._streams)

    def _listen(self, name: str, fn: Listener, *, once: bool) -> None:
        if self._listeners is None:
            self._listeners = {}
        self._listeners.setdefault(name, []).append((fn, once))

    def _forget_stream(self, stream: EventStream) -> None:
        if self._streams is not None and stream in self._streams:
            self._streams.remove(stream)

    def _take_digits(self, wanted: re.Pattern[str]) -> str | None:
        found = wanted.search(self.digits)
        if found is None:
            return None
        self.digits = self.digits[found.end() :]
        return found.group()

    async def _wait_until(self, future: asyncio.Future[Any], timeout_s: float | None) -> Any:
        timer = self._run.loop.call_later(timeout_s, _give_up, future) if timeout_s is not None else None
        try:
            return await self._wait(future)
        finally:
            if timer is not None:
                timer.cancel()
            del timer, future

    def _digit_came(self, digit: str) -> None:
        self.digits += digit
        for wanted, future in self._digit_waits or ():
            if not future.done():
                found = self._take_digits(wanted)
                if found is not None:
                    future.set_result(found)

    def _media_event_came(self, event: Event) -> None:
        for constraints, future in self._any_waits or ():
            if not future.done() and (event.get("action") == "telephone-event" or _fits(event, constraints)):
                future.set_result(event)

    def _emit(self, event: Event) -> None:
        for stream in self._streams or ():
            stream.put(event)
        entries = self._listeners.get(event.name) if self._listeners is not None else None
        if entries is None:
            return
        for fn, once in tuple(entries):
            if once:
                entries.remove((fn, once))
            notify(self._run, fn, event)
        if not entries and self._listeners is not None:
            self._listeners.pop(event.name, None)

    def _finish(self) -> None:
        """The call is over: let go whoever waits."""
        self.over = True
        self.state = CallState.ENDED
        for future in self._waits or ():
            if not future.done():
                future.set_exception(self._ended())
        for future in self._run.hangup_waits.pop(self.id, ()):
            if not future.done():
                future.set_result(None)
        for ended in (self._media_waits or {}).values():
            if not ended.done():
                ended.set_result("channelclosed")
        for stream in self._streams or ():
            stream.end()


def _give_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_result(None)


def _fits(event: Event, constraints: dict[str, str]) -> bool:
    for field, wanted in constraints.items():
        value = event.get(field)
        if value != wanted and (value is None or re.search(wanted, str(value)) is None):
            return False
    return True
