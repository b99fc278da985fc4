"""A media worker stands still, or its machine is lost: calls wait for it, or go on at another address."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.test_media_crash import Arrivals
from tests.e2e.test_media_drain import echoes, home_of
from tests.support.exchange import Exchange
from tests.support.phone_call import PhoneCall
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]

CALLS = 100
MOST_SILENCE_S = 5.0
"""The wait for a return, and what telling so many peers takes."""


@pytest.fixture
def exchange(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    """An exchange with so many media workers."""
    with Exchange(call_workers=1, media_workers=request.param) as exchange:
        yield exchange


@pytest.fixture
def apart() -> Iterator[Exchange]:
    """An exchange with two media workers that are on machines of their own."""
    if subprocess.run(["unshare", "--uts", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no right to another host name")
    machines = {"media-1": "127.0.0.1", "media-2": "127.0.0.2"}
    with Exchange(call_workers=1, media_workers=2, machines=machines) as exchange:
        yield exchange


def workers(count: int) -> pytest.MarkDecorator:
    """The exchange of a test."""
    return pytest.mark.parametrize("exchange", [count], indirect=True)


def told(call: PhoneCall) -> int:
    """How many re-INVITEs a phone got."""
    return sum(request.method == "INVITE" for request in call.requests)


async def elsewhere(call: PhoneCall, before: tuple[str, int] | None) -> None:
    """Wait until a phone was told of another address."""
    async with asyncio.timeout(10):
        while call.rtp.remote == before or not told(call):
            await asyncio.sleep(0.02)


@pytest.mark.covers("ND-009")
@pytest.mark.parametrize("exchange", [1, 2], indirect=True)
async def test_one_that_stands_still_for_a_while_costs_no_call(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        assert await echoes(call)
        home = await home_of(exchange, call)
        before = call.rtp.remote
        exchange.kill(home, signal.SIGSTOP)
        await exchange.logged("media.worker_lost", "frontend-1", worker=home)
        await asyncio.sleep(0.5)
        exchange.kill(home, signal.SIGCONT)
        await exchange.ready()
        assert await echoes(call)
        assert (call.rtp.remote, told(call), await home_of(exchange, call)) == (before, 0, home)
        assert (await call.hang_up()).status == 200
    await exchange.settled()


@workers(2)
async def test_the_calls_of_one_that_stays_still_go_on_at_another_port(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        calls = [await caller.answered_call(number) for number in ("600", "600")]
        stopped = await home_of(exchange, calls[0])
        before = [call.rtp.remote for call in calls]
        exchange.kill(stopped, signal.SIGSTOP)
        for call, old in zip(calls, before, strict=True):
            await elsewhere(call, old)
        assert all([await echoes(call) for call in calls])
        assert stopped not in [await home_of(exchange, call) for call in calls]
        exchange.kill(stopped, signal.SIGCONT)
        await exchange.ready()
        assert await echoes(calls[0])
        async with asyncio.timeout(5):
            while (await exchange.held()).get(f"{stopped} channels"):
                await asyncio.sleep(0.05)
        assert [told(call) for call in calls] == [1, 1]
        for call in calls:
            assert (await call.hang_up()).status == 200
    await exchange.settled()


@workers(2)
async def test_a_bridge_goes_on_at_other_ports(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller, phone(exchange, "1002") as callee:
        await callee.register()
        call = await caller.call("1002")
        answered = await callee.next_call()
        await answered.answer()
        await call.final()
        stopped = await home_of(exchange, call)
        before = call.rtp.remote, answered.rtp.remote
        exchange.kill(stopped, signal.SIGSTOP)
        for leg, old in zip((call, answered), before, strict=True):
            await elsewhere(leg, old)
        call.rtp.say(sine(1000, 1.0))
        assert hears(await answered.rtp.listen(0.7), 1000)
        exchange.kill(stopped, signal.SIGCONT)
        await exchange.ready()
        await call.hang_up()
        await answered.ended()
    await exchange.settled()


async def test_the_calls_of_a_lost_machine_go_on_at_another_one(apart: Exchange) -> None:
    async with phone(apart, "1001") as caller:
        call, recorded = await caller.answered_call("600"), await caller.answered_call("605")
        assert await echoes(call)
        recorded.rtp.say(sine(1000, 30))
        await asyncio.sleep(1.0)
        home = await home_of(apart, call)
        assert await home_of(apart, recorded) == home
        before = call.rtp.remote
        apart.kill(home)
        await elsewhere(call, before)
        assert call.rtp.remote is not None
        assert before is not None
        assert call.rtp.remote[0] != before[0]
        assert await echoes(call)
        apart.start(home)
        await apart.ready()
        assert await echoes(call)
        assert told(call) == 1
        await asyncio.sleep(1.0)
        for one in (call, recorded):
            assert (await one.hang_up()).status == 200
    await apart.settled()
    parts = sorted(path.name for path in apart.var.glob("recordings/**/*.wav"))
    assert len(parts) == 2
    assert ".at-" in parts[0] + parts[1]


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_a_hundred_calls_outlive_their_machine(apart: Exchange) -> None:
    async with phone(apart, "1001") as caller:
        calls = [await caller.answered_call("600") for _ in range(CALLS)]
        home = await home_of(apart, calls[0])
        before = calls[0].rtp.remote
        assert before is not None
        arrivals = Arrivals([call.rtp for call in calls])
        for call in calls:
            call.rtp.say(sine(1000, 12.0))
        watching = asyncio.create_task(arrivals.watch(MOST_SILENCE_S + 2.0))
        await asyncio.sleep(0.5)
        apart.kill(home)
        await watching
        longest = sorted(arrivals.longest_s)
        print(f"silence: median {longest[CALLS // 2]:.3f} s, longest {longest[-1]:.3f} s")
        assert longest[-1] <= MOST_SILENCE_S
        assert not [call for call in calls if call.over.is_set()]
        assert {told(call) for call in calls} == {1}
        assert {call.rtp.remote[0] for call in calls if call.rtp.remote} & {before[0]} == set()
        apart.start(home)
        await apart.ready()
        for call in calls:
            assert (await call.hang_up()).status == 200
    await apart.settled()
