"""Legs on two media workers: they hear each other, digits cross, and the death of a worker is no end of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.exchange import ROOT, Exchange
from tests.support.phone_call import PhoneCall
from tests.support.ports import bound_udp_ports
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]

SCRIPT = """
from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call(user="700")
async def room(call: Call) -> None:
    await call.answer()  # too early to be put where the room is
    await call.audio.conference("room")


@worker.call(user="701")
async def bridge(call: Call) -> None:
    await call.answer()
    leg = await call.dial(entity="1002", orphan=True, bridge=False)
    if leg is not None:
        await call.mix(leg)


if __name__ == "__main__":
    worker.run()
"""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Two media workers; three channels on one, and the next goes to the other."""
    script = tmp_path_factory.mktemp("scripts") / "two.py"
    script.write_text(SCRIPT)
    scripts: list[Path] = [script, ROOT / "examples" / "exchange" / "echo.py"]
    with Exchange(call_workers=1, media_workers=2, scripts=scripts, settings={"media": {"max_channels": 4}}) as made:
        yield made


def home_of(exchange: Exchange, call: PhoneCall) -> str:
    """The media worker of a call."""
    assert call.rtp.remote is not None
    for name in ("media-1", "media-2"):
        if name in exchange.running and call.rtp.remote[1] in bound_udp_ports({exchange.running[name].pid}):
            return name
    raise AssertionError("on no media worker")


async def each_hears_the_others(calls: Sequence[PhoneCall]) -> None:
    tones = (440, 700, 1000, 1300)[: len(calls)]
    for call, hertz in zip(calls, tones, strict=True):
        call.rtp.say(sine(hertz, 2.5))
    await asyncio.sleep(0.4)
    heard = await asyncio.gather(*(call.rtp.listen(1.0) for call in calls))
    for own, samples in zip(tones, heard, strict=True):
        assert all(hears(samples, hertz, [own]) for hertz in tones if hertz != own), own


@pytest.mark.covers("ND-018")
async def test_a_room_on_two_media_workers(narrow: Exchange) -> None:
    await asyncio.sleep(1.2)  # until their load is known
    users = ("1001", "1003", "1004", "1005")
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(phone(narrow, user)) for user in users]
        calls = [await one.answered_call("700") for one in phones]
        assert len({home_of(narrow, call) for call in calls}) == 2
        await each_hears_the_others(calls)
        await calls[3].rtp.press("5")
        await asyncio.sleep(0.5)
        assert [call.rtp.events() for call in calls] == ["5", "5", "5", ""]
        for call in calls:
            assert (await call.hang_up()).status == 200
    await narrow.settled()


@pytest.mark.covers("CM-139", "ND-018")
async def test_a_bridge_over_two_media_workers_outlives_one_of_them(narrow: Exchange) -> None:
    async with phone(narrow, "1001") as caller, phone(narrow, "1002") as callee, phone(narrow, "1003") as third:
        await callee.register()
        fill = [await third.answered_call("600") for _ in range(2)]
        call = await caller.call("701")
        other = await callee.next_call()
        await other.answer()
        await call.final()
        await asyncio.sleep(0.3)
        calls = [call, other]
        homes = [home_of(narrow, one) for one in calls]
        assert homes[0] != homes[1]
        await each_hears_the_others(calls)
        await call.rtp.press("7")
        await asyncio.sleep(0.4)
        assert other.rtp.events() == "7"
        for one in fill:
            await one.hang_up()
        await asyncio.sleep(1.2)
        narrow.kill(homes[1])
        await asyncio.sleep(0.3)
        assert home_of(narrow, other) == homes[0]
        await each_hears_the_others(calls)
        await other.rtp.press("9")
        await asyncio.sleep(0.4)
        assert call.rtp.events().endswith("9")
        narrow.start(homes[1])
        await narrow.ready()
        await call.hang_up()
        await other.hang_up()
    await narrow.settled()
