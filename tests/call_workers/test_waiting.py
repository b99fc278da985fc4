"""Digits, media events, the end of the call, listeners."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from call_workers import Call, CallEnded, Cause, Event
from call_workers.testing import Exchange
from switchroom.v1.media_pb2 import MediaEvent, PlayEvent
from tests.call_workers.scripts import worker_of

pytestmark = pytest.mark.asyncio


async def heard(pattern: str, *pressed: str, wait_s: float = 0.0, timeout_s: float = 30.0) -> list[str | None]:
    """What two waits for *pattern* return when the keys come before or while the script waits."""
    got: list[str | None] = []

    async def script(call: Call) -> None:
        await asyncio.sleep(1)
        got.append(await call.wait_for_events(pattern, timeout_s=timeout_s))
        got.append(call.digits)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("601")
        await caller.digits(pressed[0])
        await x.advance(1 + wait_s)
        for keys in pressed[1:]:
            await caller.digits(keys)
        await x.advance(timeout_s)
    return got


@pytest.mark.covers("CM-114", "CM-115", "CM-009")
async def test_digits_before_the_wait_count_and_the_match_cuts_the_buffer() -> None:
    assert await heard("[0-9]{2}#", "1234567#89") == ["67#", "89"]


@pytest.mark.covers("CM-115")
async def test_digits_complete_a_match_later() -> None:
    assert await heard("[0-9]{2}#", "12", "3#") == ["23#", ""]


@pytest.mark.covers("CM-115")
async def test_timeout_is_none_and_keeps_the_buffer() -> None:
    assert await heard("#", "12", timeout_s=5.0) == [None, "12"]


@pytest.mark.covers("CM-115")
async def test_default_pattern_takes_one_digit() -> None:
    assert await heard("[0-9A-D*#]", "*1") == ["*", "1"]


@pytest.mark.covers("CM-116")
async def test_hangup_while_waiting_raises_call_ended() -> None:
    causes: list[Cause] = []

    async def script(call: Call) -> None:
        await call.answer()
        try:
            await call.wait_for_events()
        except CallEnded as error:
            causes.append(error.cause.cause)
            raise

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("601")
        await caller.hangup()
        assert causes == [Cause.NORMAL_CLEARING]
        assert x.sim_runs[0].finished


async def test_digits_that_came_before_the_hangup_are_still_found() -> None:
    got: list[str | None] = []

    async def script(call: Call) -> None:
        try:
            await asyncio.sleep(60)
        except CallEnded:
            got.append(await call.wait_for_events("#"))

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("601")
        await caller.digits("1#")
        await caller.hangup()
    assert got == ["#"]


@pytest.mark.covers("CM-117")
async def test_clear_events_forgets_type_ahead() -> None:
    got: list[str | None] = []

    async def script(call: Call) -> None:
        await asyncio.sleep(1)
        await call.clear_events()
        got.append(await call.wait_for_events(timeout_s=2))

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("601")
        await caller.digits("12")
        await x.advance(1)
        await x.advance(2)
    assert got == [None]


async def any_event(constraints: dict[str, str], *media: MediaEvent, digits: str = "") -> tuple[Event | None, str]:
    got: list[Any] = []

    async def script(call: Call) -> None:
        got.append(await call.wait_for_any_event(timeout_s=5, **constraints))
        got.append(call.digits)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("601")
        for one in media:
            await caller.media(one)
        await caller.digits(digits)
        await x.advance(5)
    return got[0], got[1]


@pytest.mark.covers("CM-118")
async def test_any_event_matches_fields_and_patterns() -> None:
    start = MediaEvent(play=PlayEvent(player_id="x", reason="new"))
    end = MediaEvent(play=PlayEvent(player_id="x", ended=True, reason="completed"))
    event, _ = await any_event({"action": "play", "event": "^en"}, start, end)
    assert event is not None
    assert event["reason"] == "completed"


@pytest.mark.covers("CM-118")
async def test_any_digit_ends_the_wait_and_stays_in_the_buffer() -> None:
    event, digits = await any_event({"action": "play"}, digits="5")
    assert event is not None
    assert (event["event"], event["source"], digits) == ("5", "rtp", "5")


@pytest.mark.covers("CM-118")
async def test_any_event_times_out_with_none() -> None:
    assert await any_event({"action": "play"}) == (None, "")


@pytest.mark.covers("CM-066")
async def test_wait_for_hangup_returns_the_cause_and_never_raises() -> None:
    causes: list[Cause] = []

    async def script(call: Call) -> None:
        await call.answer()
        causes.append((await asyncio.wait_for(call.wait_for_hangup(), 100)).cause)
        await asyncio.sleep(1)
        causes.append((await call.wait_for_hangup()).cause)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("601")
        await caller.hangup()
        assert causes == [Cause.NORMAL_CLEARING]
        await x.advance(1)
        assert causes == [Cause.NORMAL_CLEARING] * 2


async def test_the_caller_leaving_interrupts_every_wait() -> None:
    ended: list[str] = []

    async def waits(name: str, what: Any) -> None:
        try:
            await what
        except CallEnded:
            ended.append(name)

    async def script(call: Call) -> None:
        asyncio.create_task(waits("task", asyncio.Event().wait()))  # noqa: RUF006 - the run keeps it
        await waits("gather", asyncio.gather(asyncio.sleep(9), call.wait_for_events()))
        await waits("later", asyncio.sleep(1))  # told once: what follows may take its time
        ended.append("done")

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("601")
        await caller.hangup()
        assert sorted(ended) == ["gather", "task"]
        await x.advance(1)
        assert ended[-1] == "done"
        assert x.sim_runs[0].finished


async def test_listeners_keep_the_run_until_the_call_ends() -> None:
    seen: list[str] = []

    async def script(call: Call) -> None:
        async def later(event: Event) -> None:
            await asyncio.sleep(1)
            seen.append(f"{event.name} {event.call.duration}")

        call.on("call.destroyed", later)
        call.once("channel", lambda event: seen.append(event["event"]))
        call.on("call.hold", lambda event: seen.append("never"))
        call.off("call.hold")
        await call.answer()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert not x.sim_runs[0].finished
        await caller.digits("12")
        await x.advance(3)
        await caller.hangup()
        assert not x.sim_runs[0].finished  # the listener is not done
        await x.advance(1)
        assert seen == ["1", "call.destroyed 3"]
        assert x.sim_runs[0].finished


async def test_a_failing_listener_does_not_end_the_run(caplog: pytest.LogCaptureFixture) -> None:
    async def script(call: Call) -> None:
        call.on("channel", lambda event: 1 / 0)
        await call.answer()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await caller.digits("1")
        assert caller.state == "established"
        await caller.hangup()
        assert x.failures == []


@pytest.mark.covers("CM-039")
async def test_event_stream_ends_with_the_call() -> None:
    names: list[str] = []

    async def script(call: Call) -> None:
        async for event in call.events():
            names.append(event.name)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await caller.digits("7")
        await caller.hangup()
        assert names == ["channel", "call.destroyed", "call.reporting"]
        assert x.sim_runs[0].finished


async def test_closed_stream_lets_the_run_finish() -> None:
    async def script(call: Call) -> None:
        stream = call.events()
        async for event in stream:
            if event.get("event") == "#":
                stream.close()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await caller.digits("1#2")
        assert x.sim_runs[0].finished


async def test_publish_works_after_the_end() -> None:
    async def script(call: Call) -> None:
        await call.wait_for_hangup()
        await call.publish("cdr", seconds=call.duration)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await x.advance(2)
        await caller.hangup()
        assert [(one.name, one.payload) for one in x.published] == [("cdr", {"seconds": 2})]
