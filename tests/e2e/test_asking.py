"""A script asks and records the answer: what it is told, and what is in the file."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exchange import Exchange
from tests.support.tones import hears, sine
from tests.support.users import phone
from tests.support.wav import read_samples

pytestmark = pytest.mark.asyncio

SCRIPT = Path(__file__).parents[1] / "support" / "scripts" / "asking.py"


@pytest.fixture(scope="module")
def asking() -> Iterator[Exchange]:
    """An exchange whose question lasts as many milliseconds as the number called."""
    with Exchange(call_workers=1, scripts=[SCRIPT]) as exchange:
        yield exchange


def answer(exchange: Exchange) -> list[int]:
    [path] = exchange.var.glob("recordings/**/answer.wav")
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
    return read_samples(path)


@pytest.mark.covers("EN-072")
async def test_who_is_silent_hears_all_of_the_question(asking: Exchange) -> None:
    async with phone(asking, "1001") as caller:
        call = await caller.answered_call("1000")
        told = await asking.logged("asked.1000")
        await call.hang_up()
    assert (told["prompt"], told["answer"]) == ("completed", "nospeech")
    assert 450 <= len(answer(asking)) / 8 <= 550, "the wait for a word, by the clock"
    await asking.settled()


@pytest.mark.covers("EN-072", "EN-073")
async def test_who_answers_into_the_question_ends_it(asking: Exchange) -> None:
    async with phone(asking, "1001") as caller:
        call = await caller.answered_call("9000")
        await asyncio.sleep(1.5)
        call.rtp.say(sine(700, 0.6))
        told = await asking.logged("asked.9000")
        await call.hang_up()
    assert (told["prompt"], told["answer"]) == ("interrupted", "silence")
    samples = answer(asking)
    onset = next(n for n, sample in enumerate(samples) if abs(sample) > 1000)
    assert hears(samples[onset : onset + 4000], 700, [400]), "what was said, and nothing of the question"
    await asking.settled()
