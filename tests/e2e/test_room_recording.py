"""A room recorded as a whole: its members come and go, a media worker dies, and everybody is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.support.exchange import Exchange
from tests.support.ports import bound_udp_ports
from tests.support.recordings import mono, tones_of
from tests.support.tones import sine
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]

TONES = (440, 700, 1000)
MOST_LOST_S = 1.2
SCRIPT = """
from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call(user="700")
async def room(call: Call) -> None:
    await call.audio.conference("desk")
    await call.answer()
    recording = await call.audio.record("rooms/desk.wav", room=True)

    async def told(event) -> None:
        if event["action"] == "record":
            await call.publish("room.record", word=event["event"], caller=call.caller_id.user)

    call.on("channel", told)
    await call.wait_for_events("1", timeout_s=60)
    await call.audio.leave()
    await recording.wait()


if __name__ == "__main__":
    worker.run()
"""


@pytest.fixture
def paired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An exchange with two media workers on one machine."""
    script = tmp_path_factory.mktemp("scripts") / "room.py"
    script.write_text(SCRIPT)
    with Exchange(call_workers=1, media_workers=2, scripts=[script]) as made:
        yield made


@pytest.mark.covers("EN-065", "EN-071")
async def test_a_room_is_recorded_as_a_whole(paired: Exchange) -> None:
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(phone(paired, user)) for user in ("1001", "1003", "1004")]
        calls = [await one.answered_call("700") for one in phones]
        for call, hertz in zip(calls, TONES, strict=True):
            call.rtp.say(sine(hertz, 20))
        await paired.logged("room.record", word="recording")
        await asyncio.sleep(2.5)
        await calls[0].hang_up()  # who began it
        await asyncio.sleep(1.0)
        remote = calls[1].rtp.remote
        assert remote is not None
        for name in ("media-1", "media-2"):
            if remote[1] in bound_udp_ports({paired.running[name].pid}):
                paired.kill(name)
                paired.start(name)
                break
        await paired.logged("room.record", word="recording.part", caller="1003")
        await paired.logged("room.record", word="recording.continued", caller="1004")
        await asyncio.sleep(1.5)
        await calls[2].hang_up()
        await calls[1].rtp.press("1")  # the last one leaves the room, and stays in the call
        await paired.logged("room.record", word="finished.channelclosed", caller="1003")
        assert not calls[1].over.is_set()
        await calls[1].hang_up()
    await paired.settled()
    first, second = sorted(paired.var.glob("recordings/rooms/*"), key=lambda path: ".at-" in path.name)
    assert first.name == "desk.wav"
    assert second.name.startswith("desk.at-0000")
    heard = tones_of(mono(first), TONES)
    assert set(TONES) in heard
    assert len(heard) * 0.4 > 3.5 - MOST_LOST_S
    assert {700, 1000} in tones_of(mono(second), TONES)
