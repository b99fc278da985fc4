"""``on_fetch``: what is asked of the store, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_workers.fetching import AGAIN_S, Fetcher
from media_workers.files import Prompts, Root
from media_workers.stores import Store
from switchroom.clock import ManualClock
from switchroom.config.sections import MediaSection
from switchroom.logs import get_logger

pytestmark = pytest.mark.asyncio


def fetcher(tmp_path: Path, clock: ManualClock) -> Fetcher:
    for name in ("store/a", "prompts"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "store" / "a" / "b.wav").write_bytes(b"sound")
    prompts = Prompts(Root(tmp_path / "prompts"), Root(tmp_path / "fetched"))
    store = Store(str(tmp_path / "store"), MediaSection())
    log = get_logger("test")
    return Fetcher(store, prompts, tmp_path / "fetched", clock, log, fresh_s=300.0, most_bytes=1 << 20)


async def test_one_file_has_one_name_however_it_is_written(tmp_path: Path) -> None:
    fetching = fetcher(tmp_path, ManualClock(100.0))
    first, second = fetching.wanted("a//b.wav"), fetching.wanted("x/../a/./b.wav")
    assert first is not None
    assert first is second
    await first
    assert fetching.wanted("a/b.wav") is None
    assert (tmp_path / "fetched" / "a" / "b.wav").read_bytes() == b"sound"


@pytest.mark.parametrize("name", ["a\nb.wav", "none.wav"])
async def test_what_cannot_be_had_is_not_asked_for_again_at_once(tmp_path: Path, name: str) -> None:
    clock = ManualClock(100.0)
    fetching = fetcher(tmp_path, clock)
    task = fetching.wanted(name)
    assert task is not None
    await task
    assert fetching.wanted(name) is None
    clock.advance(AGAIN_S)
    again = fetching.wanted(name)
    assert again is not None
    await again


async def test_failures_are_not_remembered_for_ever(tmp_path: Path) -> None:
    clock = ManualClock(100.0)
    fetching = fetcher(tmp_path, clock)
    for number in range(50):
        clock.advance(1)
        task = fetching.wanted(f"{number}.wav")
        assert task is not None
        await task
    assert len(fetching._failed_at) <= AGAIN_S
