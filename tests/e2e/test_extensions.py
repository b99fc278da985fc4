"""602 to 605 of the demo exchange."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest

from tests.support.exchange import Exchange
from tests.support.tones import RATE, hears, level_db, sine
from tests.support.users import phone
from tests.support.wav import read_samples

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("EN-050")
async def test_602_everybody_hears_the_others_and_not_himself(exchange: Exchange) -> None:
    tones = {"1001": 440.0, "1002": 700.0, "1003": 1000.0}
    async with phone(exchange, "1001") as a, phone(exchange, "1002") as b, phone(exchange, "1003") as c:
        calls = {each.user: await each.answered_call("602") for each in (a, b, c)}
        for user, call in calls.items():
            call.rtp.say(sine(tones[user], 2.0, amplitude=5_000))
        heard = await asyncio.gather(*(call.rtp.listen(1.5) for call in calls.values()))
        for user, samples in zip(calls, heard, strict=True):
            steady = samples[RATE // 2 :]
            own = level_db(steady, tones[user])
            others = [level_db(steady, tone) for name, tone in tones.items() if name != user]
            assert min(others) > -30
            assert own < min(others) - 25
        for call in calls.values():
            await call.hang_up()


@pytest.mark.covers("CM-074")
async def test_603_first_answer_wins_and_a_busy_member_does_not_end_it(exchange: Exchange) -> None:
    async with (
        phone(exchange, "1005") as caller,
        phone(exchange, "1001") as first,
        phone(exchange, "1002") as second,
        phone(exchange, "1003") as third,
    ):
        for each in (first, second, third):
            await each.register()
        out = await caller.call("603")
        busy, winner, loser = await asyncio.gather(*(each.next_call() for each in (first, second, third)))
        busy.refuse(486)
        winner.ring()
        loser.ring()
        await out.progress(180)
        await winner.answer()
        assert (await out.final()).status == 200
        await loser.ended(2.0)
        await out.hang_up()
        await winner.ended()


@pytest.mark.covers("CM-046")
async def test_604_plays_before_the_answer_and_after_it(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.call("604")
        await call.progress(183)
        assert hears(await call.rtp.listen(1.0), 1000, [440])
        assert 200 not in call.statuses
        assert (await call.final()).status == 200
        assert hears(await call.rtp.listen(1.0), 1000, [440])
        await call.hang_up()


async def test_605_records_the_caller_on_the_left(exchange: Exchange) -> None:
    before = set(_recordings(exchange))
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("605")
        call.rtp.say(sine(700, 1.5))
        await asyncio.sleep(2.0)
        await call.hang_up()
    async with asyncio.timeout(5):
        while not (new := set(_recordings(exchange)) - before):
            await asyncio.sleep(0.02)
    recorded = new.pop()
    with wave.open(str(recorded)) as file:
        assert file.getnchannels() == 2
        assert 1.5 < file.getnframes() / file.getframerate() < 3.0
    left = read_samples(recorded)
    assert level_db(left[RATE // 2 : RATE], 700) > -30


def _recordings(exchange: Exchange) -> list[Path]:
    return sorted((exchange.var / "recordings").rglob("*.wav"))
