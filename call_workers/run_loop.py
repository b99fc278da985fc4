"""The event loop of one run: asyncio for call scripts, without a clock, sockets or threads.

A script must do the same each time it is executed over the same events. So its coroutine does not run on the loop of
the process but on this one, which is drained inside a callback of the real loop and knows nothing but the events of
the run: the time is that of the last event, and a timer is a command to the exchange that comes back as an event.
``asyncio.sleep``, ``wait_for``, ``timeout``, ``gather``, ``Event`` and their like work unchanged.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, NoReturn

from call_workers.errors import EndlessScript, OutsideStep

# A script that is still busy after so many callbacks without waiting is taken for endless: it would stop all calls.
_MAX_CALLBACKS = 20_000


class ScriptTimer(asyncio.TimerHandle):
    """A timer of a script; *timer_id* names it to the exchange."""

    timer_id: int = 0


class RunLoop(asyncio.AbstractEventLoop):
    """Runs the tasks of one run, whenever :meth:`drain` is called.

    Args:
        start_timer: told (timer_id, milliseconds) when the script starts to wait.
        cancel_timer: told timer_id when it no longer does.
        on_error: told of errors that nobody can catch (asyncio's exception handler context).
    """

    def __init__(
        self,
        start_timer: Callable[[int, int], None],
        cancel_timer: Callable[[int], None],
        on_error: Callable[[dict[str, Any]], None],
    ) -> None:
        self.now = 0.0
        self.tasks: list[asyncio.Task[Any]] = []
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: dict[int, ScriptTimer] = {}
        self._timer_count = 0
        self._start_timer = start_timer
        self._cancel_timer = cancel_timer
        self._on_error = on_error

    def drain(self) -> None:
        """Run until every task waits for something.

        Raises:
            EndlessScript: one never does.
        """
        ready = self._ready
        if not ready:
            return
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            for _ in range(_MAX_CALLBACKS):
                if not ready:
                    return
                handle = ready.popleft()
                if not handle.cancelled():
                    handle._run()
        finally:
            asyncio._set_running_loop(outer)
        ready.clear()
        raise EndlessScript(f"still busy after {_MAX_CALLBACKS} steps without waiting for the call")

    def timer_fired(self, timer_id: int) -> None:
        """The exchange says that a timer is due; one that was cancelled meanwhile is unknown and ignored."""
        timer = self._timers.pop(timer_id, None)
        if timer is not None:
            self._ready.append(timer)

    def pending_tasks(self) -> list[asyncio.Task[Any]]:
        """Tasks that are not done."""
        if self.tasks:
            self.tasks = [task for task in self.tasks if not task.done()]
        return self.tasks

    def awaited(self) -> list[asyncio.Future[Any]]:
        """The plain futures that tasks wait for at this moment (not tasks, nor the outer future of ``gather``)."""
        waited = (getattr(task, "_fut_waiter", None) for task in self.pending_tasks())
        return [future for future in waited if type(future) is asyncio.Future]

    def abandon(self) -> None:
        """End every task: a first cancellation, and a second for those that wait on in their ``finally``."""
        try:
            for _ in range(2):
                if not self.pending_tasks():
                    return
                for task in self.tasks:
                    task.cancel()
                self.drain()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of everything, so that the objects of the run are freed at once."""
        for task in self.tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self.tasks = []
        self._ready.clear()
        self._timers.clear()
        self._start_timer = self._cancel_timer = self._on_error = _ignore

    # What asyncio asks of a loop.

    def time(self) -> float:
        """The exchange's clock at the last event, in UNIX seconds."""
        return self.now

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = ScriptTimer(when, callback, args, self, context)
        delay_ms = round((when - self.now) * 1000)
        if delay_ms <= 0:
            self._ready.append(timer)
            return timer
        self._timer_count += 1
        timer.timer_id = self._timer_count
        self._timers[timer.timer_id] = timer
        self._start_timer(timer.timer_id, delay_ms)
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        timer_id = handle.timer_id if isinstance(handle, ScriptTimer) else 0
        if self._timers.pop(timer_id, None) is not None:
            self._cancel_timer(timer_id)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None, **_: Any
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        self.tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self._on_error(context)

    async def shutdown_asyncgens(self) -> None:
        """Nothing to do: generators of a script end with it."""


def _ignore(*_: object) -> None:
    """The run is over: nobody is to be told."""


def _refuse(service: str) -> Callable[..., NoReturn]:
    def refused(self: RunLoop, *args: object, **kwargs: object) -> NoReturn:
        raise OutsideStep(service)

    refused.__name__ = service
    return refused


# Everything that reaches outside, and everything that would run the loop from within.
_OUTSIDE = (
    "run_in_executor create_connection create_server create_unix_connection create_unix_server "
    "create_datagram_endpoint connect_accepted_socket start_tls sendfile connect_read_pipe connect_write_pipe "
    "subprocess_shell subprocess_exec add_reader remove_reader add_writer remove_writer sock_recv sock_recv_into "
    "sock_recvfrom sock_recvfrom_into sock_sendall sock_sendto sock_connect sock_accept sock_sendfile getaddrinfo "
    "getnameinfo add_signal_handler remove_signal_handler call_soon_threadsafe run_forever run_until_complete stop"
)
for _service in _OUTSIDE.split():
    setattr(RunLoop, _service, _refuse(_service))
