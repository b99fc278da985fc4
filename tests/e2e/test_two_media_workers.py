"""Legs on two media workers: they hear each other, digits cross, and the death of a worker is no end of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.exchange import ROOT, Exchange
from tests.support.phone import Phone
from tests.support.phone_call import PhoneCall
from tests.support.ports import bound_udp_ports
from tests.support.recordings import mono, tones_of
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]

ROOM = 6
"""Channels of one media worker. Two legs and their link need two on either one."""
TONES = (440, 700, 1000, 1300)
SCRIPT = """
from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call(user="700")
async def room(call: Call) -> None:
    await call.answer()  # too early to be put where the room is
    await call.audio.conference("room")


@worker.call(user="705")
async def taped(call: Call) -> None:
    await call.answer()
    await call.audio.conference("room")
    await call.audio.record("room.wav", room=True)


@worker.call(user="701")
async def bridge(call: Call) -> None:
    await call.answer()
    leg = await call.dial(entity="1002", orphan=True, bridge=False)
    if leg is not None:
        await call.mix(leg)


agents: list[Call] = []


@worker.call(user="702")
async def agent(call: Call) -> None:
    await call.answer()
    agents.append(call)
    await call.audio.conference("desk")


@worker.call(user="703")
async def coach(call: Call) -> None:
    await call.answer()
    await call.audio.conference("desk", heard_by=agents)


@worker.call(user="704")
async def customer(call: Call) -> None:
    await call.audio.conference("desk")
    await call.answer()


if __name__ == "__main__":
    worker.run()
"""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Two media workers, each soon full. The frontend knows how much they take from when they join."""
    script = tmp_path_factory.mktemp("scripts") / "two.py"
    script.write_text(SCRIPT)
    scripts: list[Path] = [script, ROOT / "examples" / "exchange" / "echo.py"]
    with Exchange(call_workers=1, media_workers=2, scripts=scripts, settings={"media": {"max_channels": ROOM}}) as made:
        yield made


def home_of(exchange: Exchange, call: PhoneCall) -> str:
    """The media worker of a call."""
    assert call.rtp.remote is not None
    for name in exchange.running:
        if name.startswith("media-") and call.rtp.remote[1] in bound_udp_ports({exchange.running[name].pid}):
            return name
    raise AssertionError("on no media worker")


async def filled(exchange: Exchange, caller: Phone, each: int = ROOM - 2) -> list[PhoneCall]:
    """Calls that fill all workers alike, wherever each of them is put: with a leg more, one is behind the others."""
    homes: dict[str, list[PhoneCall]] = {name: [] for name in exchange.running if name.startswith("media-")}
    while any(len(calls) < each for calls in homes.values()):
        assert sum(map(len, homes.values())) <= ROOM * len(homes), homes
        call = await caller.answered_call("600")
        call.rtp.paused = True  # the load is what the workers hold, not what they do
        homes[home_of(exchange, call)].append(call)
    for calls in homes.values():
        await hung_up(calls[each:])
        del calls[each:]
    fill = [call for calls in homes.values() for call in calls]
    await channels(exchange, len(fill))
    return fill


def ports_of(calls: Sequence[PhoneCall]) -> set[int]:
    """Where these calls send to."""
    return {call.rtp.remote[1] for call in calls if call.rtp.remote}


async def hung_up(calls: Sequence[PhoneCall]) -> None:
    for call in calls:
        await call.hang_up()


async def channels(exchange: Exchange, count: int) -> None:
    """Wait until the frontend has so many channels: one is gone when its worker has said so."""
    async with asyncio.timeout(5):
        while (await exchange.status()).values["channels"] != count:
            await asyncio.sleep(0.02)


async def told(calls: Sequence[PhoneCall], digits: str) -> None:
    """Wait until each of them was sent these digits, and nothing else since they last listened."""
    async with asyncio.timeout(5):
        while any(len(call.rtp.events()) < len(digits) for call in calls):
            await asyncio.sleep(0.02)
    assert {call.rtp.events() for call in calls} == {digits}


async def each_hears_the_others(calls: Sequence[PhoneCall]) -> None:
    tones = TONES[: len(calls)]
    for call, hertz in zip(calls, tones, strict=True):
        call.rtp.say(sine(hertz, 2.5))
    await asyncio.sleep(0.4)
    heard = await asyncio.gather(*(call.rtp.listen(1.0) for call in calls))
    for own, samples in zip(tones, heard, strict=True):
        assert all(hears(samples, hertz, [own]) for hertz in tones if hertz != own), own


@pytest.mark.covers("ND-018", "EN-065")
async def test_a_room_on_two_media_workers(narrow: Exchange) -> None:
    users = ("1001", "1003", "1004", "1005")
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(phone(narrow, user)) for user in users]
        fill = await filled(narrow, phones[0])
        calls = [await one.answered_call("700") for one in phones[:2]]
        await channels(narrow, len(fill) + 4)
        await hung_up(fill)
        await channels(narrow, 4)
        calls += [await one.answered_call(to) for one, to in zip(phones[2:], ("700", "705"), strict=True)]
        assert len({home_of(narrow, call) for call in calls}) == 2
        await each_hears_the_others(calls)
        await calls[3].rtp.press("5")
        await told(calls[:3], "5")
        assert not calls[3].rtp.events()
        for call in calls:
            assert (await call.hang_up()).status == 200
    await narrow.settled()
    assert set(TONES) in tones_of(mono(narrow.var / "recordings" / "room.wav"), TONES)


@pytest.mark.covers("CM-139", "ND-018")
async def test_a_bridge_over_two_media_workers_outlives_one_of_them(narrow: Exchange) -> None:
    async with phone(narrow, "1001") as caller, phone(narrow, "1002") as callee, phone(narrow, "1003") as third:
        await callee.register()
        fill = await filled(narrow, third)
        call = await caller.call("701")
        other = await callee.next_call()
        await other.answer()
        await call.final()
        await channels(narrow, len(fill) + 4)
        calls = [call, other]
        homes = [home_of(narrow, one) for one in calls]
        assert homes[0] != homes[1]
        await each_hears_the_others(calls)
        await call.rtp.press("7")
        await told([other], "7")
        await hung_up(fill)
        await channels(narrow, 4)
        narrow.kill(homes[1])
        async with asyncio.timeout(5):
            while bound_udp_ports({narrow.running[homes[0]].pid}).isdisjoint(ports_of(calls[1:])):
                await asyncio.sleep(0.02)
        assert [home_of(narrow, one) for one in calls] == [homes[0], homes[0]]
        await each_hears_the_others(calls)
        await other.rtp.press("9")
        await told([call], "9")
        narrow.start(homes[1])
        await narrow.ready()
        await call.hang_up()
        await other.hang_up()
    await narrow.settled()


@pytest.mark.covers("ND-018", "EN-052")
async def test_a_coach_on_another_media_worker_is_heard_by_the_agent_alone(narrow: Exchange) -> None:
    users = ("1001", "1003", "1004")
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(phone(narrow, user)) for user in users]
        fill = await filled(narrow, phones[0])
        calls = [await one.answered_call(to) for one, to in zip(phones, ("702", "703"), strict=False)]
        await channels(narrow, len(fill) + 4)
        assert home_of(narrow, calls[0]) != home_of(narrow, calls[1])
        await hung_up(fill)
        await channels(narrow, 4)
        calls.append(await phones[2].answered_call("704"))
        tones = (440, 700, 1000)
        for call, hertz in zip(calls, tones, strict=True):
            call.rtp.say(sine(hertz, 2.5))
        await asyncio.sleep(0.4)
        heard = await asyncio.gather(*(call.rtp.listen(1.0) for call in calls))
        told_of = [[hertz for hertz in tones if hears(samples, hertz)] for samples in heard]
        assert told_of == [[700, 1000], [440, 1000], [440]]
        await calls[1].rtp.press("6")
        await told(calls[:1], "6")
        assert not calls[2].rtp.events()
        await hung_up(calls)
    await narrow.settled()
