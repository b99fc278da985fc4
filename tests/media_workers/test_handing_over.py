"""``on_finished``: no recording is lost on its way to the store."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from media_workers.errors import StoreFailed
from media_workers.handing_over import HandOver
from media_workers.stores import Store
from switchroom.logs import get_logger

pytestmark = pytest.mark.asyncio


class Slow:
    """A store; *meanwhile* happens while it takes a file."""

    url = "test://"

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.meanwhile = meanwhile
        self.has: list[bytes] = []

    async def put(self, name: str, path: str) -> None:
        taken = await asyncio.to_thread(Path(path).read_bytes)
        self.meanwhile()
        self.meanwhile = lambda: None
        if not taken:
            raise StoreFailed("empty")
        self.has.append(taken)


def hand_over(folder: Path, store: Slow) -> HandOver:
    return HandOver(cast(Store, store), folder, "media-1", keep=False, log=get_logger("test"))


def recording(path: Path, sound: bytes) -> Path:
    path.write_bytes(sound)
    return path


async def over(one: HandOver) -> None:
    while one.pending:
        await asyncio.sleep(0.01)


def markers(folder: Path) -> list[Path]:
    return list(folder.glob(".handover-*/*"))


async def test_a_new_recording_of_the_name_is_not_removed_with_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_workers.handing_over.FIRST_RETRY_S", 0.01)
    path, store = tmp_path / "a.wav", Slow()
    recording(path, b"old")
    one = hand_over(tmp_path, store)

    def record_again() -> None:
        os.replace(recording(tmp_path / "new", b"new"), path)
        one.add(str(path))

    store.meanwhile = record_again
    one.add(str(path))
    await over(one)
    assert store.has == [b"old", b"new"]
    assert not path.exists()
    assert markers(tmp_path) == []


async def test_a_marker_that_was_never_written_is_none(tmp_path: Path) -> None:
    folder = tmp_path / f".handover-{hashlib.sha256(b'media-1').hexdigest()[:16]}"
    folder.mkdir()
    (folder / "0a.new").touch()
    store = Slow()
    one = hand_over(tmp_path, store)
    one.start()
    assert one.pending == 0
    assert markers(tmp_path) == []


async def test_what_is_left_is_handed_over_after_a_restart(tmp_path: Path) -> None:
    path = recording(tmp_path / "ü.wav", b"sound")
    first = hand_over(tmp_path, Slow())
    first.add(str(path))
    await first.close()
    assert len(markers(tmp_path)) == 1
    store = Slow()
    again = hand_over(tmp_path, store)
    again.start()
    await over(again)
    assert store.has == [b"sound"]
    assert markers(tmp_path) == []
