"""A script sends digits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exchange import Exchange
from tests.support.users import phone

pytestmark = pytest.mark.asyncio

SCRIPT = Path(__file__).parents[1] / "support" / "scripts" / "digits.py"


@pytest.fixture(scope="module")
def shared_exchange() -> Iterator[Exchange]:
    """An exchange that sends digits to whoever calls."""
    with Exchange(call_workers=1, scripts=[SCRIPT]) as exchange:
        yield exchange


async def test_what_is_no_digit_is_told_to_the_script_and_one_may_be_held_down_for_long(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        line = await exchange.logged("digits.refused")
        assert (line["verb"], line["code"]) == ("dtmf", "MALFORMED")
        assert "digits are 1 to 1024 of 0-9" in line["reason"]
        durations: list[tuple[bool, int]] = []
        async with asyncio.timeout(3):
            while not durations or not durations[-1][0]:
                await asyncio.sleep(0.02)
                payloads = [packet.payload for packet in call.rtp.packets if packet.payload_type == 101]
                durations = [(payload[1] >= 0x80, int.from_bytes(payload[2:4], "big")) for payload in payloads]
        assert call.rtp.events() == "7"
        assert 3200 <= durations[-1][1] <= 3400
        await call.hang_up()
