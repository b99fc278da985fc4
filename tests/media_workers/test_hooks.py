"""``on_fetch`` and ``on_finished``: prompts that come from elsewhere, recordings that go there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from switchroom.v1 import media_pb2 as media
from tests.media_workers.engine.rig import Peer
from tests.media_workers.left import left
from tests.media_workers.office import MediaOffice, spec
from tests.media_workers.web import Web, web_server
from tests.support.tones import decode, hears
from tests.support.wav import read_samples, write_tone
from tests.switchroom.bus.exchange import until

pytestmark = pytest.mark.asyncio


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as web:
        yield web


@pytest.fixture
def phone() -> Iterator[Peer]:
    phone = Peer()
    yield phone
    phone.socket.close()


def hooked(tmp_path: Path, web: Web, **section: Any) -> MediaOffice:
    return MediaOffice(
        tmp_path,
        on_fetch=f"{web.url}/prompts",
        fetched=str(tmp_path / "fetched"),
        on_finished=f"{web.url}/done",
        **section,
    )


def tone(web: Web, tmp_path: Path, name: str, hertz: float) -> None:
    """A prompt on the server; each is newer than the last."""
    web.files[f"/prompts/{name}"] = write_tone(tmp_path / "made.wav", hertz, 0.5).read_bytes()
    web.changed_at[f"/prompts/{name}"] = 1e9 + len(web.requests)


def playing(port: int, phone: Peer, *files: str, **fields: Any) -> media.ChannelSpec:
    asked = spec(port, phone.address, **fields)
    asked.player.player_id = f"p{asked.generation}"
    asked.player.started_at.FromMicroseconds(int(time.time() * 1e6))
    for file in files:
        asked.player.soup.items.add(file=file)
    return asked


def markers(folder: Path) -> int:
    """Recordings that are still to be handed over."""
    return len(list(folder.glob(".handover-*/*")))


async def hears_tone(phone: Peer, hertz: float) -> bool:
    packets = await asyncio.to_thread(phone.hear, 20)
    return hears(decode(b"".join(packet.payload for packet in packets)), hertz)


@pytest.mark.covers("ND-012", "EN-060")
async def test_a_prompt_that_is_not_here_is_fetched_once(tmp_path: Path, web: Web, phone: Peer) -> None:
    tone(web, tmp_path, "deep/hello.wav", 1000)
    async with hooked(tmp_path, web) as office:
        port = (await office.block()).first_port
        await office.set(playing(port, phone, "deep/hello.wav"))
        assert await hears_tone(phone, 1000)
        await office.set(playing(port, phone, "deep/hello.wav", generation=2))
        assert await hears_tone(phone, 1000)
    assert web.requests == [("GET", "/prompts/deep/hello.wav", 200)]
    assert (tmp_path / "fetched" / "deep" / "hello.wav").exists()


async def test_an_old_copy_is_played_at_once_and_compared_meanwhile(tmp_path: Path, web: Web, phone: Peer) -> None:
    tone(web, tmp_path, "hello.wav", 1000)
    async with hooked(tmp_path, web) as office:
        await office.set(playing((await office.block()).first_port, phone, "hello.wav"))
        assert await hears_tone(phone, 1000)
    tone(web, tmp_path, "hello.wav", 440)
    async with hooked(tmp_path, web) as office:
        port = (await office.block()).first_port
        await office.set(playing(port, phone, "hello.wav"))
        assert await hears_tone(phone, 1000)
        await until(lambda: len(web.requests) == 2)
        await until(lambda: (tmp_path / "fetched" / "hello.wav").stat().st_mtime > 1e9)
        await office.set(playing(port, phone, "hello.wav", generation=2))
        await asyncio.to_thread(phone.hear, 10)
        assert await hears_tone(phone, 440)


async def test_what_cannot_be_fetched_is_told_and_the_rest_is_played(tmp_path: Path, web: Web, phone: Peer) -> None:
    tone(web, tmp_path, "there.wav", 1000)
    async with hooked(tmp_path, web) as office:
        await office.set(playing((await office.block()).first_port, phone, "none.wav", "there.wav"))
        assert await hears_tone(phone, 1000)
        told = await office.told("play")
        assert (told.play.reason, told.play.file.partition(":")[0]) == (
            "no-file",
            str(tmp_path / "fetched" / "none.wav"),
        )


async def test_a_spec_without_the_prompt_overtakes_the_fetch(tmp_path: Path, web: Web, phone: Peer) -> None:
    tone(web, tmp_path, "hello.wav", 1000)
    async with hooked(tmp_path, web) as office:
        port = (await office.block()).first_port
        web.answers.clear()
        await office.set(playing(port, phone, "hello.wav"))
        await office.set(spec(port, phone.address, generation=2))
        web.answers.set()
        await until(lambda: len(web.requests) == 1)
        await until(lambda: (tmp_path / "fetched" / "hello.wav").exists())
        assert await asyncio.to_thread(phone.raw, 0.2) == b""


def recording(port: int, phone: Peer, began_s: float, **fields: Any) -> media.ChannelSpec:
    asked = spec(port, phone.address, **fields)
    recorder = asked.recorders.add(recorder_id="r", file="605/a.wav", channels=1)
    recorder.started_at.FromMicroseconds(int(began_s * 1e6))
    return asked


async def recorded(office: MediaOffice, event: str) -> media.RecordEvent:
    """The first event of a recording with this word."""

    def found() -> list[media.RecordEvent]:
        records = [e.media_event.record for e in office.messages.items if e.media_event.HasField("record")]
        return [record for record in records if record.event == event]

    await until(lambda: bool(found()))
    return found()[0]


@pytest.mark.covers("ND-012")
async def test_a_finished_recording_is_handed_over(tmp_path: Path, web: Web, phone: Peer) -> None:
    async with hooked(tmp_path, web, keep_recordings=False) as office:
        await office.set(recording((await office.block()).first_port, phone, time.time()))
        await asyncio.sleep(0.3)
        await office.close("c1")
        await until(lambda: "/done/605/a.wav" in web.files)
        kept = tmp_path / "605" / "a.wav"
        await until(lambda: not kept.exists())
    over = tmp_path / "over.wav"
    await asyncio.to_thread(over.write_bytes, web.files["/done/605/a.wav"])
    assert len(read_samples(over)) > 1000


async def test_a_store_that_fails_gets_it_when_it_works_again(tmp_path: Path, web: Web, phone: Peer) -> None:
    """Also when the worker was stopped meanwhile."""
    web.failing = True
    async with hooked(tmp_path, web) as office:
        await office.set(recording((await office.block()).first_port, phone, time.time()))
        await asyncio.sleep(0.2)
        await office.close("c1")
        await until(lambda: ("PUT", "/done/605/a.wav", 503) in web.requests)
        assert office.worker.hooks.status()["handover.pending"] == 1
    web.failing = False
    async with hooked(tmp_path, web):
        await until(lambda: "/done/605/a.wav" in web.files)
        await until(lambda: markers(tmp_path) == 0)
    assert len(read_samples(tmp_path / "605" / "a.wav")) > 800


@pytest.mark.covers("EN-065")
async def test_a_recording_goes_on_in_a_new_part(tmp_path: Path, web: Web, phone: Peer) -> None:
    (tmp_path / "605").mkdir()
    left(tmp_path / "605" / "a.wav", 5000)
    async with hooked(tmp_path, web) as office:
        port = (await office.block()).first_port
        await office.set(recording(port, phone, time.time() - 5))
        first, going_on = await recorded(office, "recording.part"), await recorded(office, "recording.continued")
        assert (first.file, first.duration_ms) == (str(tmp_path / "605" / "a.wav"), 5000)
        assert "/a.at-00000" in going_on.file
        await office.set(recording(port, phone, time.time() - 6, generation=2))
        await asyncio.sleep(0.3)
        await office.close("c1")
        last = await recorded(office, "finished.channelclosed")
        assert last.file == going_on.file
        assert last.duration_ms > 200
        await until(lambda: len([name for name in web.files if name.startswith("/done/605/")]) == 2)
    assert len(read_samples(tmp_path / "605" / "a.wav")) == 40_000


async def test_the_longest_duration_counts_all_parts(tmp_path: Path, web: Web, phone: Peer) -> None:
    async with hooked(tmp_path, web) as office:
        asked = recording((await office.block()).first_port, phone, time.time() - 5)
        asked.recorders[0].max_duration_ms = 5300
        await office.set(asked)
        assert 200 <= (await recorded(office, "finished.timeout")).duration_ms <= 320


async def test_what_nobody_goes_on_with_gets_its_name(tmp_path: Path, web: Web) -> None:
    left(tmp_path / "a.wav", 1000)
    async with hooked(tmp_path, web) as office:
        await office.worker.hooks.salvage()
        await until(lambda: "/done/a.wav" in web.files)
    assert len(read_samples(tmp_path / "a.wav")) == 8000
