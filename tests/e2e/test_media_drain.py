"""A media worker is asked to leave during calls: it takes no new ones, finishes its own, and the rest goes on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from tests.support.exchange import Exchange
from tests.support.phone_call import PhoneCall
from tests.support.ports import bound_udp_ports
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]


@pytest.fixture
def exchange(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    """An exchange with so many media workers, which drain for so many seconds."""
    media_workers, drain_s = request.param
    with Exchange(call_workers=1, media_workers=media_workers, settings={"media": {"drain_s": drain_s}}) as exchange:
        yield exchange


def drained(media_workers: int, drain_s: int) -> pytest.MarkDecorator:
    """The exchange of a test."""
    return pytest.mark.parametrize("exchange", [(media_workers, drain_s)], indirect=True)


async def home_of(exchange: Exchange, call: PhoneCall) -> str:
    """The media worker that has the port of a call, as soon as one has it."""
    assert call.rtp.remote is not None
    async with asyncio.timeout(5):
        while True:
            for name, process in exchange.running.items():
                if name.startswith("media") and call.rtp.remote[1] in bound_udp_ports({process.pid}):
                    return name
            await asyncio.sleep(0.02)


async def echoes(call: PhoneCall) -> bool:
    call.rtp.say(sine(1000, 1.0))
    return hears(await call.rtp.listen(0.7), 1000)


async def gone(exchange: Exchange, name: str, timeout_s: float = 5.0) -> int:
    """Wait for the end of a process; its exit status."""
    process = exchange.running[name]
    async with asyncio.timeout(timeout_s):
        while process.poll() is None:
            await asyncio.sleep(0.02)
    del exchange.running[name]
    return process.returncode


async def values_of(exchange: Exchange, name: str) -> dict[str, float]:
    return next(dict(peer.values) for peer in (await exchange.status()).peers if peer.name == name)


@pytest.mark.covers("ND-014")
@drained(2, 30)
async def test_calls_go_on_and_new_ones_go_elsewhere_until_none_is_left(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        leaving = await home_of(exchange, call)
        exchange.running[leaving].send_signal(signal.SIGTERM)
        await exchange.logged("media.draining", leaving, channels=1)
        await exchange.logged("media.worker_drains", "frontend-1", worker=leaving)
        values = await values_of(exchange, leaving)
        assert (values["draining"], values["channels"]) == (1.0, 1.0)
        other = await caller.answered_call("600")
        assert await home_of(exchange, other) != leaving
        assert all(await asyncio.gather(echoes(call), echoes(other)))
        assert exchange.running[leaving].poll() is None
        await call.hang_up()
        assert await gone(exchange, leaving) == 0
        assert await echoes(other)
        await other.hang_up()
    await exchange.settled()


@pytest.mark.covers("ND-014")
@drained(2, 1)
async def test_what_is_left_at_the_end_goes_on_at_the_neighbour_on_the_same_port(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        leaving = await home_of(exchange, call)
        exchange.running[leaving].send_signal(signal.SIGTERM)
        assert await gone(exchange, leaving) == 0
        assert await home_of(exchange, call) != leaving
        assert await echoes(call)
        assert (await call.hang_up()).status == 200
    await exchange.settled()


@drained(1, 1)
async def test_the_only_one_may_be_restarted_during_a_call(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        exchange.running["media-1"].send_signal(signal.SIGTERM)
        assert await gone(exchange, "media-1") == 0
        exchange.start("media-1")
        await exchange.ready()
        assert await echoes(call)
        assert (await call.hang_up()).status == 200
    await exchange.settled()


@drained(2, 30)
async def test_a_second_signal_does_not_wait(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        leaving = await home_of(exchange, call)
        exchange.running[leaving].send_signal(signal.SIGTERM)
        await exchange.logged("media.draining", leaving)
        exchange.running[leaving].send_signal(signal.SIGTERM)
        assert await gone(exchange, leaving, 1.0) == 128 + signal.SIGTERM
        assert await home_of(exchange, call) != leaving
        assert await echoes(call)
        await call.hang_up()
    await exchange.settled()


@drained(2, 1)
async def test_a_recording_goes_on_at_the_neighbour_in_a_new_part(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("605")
        call.rtp.say(sine(1000, 20))
        leaving = await home_of(exchange, call)
        exchange.running[leaving].send_signal(signal.SIGTERM)
        assert await gone(exchange, leaving) == 0
        await asyncio.sleep(2.0)
        await call.hang_up()
    await exchange.settled()
    first, second = sorted(exchange.var.glob("recordings/**/*.wav"), key=lambda path: ".at-" in path.name)
    assert second.name.startswith(first.stem + ".at-")
    assert not list(exchange.var.glob("recordings/**/*.part"))


@drained(2, 30)
async def test_the_whole_exchange_stops_at_once_though_calls_are_there(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        for process in exchange.running.values():
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            for name in list(exchange.running):
                assert await gone(exchange, name) == 0
        await call.ended()
