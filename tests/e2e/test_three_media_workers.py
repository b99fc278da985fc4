"""A room with a leg on each of three media workers, of which the first to go is the one where they all meet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.test_two_media_workers import SCRIPT, channels, each_hears_the_others, filled, home_of, hung_up, told
from tests.support.exchange import ROOT, Exchange
from tests.support.ports import bound_udp_ports
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]

ROOM = 7
BUSY_WITH_ONE_MORE = 4
"""Of so many channels: a leg more, and the next is put elsewhere."""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Three media workers, each soon busy."""
    script = tmp_path_factory.mktemp("scripts") / "three.py"
    script.write_text(SCRIPT)
    scripts: list[Path] = [script, ROOT / "examples" / "exchange" / "echo.py"]
    with Exchange(call_workers=1, media_workers=3, scripts=scripts, settings={"media": {"max_channels": ROOM}}) as made:
        yield made


@pytest.mark.covers("ND-018")
async def test_a_room_goes_on_when_the_leg_where_it_met_leaves_and_then_the_worker_dies(narrow: Exchange) -> None:
    users = ("1001", "1003", "1004")
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(phone(narrow, user)) for user in users]
        fill = await filled(narrow, phones[0], BUSY_WITH_ONE_MORE)
        calls = []
        for count, one in enumerate(phones):
            calls.append(await one.answered_call("700"))
            await channels(narrow, len(fill) + 3 * count + 1)  # each leg but the first with a link of two
        homes = [home_of(narrow, call) for call in calls]
        assert len(set(homes)) == 3
        await hung_up(fill)
        await channels(narrow, 7)
        await each_hears_the_others(calls)
        await calls[0].rtp.press("5")
        await told(calls[1:], "5")
        assert (await calls[0].hang_up()).status == 200
        await channels(narrow, 6)
        await each_hears_the_others(calls[1:])
        held = bound_udp_ports({narrow.running[homes[0]].pid})
        narrow.kill(homes[0])
        async with asyncio.timeout(5):  # both ends of links that were there are somewhere else: two ports each
            while len(held & bound_udp_ports({narrow.running[name].pid for name in homes[1:]})) < 4:
                await asyncio.sleep(0.02)
        await each_hears_the_others(calls[1:])
        await calls[1].rtp.press("7")
        await told(calls[2:], "7")
        await hung_up(calls[1:])
    await narrow.settled()
