"""What a script and an operator learn of a call whose network loses packets and holds others up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from switchroom.cli.trace import show_trace
from switchroom.config import load_config
from tests.support.exchange import Exchange
from tests.support.tones import sine
from tests.support.users import phone

pytestmark = pytest.mark.asyncio

SCRIPT = Path(__file__).parents[1] / "support" / "scripts" / "statistics.py"


@pytest.fixture(scope="module")
def telling() -> Iterator[Exchange]:
    """An exchange that tells how a caller is heard."""
    with Exchange(call_workers=1, scripts=[SCRIPT]) as exchange:
        yield exchange


def _plausible(stats: dict[str, Any], *, least_packets: int) -> None:
    assert stats["packets_received"] >= least_packets
    assert 0.05 <= stats["packets_lost"] / (stats["packets_received"] + stats["packets_lost"]) <= 0.15
    assert stats["packets_discarded"] >= 1
    assert 0.05 <= stats["concealed"] <= 0.25
    assert stats["concealed_ms"] >= 20 * stats["packets_lost"] * 0.7
    assert 10 <= stats["buffer_ms"] <= 200
    assert 1.5 < stats["mos"] <= stats["mos_listening"] < 4.2
    assert 30 < stats["rating"] < 90
    assert stats["gap_ms"] > 0
    assert (stats["codec_in"], stats["codec_out"]) == ("PCMU", "PCMU")


async def test_loss_is_told_live_and_at_the_end(telling: Exchange) -> None:
    async with phone(telling, "1001") as caller:
        call = await caller.answered_call("600")
        call.rtp.lost = lambda number: number % 10 == 5
        call.rtp.late_s = lambda number: 0.4 if number % 40 == 20 else 0.0
        call.rtp.say(sine(440, 4.0))
        await asyncio.sleep(2.0)
        await call.rtp.press("1")
        live = await telling.logged("stats.live")
        _plausible(live, least_packets=70)
        await asyncio.sleep(1.0)
        await call.hang_up()
        final = await telling.logged("stats.final")
    _plausible(final, least_packets=live["packets_received"] + 30)
    line = await telling.logged("call.ended", sip_call_id=call.call_id)
    assert 5 <= line["loss_pct"] <= 15
    assert line["mos"] == round(final["mos"], 2)
    await telling.settled()


async def test_a_whole_line_is_told_as_one(telling: Exchange) -> None:
    async with phone(telling, "1001") as caller:
        call = await caller.answered_call("601")
        call.rtp.say(sine(440, 2.0))
        await asyncio.sleep(1.5)
        await call.rtp.press("1")
        live = await telling.logged("stats.live", packets_lost=0)
        assert live["mos"] > 4.1
        assert live["concealed_ms"] <= 60
        await call.hang_up()
    await telling.settled()


@pytest.mark.covers("ND-011")
async def test_what_was_said_about_its_channel_is_read_afterwards(
    telling: Exchange, capsys: pytest.CaptureFixture[str]
) -> None:
    async with phone(telling, "1001") as caller:
        call = await caller.answered_call("602")
        await call.rtp.press("7")
        await asyncio.sleep(0.3)
        await call.hang_up()
    await telling.settled()
    config = load_config(telling.config, {})
    assert await asyncio.to_thread(show_trace, config, call.call_id, whole=False) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[-2:] == ["switchroom", "media-1"]
    said = [line for line in lines if "#1" in line]
    story = ["set #1", "is set #1", "latched #1", "record #1", "digit #1", "close #1", "closed #1"]
    at = [next(n for n, line in enumerate(said) if f" {step} " in line) for step in story]
    assert at[0] == 0
    assert at[-1] == len(said) - 1
    assert "formats(0 PCMU/8000" in said[0]
    assert any("recorders(" in line and "heard.wav" in line for line in said)
    assert "digit=7" in said[at[4]]
    assert "packets_received=" in said[-1]
