"""603 and 604 of the demo exchange; 602 and 605 are in test_media.py."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.exchange import Exchange
from tests.support.tones import hears
from tests.support.users import phone

pytestmark = pytest.mark.asyncio


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
