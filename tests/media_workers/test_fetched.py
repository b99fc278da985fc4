"""The bound on what was fetched: what goes, what stays, and what a restart knows."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from media_workers.fetched import IN_USE_S, clean, mark_used
from media_workers.fetching import Fetcher
from media_workers.files import Prompts, Root
from media_workers.stores import Store
from switchroom.clock import SystemClock
from switchroom.config.sections import MediaSection
from switchroom.logs import get_logger
from tests.media_workers.web import Web, web_server

NOW = 1_700_000_000.0


def file(path: Path, used_s_ago: float, size: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, (NOW - used_s_ago, NOW - 1e6))
    return path


def left(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_was_used_longest_ago_goes_first_until_the_rest_fits(tmp_path: Path) -> None:
    file(tmp_path / "a" / "old.wav", 3000)
    file(tmp_path / "new.wav", 1000)
    file(tmp_path / "a" / "oldest.wav", 4000)
    assert clean(tmp_path, 300, NOW) == (0, False)
    assert clean(tmp_path, 200, NOW) == (1, False)
    assert left(tmp_path) == {"a/old.wav", "new.wav"}


def test_what_is_asked_for_again_is_new_and_as_old_as_its_original(tmp_path: Path) -> None:
    asked = file(tmp_path / "asked.wav", 4000)
    file(tmp_path / "other.wav", 3000)
    mark_used(str(asked), NOW - 100)
    mark_used(str(tmp_path / "gone.wav"), NOW)
    clean(tmp_path, 100, NOW)
    assert left(tmp_path) == {"asked.wav"}
    assert asked.stat().st_mtime == NOW - 1e6


def test_what_is_in_use_stays_whatever_the_bound_and_that_is_told(tmp_path: Path) -> None:
    file(tmp_path / "used.wav", IN_USE_S - 1)
    file(tmp_path / "half.wav.0a.fetching", IN_USE_S - 1)
    file(tmp_path / "old.wav", IN_USE_S + 1)
    assert clean(tmp_path, 10, NOW) == (1, True)
    assert left(tmp_path) == {"used.wav", "half.wav.0a.fetching"}


def test_what_a_process_that_died_was_fetching_goes_though_there_is_room(tmp_path: Path) -> None:
    file(tmp_path / "half.wav.0a.fetching", IN_USE_S + 1)
    file(tmp_path / "whole.wav", IN_USE_S + 1)
    assert clean(tmp_path, 1000, NOW) == (1, False)
    assert left(tmp_path) == {"whole.wav"}


def test_a_folder_that_is_not_there_is_within_its_bound(tmp_path: Path) -> None:
    assert clean(tmp_path / "none", 10, NOW) == (0, False)


def fetcher(tmp_path: Path, web: Web) -> Fetcher:
    (tmp_path / "prompts").mkdir(exist_ok=True)
    fetched = Root(tmp_path / "fetched")
    prompts = Prompts(Root(tmp_path / "prompts"), fetched)
    store = Store(web.url, MediaSection())
    log = get_logger("test")
    return Fetcher(store, prompts, fetched.folder, SystemClock(), log, fresh_s=300.0, most_bytes=250)


async def fetch(fetching: Fetcher, name: str) -> None:
    task = fetching.wanted(name)
    assert task is not None
    await task
    assert fetching._cleaning is not None
    await asyncio.wait([fetching._cleaning], timeout=0.5)


def age(folder: Path, **used_s_ago: float) -> None:
    for name, seconds in used_s_ago.items():
        path = folder / f"{name}.wav"
        os.utime(path, (time.time() - seconds, path.stat().st_mtime))


@pytest.mark.asyncio
async def test_prompts_of_a_web_server_come_and_go_and_a_restart_knows_which_were_played_last(tmp_path: Path) -> None:
    with web_server() as web:
        web.files = {f"/{name}.wav": bytes(100) for name in "abcd"}
        first, folder = fetcher(tmp_path, web), tmp_path / "fetched"
        await fetch(first, "a.wav")
        await fetch(first, "b.wav")
        age(folder, a=3000, b=4000)
        assert first.wanted("b.wav") is None  # played again, from here
        age(folder, b=2000)
        await first.close()
        again = fetcher(tmp_path, web)
        await fetch(again, "c.wav")
        assert left(folder) == {"b.wav", "c.wav"}
        await fetch(again, "a.wav")
        assert left(folder) == {"a.wav", "c.wav"}
        await fetch(again, "d.wav")
        assert left(folder) == {"a.wav", "c.wav", "d.wav"}  # too much, but all in use
        assert again._cleaning is not None
        assert not again._cleaning.done()  # it looks again
        await again.close()
    assert [path for _, path, status in web.requests if status == 200] == [
        "/a.wav",
        "/b.wav",
        "/c.wav",
        "/a.wav",
        "/d.wav",
    ]
