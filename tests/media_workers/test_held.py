"""Many channels that are held while others come, play and go: none waits for another, every end is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from switchroom.v1 import media_pb2 as media
from tests.media_workers.engine.rig import Peer
from tests.media_workers.office import MediaOffice, spec
from tests.support.wav import write_tone
from tests.switchroom.bus.exchange import until

pytestmark = pytest.mark.asyncio
HELD = 100


def plays(office: MediaOffice, channel_id: str) -> list[media.PlayEvent]:
    """What was told of a channel that does nothing but play."""
    events = [message.media_event for message in office.messages.items]
    return [event.play for event in events if event.channel_id == channel_id]


@pytest.mark.covers("EN-010", "EN-019", "ND-005")
async def test_three_play_and_go_while_a_hundred_are_held(tmp_path: Path) -> None:
    for name in ("one.wav", "two.wav"):
        write_tone(tmp_path / name, 440, 0.1)
    phone = Peer()
    async with MediaOffice(tmp_path) as office:
        blocks = [await office.block() for _ in range(2)]
        ports = [block.first_port + 2 * n for block in blocks for n in range(64)]
        await asyncio.gather(*(office.set(spec(ports[n], channel_id=f"held {n}")) for n in range(HELD)))
        for n in range(3):
            asked = spec(ports[HELD + n], phone.address, channel_id=f"played {n}")
            asked.player.player_id = "p"
            for name in ("one.wav", "two.wav"):
                asked.player.soup.items.add(file=name)
            await office.set(asked)
            await until(lambda asked=asked: len(plays(office, asked.channel_id)) == 2)  # type: ignore[misc]
            told = [(one.ended, one.reason) for one in plays(office, asked.channel_id)]
            assert told == [(False, "new"), (True, "completed")]
            assert len(phone.hear(11, timeout_s=0.05)) == 10
            assert (await office.close(asked.channel_id)).reason == "requested"
        assert len(office.worker.channels) == HELD
        closed = await asyncio.gather(*(office.close(f"held {n}") for n in range(HELD)))
        assert [(one.channel_id, one.reason) for one in closed] == [(f"held {n}", "requested") for n in range(HELD)]
        assert len(office.worker.channels) == 0
    phone.socket.close()
