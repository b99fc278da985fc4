"""Stores of prompts and recordings: a folder, a web server, and a server that speaks S3."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from media_workers.errors import StoreFailed
from media_workers.stores import Store
from switchroom.config.sections import MediaSection
from tests.media_workers.web import Web, web_server

pytestmark = pytest.mark.asyncio
MOST = 1 << 20


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as web:
        yield web


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, Any]]:
    """A server that speaks S3, with one bucket; what configures it."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/calls", method="PUT")) as made:
        assert made.status == 200
    yield {"store_endpoint": endpoint, "store_key_id": "key", "store_secret": "secret"}
    server.stop()


async def round_trip(store: Store, tmp_path: Path) -> None:
    """What is put comes back as it was, whole; what is not there fails; what is too large is refused."""
    source, copy = tmp_path / "source", tmp_path / "copies" / "deep" / "copy"
    source.write_bytes(bytes(range(256)) * 1000)
    await store.put("605/a b+ü.wav", str(source))
    assert await store.fetch("605/a b+ü.wav", str(copy), None, MOST)
    assert copy.read_bytes() == source.read_bytes()
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
    changed = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
    assert not await store.fetch("605/a b+ü.wav", str(copy), changed, MOST)
    for name, most in (("605/none.wav", MOST), ("605/a b+ü.wav", 1000)):
        with pytest.raises(StoreFailed):
            await store.fetch(name, str(tmp_path / "no"), None, most)
    assert not (tmp_path / "no").exists()


@pytest.mark.covers("ND-012")
async def test_a_folder(tmp_path: Path) -> None:
    await round_trip(Store(str(tmp_path / "shared"), MediaSection()), tmp_path)
    assert (tmp_path / "shared" / "605" / "a b+ü.wav").exists()
    await round_trip(Store(f"file://{tmp_path}/other", MediaSection()), tmp_path)


@pytest.mark.covers("ND-012")
async def test_a_web_server(tmp_path: Path, web: Web) -> None:
    await round_trip(Store(f"{web.url}/archive/", MediaSection(store_token="t0k")), tmp_path)
    assert web.tokens == {"Bearer t0k"}
    assert ("PUT", "/archive/605/a%20b+%C3%BC.wav", 201) in web.requests


@pytest.mark.covers("ND-012")
async def test_a_server_that_speaks_s3(tmp_path: Path, s3: dict[str, Any]) -> None:
    await round_trip(Store("s3://calls/2026", MediaSection(**s3)), tmp_path)


async def test_a_server_that_is_not_there_fails_in_words(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(StoreFailed, match=r"http://127\.0\.0\.1:1/b: "):
        await Store("http://127.0.0.1:1", MediaSection()).put("b", str(tmp_path / "a"))


async def test_two_workers_may_fetch_one_file_into_one_folder(tmp_path: Path) -> None:
    source = tmp_path / "store" / "a"
    source.parent.mkdir()
    source.write_bytes(bytes(range(256)) * 20_000)
    stores = [Store(str(source.parent), MediaSection()) for _ in range(4)]
    to = tmp_path / "fetched" / "a"
    await asyncio.gather(*(store.fetch("a", str(to), None, 1 << 24) for store in stores))
    assert to.read_bytes() == source.read_bytes()
    assert list(to.parent.iterdir()) == [to]


async def test_a_fetch_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "store" / "a"
    source.parent.mkdir()
    source.write_bytes(bytes(1 << 24))
    (tmp_path / "fetched").mkdir()
    task = asyncio.create_task(
        Store(str(source.parent), MediaSection()).fetch("a", str(tmp_path / "fetched" / "a"), None, 1 << 25)
    )
    while not list((tmp_path / "fetched").iterdir()):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "fetched").iterdir()) == []


@pytest.mark.parametrize("name", ["a\nb", "../a"])
async def test_a_name_that_no_store_has_fails_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreFailed):
        await Store(str(tmp_path), MediaSection()).fetch(name, str(tmp_path / "no"), None, MOST)
