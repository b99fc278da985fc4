"""Files and what is kept of them: when they are decoded, anew or not at all."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import pytest

from tests.media_workers.engine.rig import Peer, Rig
from tests.media_workers.engine.test_playing import file, flat, player, values


def long_wav(path: Path, seconds: int, *, rate: int, channels: int) -> str:
    """Silence, which takes no room on the disk."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"")
    with path.open("r+b") as sound:
        sound.seek(40)
        sound.write((seconds * rate * channels * 2).to_bytes(4, "little"))
        sound.truncate(44 + seconds * rate * channels * 2)
    return str(path)


def heard(rig: Rig, peer: Peer, player_id: str, path: str) -> int:
    rig.set(1, peer, player=player(player_id, file(path)))
    return values(peer.hear(1))[0]


@pytest.mark.covers("EN-059")
def test_a_file_that_changed_is_another_sound_and_one_that_did_not_is_not_read_again(rig: Rig, tmp_path: Path) -> None:
    one, peer = tmp_path / "one.wav", rig.peer()
    rig.open(peer)
    os.utime(flat(one, 1000, 20), ns=(0, 10**18))
    assert heard(rig, peer, "a", str(one)) == pytest.approx(1000, rel=0.1)
    os.utime(flat(one, 4000, 20), ns=(0, 10**18))  # of the same size and age: nobody can see that
    assert heard(rig, peer, "b", str(one)) == pytest.approx(1000, rel=0.1)
    os.utime(one, ns=(0, 10**18 + 1))
    assert heard(rig, peer, "c", str(one)) == pytest.approx(4000, rel=0.1)
    os.utime(flat(one, 9000, 40), ns=(0, 10**18 + 1))
    assert heard(rig, peer, "d", str(one)) == pytest.approx(9000, rel=0.1)


def test_a_file_that_is_too_long_is_told_with_the_limit(rig: Rig, tmp_path: Path) -> None:
    path = long_wav(tmp_path / "long.wav", 3700, rate=8000, channels=1)
    handle, _ = rig.open(rig.peer(), player=player("p", file(path)))
    assert rig.wait(lambda e: e.kind == "play_ended").detail == "no-file"
    assert rig.told(handle, "no_file") == [("no_file", "p", f"{path}: too long: more than 3600 s")]


def test_what_is_known_does_not_wait_for_what_is_decoded(rig: Rig, tmp_path: Path) -> None:
    short, peer = flat(tmp_path / "short.wav", 1000, 20), rig.peer()
    rig.open(peer, player=player("first", file(short)))
    rig.wait(lambda e: e.kind == "play_ended")
    path = long_wav(tmp_path / "long.wav", 400, rate=48_000, channels=2)
    rig.open(rig.peer(), player=player("long", file(path)))
    rig.set(1, peer, player=player("again", file(short)))
    rig.wait(lambda e: e.kind == "play_started" and e.text == "again")
    assert rig.told(2, "play_started") == []
    rig.wait(lambda e: e.kind == "play_started" and e.text == "long")


def test_one_that_must_not_be_played_is_told_and_stepped_over(rig: Rig, tmp_path: Path) -> None:
    refused, one = (2, "../x.wav", 0, 0, 0, 0), flat(tmp_path / "one.wav", 1000, 20)
    handle, _ = rig.open(rig.peer(), player=player("p", refused, file(one)))
    assert rig.wait(lambda e: e.kind == "play_ended").detail == "completed"
    assert rig.told(handle, "no_file") == [("no_file", "p", "../x.wav: not below the prompt root")]
