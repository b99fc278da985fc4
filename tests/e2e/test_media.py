"""What the media engine does for the demo exchange: conference, prompt before the answer, recording."""

from __future__ import annotations

import asyncio
import struct
import wave

import pytest

from tests.support.exchange import Exchange
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("EN-050")
async def test_602_three_hear_the_other_two(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as a, phone(exchange, "1002") as b, phone(exchange, "1003") as c:
        calls = [await one.answered_call("602") for one in (a, b, c)]
        tones = (440, 700, 1000)
        for call, hertz in zip(calls, tones, strict=True):
            call.rtp.say(sine(hertz, 2.5))
        await asyncio.sleep(0.3)
        heard = await asyncio.gather(*(call.rtp.listen(1.0) for call in calls))
        for own, samples in zip(tones, heard, strict=True):
            others = [hertz for hertz in tones if hertz != own]
            assert all(hears(samples, hertz, [own]) for hertz in others)
        for call in calls:
            assert (await call.hang_up()).status == 200


@pytest.mark.covers("EN-065", "EN-070")
async def test_605_records_the_caller_left_and_the_exchange_right(exchange: Exchange) -> None:
    before = set(exchange.var.glob("recordings/**/*"))
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("605")
        call.rtp.say(sine(1000, 1.5))
        assert hears(await call.rtp.listen(1.2), 1000)
        await call.hang_up()
    for _ in range(40):
        files = [p for p in exchange.var.glob("recordings/**/*.wav") if p not in before]
        if files:
            break
        await asyncio.sleep(0.05)
    [path] = files
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        count = file.getnframes()
        samples = struct.unpack(f"<{2 * count}h", file.readframes(count))
    assert hears(samples[0:20000:2], 1000)
    assert hears(samples[1:20000:2], 1000)
    assert 1.1 < count / 8000 < 4.0
