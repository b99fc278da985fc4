"""``on_fetch``: what is asked of the store, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_workers.fetching import AGAIN_S, Fetcher
from media_workers.files import Prompts, Root
from media_workers.stores import Store
from switchroom.config.sections import MediaSection
from switchroom.logs import get_logger

pytestmark = pytest.mark.asyncio


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def fetcher(tmp_path: Path, now: Clock) -> Fetcher:
    for name in ("store/a", "prompts"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "store" / "a" / "b.wav").write_bytes(b"sound")
    prompts = Prompts(Root(tmp_path / "prompts"), Root(tmp_path / "fetched"))
    return Fetcher(Store(str(tmp_path / "store"), MediaSection()), prompts, 300.0, now, get_logger("test"))


async def test_one_file_has_one_name_however_it_is_written(tmp_path: Path) -> None:
    fetching = fetcher(tmp_path, Clock())
    first, second = fetching.wanted("a//b.wav"), fetching.wanted("x/../a/./b.wav")
    assert first is not None
    assert first is second
    await first
    assert fetching.wanted("a/b.wav") is None
    assert (tmp_path / "fetched" / "a" / "b.wav").read_bytes() == b"sound"


@pytest.mark.parametrize("name", ["a\nb.wav", "none.wav"])
async def test_what_cannot_be_had_is_not_asked_for_again_at_once(tmp_path: Path, name: str) -> None:
    now = Clock()
    fetching = fetcher(tmp_path, now)
    task = fetching.wanted(name)
    assert task is not None
    await task
    assert fetching.wanted(name) is None
    now.s += AGAIN_S
    again = fetching.wanted(name)
    assert again is not None
    await again


async def test_failures_are_not_remembered_for_ever(tmp_path: Path) -> None:
    now = Clock()
    fetching = fetcher(tmp_path, now)
    for number in range(50):
        now.s += 1
        task = fetching.wanted(f"{number}.wav")
        assert task is not None
        await task
    assert len(fetching._failed_at) <= AGAIN_S
