"""The channels of a worker, when the engine has no room for another command."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import rtp_engine

from media_workers.channels import Channels
from media_workers.errors import MediaFull
from media_workers.files import Prompts, Root
from media_workers.spec import Roots
from tests.media_workers.office import spec


class Engine:
    """Takes commands while there is *room*."""

    def __init__(self) -> None:
        self.room = True
        self.taken = 0

    def set_channel(self, *_: object) -> None:
        if not self.room:
            raise rtp_engine.EngineFull("the queue to the packet thread is full")
        self.taken += 1


@pytest.mark.covers("EN-010")
def test_a_command_that_finds_no_room_is_refused_and_can_be_sent_again(tmp_path: Path) -> None:
    engine = Engine()
    channels: Channels[str, str] = Channels(
        cast(rtp_engine.Engine, engine), Roots(Prompts(Root(tmp_path)), Root(tmp_path)), lambda: 1_700_000_000.0, 10
    )
    engine.room = False
    with pytest.raises(MediaFull):
        channels.set("f", spec(12000))
    assert len(channels) == 0
    engine.room = True
    assert channels.set("f", spec(12000)) == 1
    engine.room = False
    with pytest.raises(MediaFull):
        channels.set("f", spec(12000, generation=2))
    engine.room = True
    assert channels.set("f", spec(12000, generation=2)) == 2
    assert engine.taken == 2
