"""What may be played: files below the prompt root, and what a call that asks for others hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media_workers.engine.rig import Peer
from tests.media_workers.office import MediaOffice, spec
from tests.support.wav import write_tone

pytestmark = pytest.mark.asyncio


@pytest.fixture
def phone() -> Iterator[Peer]:
    phone = Peer()
    yield phone
    phone.socket.close()


@pytest.mark.covers("EN-060")
@pytest.mark.parametrize("name", ["../secret.wav", "/etc/passwd", "link.wav", "out/secret.wav", ""])
@pytest.mark.parametrize("fetches", [False, True])
async def test_a_file_outside_the_prompt_root_is_told_and_the_call_goes_on(
    tmp_path: Path, phone: Peer, name: str, fetches: bool
) -> None:
    section = {"on_fetch": str(tmp_path / "store"), "fetched": str(tmp_path / "fetched")} if fetches else {}
    secret = write_tone(tmp_path / "secret.wav", 1000, 0.1)
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.wav").symlink_to(secret)
    (root / "out").symlink_to(tmp_path)
    async with MediaOffice(root, **section) as office:
        asked = spec((await office.block()).first_port, phone.address)
        asked.player.player_id = "p"
        asked.player.soup.items.add(file=name)
        await office.set(asked)
        told = (await office.told("play")).play
        assert (told.player_id, told.reason) == ("p", "no-file")
        assert told.file == f"{name}: not below the prompt root"
        assert len(office.worker.channels) == 1
