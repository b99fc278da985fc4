"""The loop of a run: asyncio works, time is given, nothing reaches outside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from call_workers.errors import EndlessScript, OutsideStep
from call_workers.run_loop import RunLoop


class Bench:
    """A run loop with its timers in a list."""

    def __init__(self) -> None:
        self.started: list[tuple[int, int]] = []
        self.cancelled: list[int] = []
        self.errors: list[dict[str, Any]] = []
        self.loop = RunLoop(  # type: ignore[abstract]
            lambda timer_id, delay_ms: self.started.append((timer_id, delay_ms)),
            self.cancelled.append,
            self.errors.append,
        )

    def run(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self.loop.create_task(coro)
        self.loop.drain()
        return task

    def fire(self, timer_id: int, now: float) -> None:
        self.loop.now = now
        self.loop.timer_fired(timer_id)
        self.loop.drain()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_sleep_is_a_timer_and_time_is_given(bench: Bench) -> None:
    async def script() -> float:
        await asyncio.sleep(1.5)
        return asyncio.get_running_loop().time()

    task = bench.run(script())
    assert bench.started == [(1, 1500)]
    assert not task.done()
    bench.fire(1, 42.0)
    assert task.result() == 42.0


def test_timeout_cancels_what_it_guards(bench: Bench) -> None:
    async def script() -> str:
        try:
            async with asyncio.timeout(1):
                await asyncio.sleep(9)
        except TimeoutError:
            return "late"
        return "in time"

    task = bench.run(script())
    assert bench.started == [(1, 1000), (2, 9000)]
    bench.fire(1, 1.0)
    assert task.result() == "late"
    assert bench.cancelled == [2]


def test_wait_for_gather_event_and_queue_work(bench: Bench) -> None:
    async def script() -> list[Any]:
        gate = asyncio.Event()
        queue: asyncio.Queue[int] = asyncio.Queue()

        async def opener() -> str:
            await asyncio.sleep(1)
            gate.set()
            queue.put_nowait(7)
            return "opened"

        gathered = await asyncio.gather(opener(), asyncio.wait_for(gate.wait(), 5), queue.get())
        return list(gathered)

    task = bench.run(script())
    bench.fire(2 if bench.started[0][1] == 5000 else 1, 1.0)
    assert task.result() == ["opened", True, 7]


def test_sleep_zero_needs_no_timer(bench: Bench) -> None:
    task = bench.run(asyncio.sleep(0, "done"))
    assert task.result() == "done"
    assert bench.started == []


def test_cancelled_timer_that_fires_anyway_is_ignored(bench: Bench) -> None:
    fired: list[int] = []
    handle = bench.loop.call_later(1, fired.append, 1)
    handle.cancel()
    assert bench.cancelled == [1]
    bench.fire(1, 1.0)
    assert fired == []


def test_the_loop_around_is_the_running_one_again_after_a_drain(bench: Bench) -> None:
    async def outside() -> bool:
        before = asyncio.get_running_loop()
        bench.run(asyncio.sleep(0))
        return asyncio.get_running_loop() is before

    assert asyncio.run(outside())


@pytest.mark.parametrize(
    ("service", "use"),
    [
        ("run_in_executor", lambda: asyncio.to_thread(threading.get_ident)),
        ("create_connection", lambda: asyncio.open_connection("127.0.0.1", 1)),
        ("subprocess_exec", lambda: asyncio.create_subprocess_exec("true")),
    ],
)
def test_outside_services_name_the_way_out(bench: Bench, service: str, use: Callable[[], Any]) -> None:
    async def script() -> None:
        await use()

    error = bench.run(script()).exception()
    assert isinstance(error, OutsideStep)
    assert error.service == service
    assert "await call.step(fn)" in str(error)


def test_a_script_that_never_waits_is_stopped(bench: Bench) -> None:
    async def script() -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(EndlessScript):
        bench.run(script())
    bench.loop.close()


def test_awaited_names_leaf_futures_only(bench: Bench) -> None:
    async def script() -> None:
        await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))

    bench.run(script())
    assert len(bench.loop.awaited()) == 2


def test_abandon_runs_finally_blocks_even_if_they_wait(bench: Bench) -> None:
    seen: list[str] = []

    async def script() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            seen.append("finally")
            await asyncio.sleep(5)
            seen.append("never")

    bench.run(script())
    bench.loop.abandon()
    assert seen == ["finally"]
    assert bench.loop.pending_tasks() == []
