"""A phone that is silent while it holds the call keeps it when it comes back, and loses it when it stays silent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.exchange import Exchange
from tests.support.users import phone

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def shared_exchange() -> Iterator[Exchange]:
    """A leg that is silent for a second is ended."""
    with Exchange(settings={"frontend": {"media_idle_s": 1}}) as exchange:
        yield exchange


@pytest.mark.covers("EN-009")
async def test_a_call_is_not_ended_by_the_silence_of_a_hold(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        await call.rtp.listen(0.2)
        call.rtp.paused = True
        assert (await call.reinvite("sendonly")).status == 200
        await asyncio.sleep(2.5)
        assert (await call.reinvite("sendrecv")).status == 200
        await asyncio.sleep(0.6)
        assert not call.over.is_set()
        call.rtp.paused = False
        await asyncio.sleep(1.5)
        assert not call.over.is_set()
        call.rtp.paused = True
        await call.ended(3.0)
