"""Recordings: a stereo time line by the clock, control, gates, and whole files only."""

from __future__ import annotations

import os
import struct
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rtp_engine

from tests.media_workers.engine.rig import Peer, Rig
from tests.media_workers.engine.talk import level, talking
from tests.support.tones import decode, encode, sine


def recorder(path: Path, **fields: Any) -> rtp_engine.RecorderSpec:
    """Named fields, the rest as if not given."""
    return rtp_engine.RecorderSpec(str(fields.pop("id", "r")), str(path), **fields)


def read(path: Path) -> tuple[list[int], list[int], int]:
    """Left, right and rate."""
    with wave.open(str(path)) as file:
        count = file.getnframes() * file.getnchannels()
        samples = list(struct.unpack(f"<{count}h", file.readframes(file.getnframes())))
        return samples[0::2], samples[1::2], file.getframerate()


def finished(rig: Rig, text: str = "r") -> str:
    """How a recording ended."""
    return rig.wait(lambda e: e.kind == "record" and e.text == text and e.detail.startswith("finished")).detail


@pytest.mark.covers("EN-020", "EN-065", "EN-070")
def test_left_is_the_peer_and_right_is_what_it_hears(rig: Rig, tmp_path: Path) -> None:
    a, b = rig.peer(), rig.peer()
    path = tmp_path / "calls" / "one.wav"
    _, a_port = rig.open(a, group="g", recorders=[recorder(path)])
    _, b_port = rig.open(b, group="g")
    with talking([(a, a_port, 400), (b, b_port, 1000)]):
        time.sleep(1.0)
        assert not path.exists()
    rig.set(1, a, group="g", recorders=[recorder(path, finished=True)])
    assert finished(rig) == "finished.requested"
    left, right, rate = read(path)
    assert rate == 8000
    assert 0.8 < len(left) / rate < 1.5
    middle = slice(2000, 7000)
    assert level(left[middle], 400) > 0.1 > level(left[middle], 1000)
    assert level(right[middle], 1000) > 0.1 > level(right[middle], 400)
    event = rig.wait(lambda e: e.kind == "record" and e.detail == "finished.requested")
    assert (event.number, event.file) == (path.stat().st_size, str(path))
    assert abs(event.duration_ms - len(left) / 8) < 1


@pytest.mark.covers("EN-071")
def test_silence_is_recorded_as_silence(rig: Rig, tmp_path: Path) -> None:
    peer = rig.peer()
    path = tmp_path / "quiet.wav"
    handle, port = rig.open(peer, recorders=[recorder(path)])
    began = time.monotonic()
    with talking([(peer, port, 400)]):
        time.sleep(0.3)
    time.sleep(0.6)
    with talking([(peer, port, 400)]):
        time.sleep(0.3)
    rig.close(handle)
    lasted = time.monotonic() - began
    left, _, rate = read(path)
    assert abs(len(left) / rate - lasted) < 0.25
    assert max(map(abs, left[int(0.65 * rate) : int(0.8 * rate)])) < 100


@pytest.mark.covers("EN-070", "EN-075")
def test_the_file_is_whole_and_told_before_the_channel_is_closed(rig: Rig, tmp_path: Path) -> None:
    handle, _ = rig.open(rig.peer(), recorders=[recorder(tmp_path / "a.wav")])
    rig.wait(lambda e: e.kind == "record" and e.detail == "recording")
    time.sleep(0.1)
    rig.close(handle)
    assert [detail or kind for kind, _, detail in rig.told(handle, "record", "closed")] == [
        "recording",
        "finished.channelclosed",
        "closed",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav"]


@pytest.mark.covers("EN-067")
def test_two_recordings_at_once_are_independent(rig: Rig, tmp_path: Path) -> None:
    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    peer = rig.peer()
    first, second = recorder(one, id=1, max_duration_ms=200), recorder(two, id=2, channels=1)
    handle, _ = rig.open(peer, recorders=[first, second])
    assert finished(rig, "1") == "finished.timeout"
    assert one.stat().st_size == 44 + 200 * 32
    rig.close(handle)
    assert finished(rig, "2") == "finished.channelclosed"
    with wave.open(str(two)) as file:
        assert file.getnchannels() == 1


@pytest.mark.covers("EN-066")
def test_a_pause_is_left_out(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "paused.wav"
    peer = rig.peer()
    handle, _ = rig.open(peer, recorders=[recorder(path)])
    time.sleep(0.3)
    rig.set(handle, peer, recorders=[recorder(path, paused=True)])
    time.sleep(0.5)
    rig.set(handle, peer, recorders=[recorder(path)])
    time.sleep(0.2)
    rig.close(handle)
    left, _, rate = read(path)
    assert 0.4 < len(left) / rate < 0.7


@pytest.mark.covers("EN-068")
def test_a_gate_opens_with_sound(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "gate.wav"
    peer = rig.peer()
    handle, port = rig.open(
        peer, recorders=[recorder(path, start_above_power=200, finish_below_power=100, average_frames=5)]
    )
    peer.talk(port, b"\xff" * 160)
    time.sleep(0.2)
    assert rig.told(handle, "record") == []
    with talking([(peer, port, 400)]):
        rig.wait(lambda e: e.kind == "record" and e.detail == "recording.abovepower")
    assert finished(rig) == "finished.belowpower"
    assert path.exists()


def test_a_folder_that_cannot_be_written_is_told_and_the_call_goes_on(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True, recorders=[recorder(Path("/proc/nowhere/a.wav"))])
    assert finished(rig).startswith("finished.open-failed: ")
    peer.talk(port, b"on")
    assert peer.hear()[0].payload == b"on"
    rig.close(handle)
    assert len(rig.told(handle, "record")) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for two seconds of a stereo recording."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_ends_the_recording_and_the_call_goes_on(rig: Rig, small_disk: Path, tmp_path: Path) -> None:
    peer = rig.peer()
    full, other = small_disk / "a.wav", tmp_path / "b.wav"
    recorders = [recorder(full, id=1), recorder(other, id=2)]
    handle, port = rig.open(peer, echo=True, recorders=recorders)
    assert finished(rig, "1").startswith("finished.write-failed: ")
    peer.talk(port, b"on")
    assert peer.hear()[0].payload == b"on"
    rig.close(handle)
    assert finished(rig, "2") == "finished.channelclosed"
    event = rig.wait(lambda e: e.kind == "record" and e.text == "1" and e.detail.startswith("finished"))
    assert len(rig.told(handle, "closed")) == 1
    left, _, rate = read(full)
    assert event.duration_ms == len(left) * 1000 // rate > 1500
    assert len(read(other)[0]) > len(left)


@pytest.mark.covers("EN-056")
def test_a_member_of_a_conference_is_recorded_with_what_it_hears(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "room.wav"
    peers: list[Peer] = [rig.peer() for _ in range(3)]
    ports = [
        rig.open(peer, group="g", recorders=[recorder(path)] if index == 0 else [])[1]
        for index, peer in enumerate(peers)
    ]
    with talking([(peers[0], ports[0], 400), (peers[1], ports[1], 700)]):
        time.sleep(1.0)
    rig.close(1)
    left, right, _ = read(path)
    middle = slice(3000, 7000)
    assert level(left[middle], 400) > 0.1 > level(left[middle], 700)
    assert level(right[middle], 700) > 0.1 > level(right[middle], 400)


@pytest.mark.covers("EN-070")
def test_a_wideband_leg_is_recorded_wide(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "wide.wav"
    handle, _ = rig.open(rig.peer(), formats=[("G722", 9, 8000, 1)], recorders=[recorder(path)])
    time.sleep(0.2)
    rig.close(handle)
    assert read(path)[2] == 16000


def test_digits_in_the_audio_are_told_when_asked_for(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, detect_in_band=True)
    low, high = sine(770, 0.3), sine(1336, 0.3)
    both = zip(decode(low), decode(high), strict=True)
    codes = bytes(encode((a + b) // 2) for a, b in both)
    due = time.monotonic()
    for at in range(0, len(codes), 160):
        peer.talk(port, codes[at : at + 160])
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
    event = rig.wait(lambda e: e.kind == "digit")
    assert (event.handle, event.text, event.number) == (handle, "5", 1)
