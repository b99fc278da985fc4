"""What a channel waits for before it plays."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from media_workers.channels import Channel
from media_workers.fetching import Fetcher
from media_workers.files import Prompts, Root
from media_workers.preparing import Preparing
from media_workers.spec import Roots
from switchroom.logs import get_logger
from switchroom.v1 import media_pb2 as media

pytestmark = pytest.mark.asyncio


class Fetches:
    """Every file has to be fetched, over and over."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def wanted(self, name: str) -> asyncio.Task[None]:
        self.asked.append(name)
        return asyncio.create_task(asyncio.sleep(0))

    async def close(self) -> None:
        pass


async def test_what_plays_already_waits_for_nothing(tmp_path: Path) -> None:
    fetches = Fetches()
    roots = Roots(Prompts(Root(tmp_path)), Root(tmp_path))
    preparing = Preparing(
        roots, cast(Fetcher, fetches), lambda: 0.0, lambda *_: None, lambda *_: None, get_logger("test")
    )
    channel: Channel[Any, Any] = Channel("c1", 1, None, 1, {})
    spec = media.ChannelSpec(channel_id="c1")
    spec.player.player_id = "p1"
    spec.player.soup.items.add(file="none.wav")
    spec.overlays.add(player_id="o1").soup.items.add(file="over.wav")
    held = preparing.look(channel, spec, True)
    assert held is not None
    assert held.ids == {"p1", "o1"}
    channel.players = frozenset(("p1", "o1"))
    spec.overlays.add(player_id="o2").soup.items.add(file="more.wav")
    held = preparing.look(channel, spec, False)
    assert held is not None
    assert held.ids == {"o2"}
    assert fetches.asked == ["none.wav", "over.wav", "more.wav"]
    await preparing.close()
