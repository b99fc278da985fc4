"""``on_finished``: no recording is lost on its way to the store."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

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
        self.down = False

    async def put(self, name: str, path: str) -> None:
        taken = await asyncio.to_thread(Path(path).read_bytes)
        self.meanwhile()
        self.meanwhile = lambda: None
        if not taken or self.down:
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


async def test_a_store_that_is_down_is_told_once_and_once_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_workers.handing_over.FIRST_RETRY_S", 0.01)
    store = Slow()
    store.down = True
    with capture_logs() as lines:
        one = hand_over(tmp_path, store)
        for n in range(20):
            one.add(str(recording(tmp_path / f"{n}.wav", b"sound")))
        while one.failures < 60:
            await asyncio.sleep(0.01)
        assert (one.pending, one.is_failing) == (20, True)
        store.down = False
        await over(one)
        assert (one.is_failing, one.done) == (False, 20)
    told = [(line["event"], line["pending"]) for line in lines if line["event"] != "media.recording_handed_over"]
    assert told == [("media.handover_failed", 20), ("media.handover_resumed", 20)]
    assert next(line["failures"] for line in lines if line["event"] == "media.handover_resumed") == one.failures


async def test_a_recording_that_alone_fails_again_and_again_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_workers.handing_over.FIRST_RETRY_S", 0.01)
    with capture_logs() as lines:
        one = hand_over(tmp_path, Slow())
        one.add(str(recording(tmp_path / "bad.wav", b"")))
        for n in range(20):
            failures = one.failures
            one.add(str(recording(tmp_path / f"{n}.wav", b"sound")))
            while one.done <= n or (one.failures == failures and n < 3):
                await asyncio.sleep(0.01)
        await one.close()
    told = [line["event"] for line in lines if line["event"] != "media.recording_handed_over"]
    assert told == ["media.handover_failed", "media.handover_resumed"]


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
