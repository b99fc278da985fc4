"""The simulated exchange itself: that it fails where a script is wrong."""

from __future__ import annotations

import asyncio

import pytest

from call_workers import Call, CommandRejected
from call_workers.testing import Exchange, ScriptFailed
from tests.call_workers.scripts import worker_of

pytestmark = pytest.mark.asyncio


async def broken(call: Call) -> None:
    raise RuntimeError("oops")


async def test_a_failed_script_fails_the_test_and_hangs_up() -> None:
    with pytest.raises(ScriptFailed, match="oops"):
        async with Exchange(worker_of(broken)) as x:
            assert (await x.invite("600")).status == 500


async def test_failures_may_be_allowed() -> None:
    async with Exchange(worker_of(broken), allow_failures=True) as x:
        await x.invite("600")
        assert x.failures == ["RuntimeError: oops"]


async def test_errors_of_the_test_itself_come_first() -> None:
    async def test() -> None:
        async with Exchange(worker_of(broken)) as x:
            await x.invite("600")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        await test()


async def test_a_script_that_is_not_deterministic_is_found_by_take_over() -> None:
    draws = iter([1, 2])

    async def script(call: Call) -> None:
        await asyncio.sleep(next(draws))

    async def test() -> None:
        async with Exchange(worker_of(script)) as x:
            await x.invite("600")
            await x.take_over()

    with pytest.raises(ScriptFailed, match="command 1 was start_timer"):
        await test()


async def test_commands_it_does_not_know_are_rejected() -> None:
    async def script(call: Call) -> None:
        call._command("listen").listen.rate_hz = 8000
        with pytest.raises(CommandRejected, match="NOT_SUPPORTED"):
            await call.wait_for_events()

    async with Exchange(worker_of(script)) as x:
        await x.invite("600")


async def test_nobody_dialled_is_a_clear_complaint() -> None:
    async with Exchange(worker_of(Call.busy)) as x:
        await x.invite("600")
        with pytest.raises(AssertionError, match="nobody dialled 1002"):
            x.leg("1002")


async def test_two_calls_do_not_meet() -> None:
    async def script(call: Call) -> None:
        await call.answer()
        await call.audio.dtmf(await call.wait_for_events() or "")

    async with Exchange(worker_of(script)) as x:
        one, two = await x.invite("600"), await x.invite("600")
        await two.digits("2")
        await one.digits("1")
        assert (one.digits_received, two.digits_received) == ("1", "2")
