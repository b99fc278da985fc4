"""A prompt and then a recording: no gap, barge-in by voice and by digit, and an end for who says nothing."""

from __future__ import annotations

import time
import wave
from pathlib import Path
from typing import Any

import pytest
import rtp_engine

from tests.media_workers.engine.rig import PAIRS, Peer, Rig
from tests.media_workers.engine.talk import level, paced, talking
from tests.media_workers.engine.test_recording import finished, recorder

EVENTS = {"event_receive": 101, "event_send": 101}
LOUD = (0, 0, 0, 100, 5)
"""Barge-in power 100, average 5 (EN-073)."""
USUAL = (0, 0, 0, 0, 0)


def prompt(ms: int = 10_000, **fields: Any) -> rtp_engine.PlayerSpec:
    return rtp_engine.PlayerSpec("p", [(True, f"400:{ms}", 0, 0, 0, 0)], **fields)


def behind(path: Path, **fields: Any) -> list[rtp_engine.RecorderSpec]:
    return [recorder(path, channels=1, after_player="p", **fields)]


def play_end(rig: Rig) -> rtp_engine.Event:
    return rig.wait(lambda e: e.kind == "play_ended")


def gap_ms(rig: Rig) -> float:
    """From the end of the prompt to the beginning of the recording, which is told behind it."""
    began = rig.wait(lambda e: e.kind == "record" and e.detail == "recording")
    ended = play_end(rig)
    assert rig.events.index(ended) < rig.events.index(began)
    return (began.unix_us - ended.unix_us) / 1000


def silence(peer: Peer, port: int, seconds: float) -> None:
    for _ in paced(round(seconds * 50)):
        peer.talk(port, b"\xff" * 160)


def samples_of(path: Path) -> list[int]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        data = file.readframes(file.getnframes())
    return [int.from_bytes(data[n : n + 2], "little", signed=True) for n in range(0, len(data), 2)]


def said_in(path: Path) -> float:
    """How loud the peer's tone is, from its onset on; what is before that is a margin, not the prompt's time."""
    samples = samples_of(path)
    first = next(n for n, sample in enumerate(samples) if abs(sample) > 1000) // 8
    assert first < 400
    return level(samples[(first + 20) * 8 : (first + 620) * 8], 700)


@pytest.mark.covers("EN-072")
def test_the_recording_begins_with_the_end_of_the_prompt(rig: Rig, tmp_path: Path) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    options = {"player": prompt(1500), "recorders": behind(path, max_duration_ms=400)}
    _, port = rig.open(peer, **options)
    silence(peer, port, 1.4)
    assert play_end(rig).detail == "completed"
    assert 0 <= gap_ms(rig) <= 25
    assert finished(rig) == "finished.timeout"
    samples = samples_of(path)
    assert len(samples) == 400 * 8
    assert max(map(abs, samples)) < 100, "nothing of the prompt, nor of its fading away"


@pytest.mark.covers("EN-072", "EN-073")
@pytest.mark.parametrize("voice", [LOUD, USUAL])
def test_who_speaks_into_the_prompt_ends_it_and_is_recorded_from_the_onset(
    rig: Rig, tmp_path: Path, voice: tuple[int, int, int, int, int]
) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    recorders = behind(path, finish_after_silence_ms=500, max_wait_ms=5000)
    handle, port = rig.open(peer, player=prompt(voice=voice), recorders=recorders)
    silence(peer, port, 1.5)
    assert rig.told(handle, "play_ended", "record") == []
    with talking([(peer, port, 700)]):
        assert play_end(rig).detail == "interrupted"
        time.sleep(0.8)
    assert 0 <= gap_ms(rig) <= 25
    assert finished(rig) == "finished.silence"
    assert said_in(path) > 0.2  # nothing is missing from the onset on


@pytest.mark.covers("EN-074")
def test_a_digit_ends_the_prompt_and_begins_the_recording(rig: Rig, tmp_path: Path) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    options = {"player": prompt(interruptible=True), "recorders": behind(path, max_duration_ms=200)}
    _, port = rig.open(peer, **options, **EVENTS)
    silence(peer, port, 0.3)
    peer.press(port, 5)
    assert play_end(rig).detail == "telephone-event"
    assert 0 <= gap_ms(rig) <= 25
    assert finished(rig) == "finished.timeout"


@pytest.mark.covers("EN-072", "EN-073")
def test_who_is_silent_hears_all_of_a_prompt_that_voice_may_end(rig: Rig, tmp_path: Path) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    options = {"player": prompt(1000, voice=LOUD), "recorders": behind(path, max_duration_ms=400)}
    _, port = rig.open(peer, **options)
    silence(peer, port, 1.1)
    assert play_end(rig).detail == "completed"
    assert 0 <= gap_ms(rig) <= 25
    assert finished(rig) == "finished.timeout"
    assert len(samples_of(path)) == 400 * 8


def test_voice_alone_does_not_end_what_only_a_digit_may(rig: Rig, tmp_path: Path) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    player = prompt(1000, interruptible=True)
    _, port = rig.open(peer, player=player, recorders=behind(path, max_duration_ms=1500), **EVENTS)
    with talking([(peer, port, 700)]):
        assert play_end(rig).detail == "completed"
        assert finished(rig) == "finished.timeout"
    assert said_in(path) > 0.2  # what was said into the prompt is not lost


def test_who_says_nothing_is_told(rig: Rig, tmp_path: Path) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    options = {"player": prompt(200), "recorders": behind(path, max_wait_ms=600)}
    rig.open(peer, **options)
    assert play_end(rig).detail == "completed"
    assert finished(rig) == "finished.nospeech"
    gate = tmp_path / "gate.wav"
    rig.open(rig.peer(), recorders=[recorder(gate, id="gate", start_above_power=500, max_wait_ms=300)])
    assert finished(rig, "gate") == "finished.nospeech"
    assert not gate.exists()


@pytest.mark.covers("EN-075")
@pytest.mark.parametrize("begun", [False, True])
def test_a_request_to_finish_ends_it_in_the_prompt_and_behind_it(rig: Rig, tmp_path: Path, begun: bool) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    player = prompt(100 if begun else 10_000)
    handle, _ = rig.open(peer, player=player, recorders=behind(path))
    rig.wait(lambda e: e.kind == ("record" if begun else "play_started"))
    rig.set(handle, peer, player=player, recorders=behind(path, finished=True))
    assert finished(rig) == "finished.requested"
    assert [p.name for p in tmp_path.iterdir()] == (["a.wav"] if begun else [])
    assert rig.close(handle).text == "requested"


@pytest.mark.covers("EN-075")
def test_a_close_in_mid_prompt_leaves_no_file_open(rig: Rig, tmp_path: Path) -> None:
    for _ in range(PAIRS):  # the order must hold each time: two threads tell of the two ends
        handle, _ = rig.open(rig.peer(), player=prompt(), recorders=behind(tmp_path / "a.wav"))
        rig.wait(lambda e, handle=handle: e.kind == "play_started" and e.handle == handle)  # type: ignore[misc]
        rig.close(handle)
        kinds = ("play_started", "play_ended", "record", "closed")
        assert [detail or kind for kind, _, detail in rig.told(handle, *kinds)] == [
            "play_started",
            "channelclosed",
            "finished.channelclosed",
            "closed",
        ]
    assert list(tmp_path.iterdir()) == []


def test_a_prompt_without_a_file_is_no_obstacle(rig: Rig, tmp_path: Path) -> None:
    player = rtp_engine.PlayerSpec("p", [(False, "/nowhere.wav", 0, 0, 0, 0)])
    rig.open(rig.peer(), player=player, recorders=behind(tmp_path / "a.wav", max_duration_ms=100))
    assert play_end(rig).detail == "no-file"
    assert finished(rig) == "finished.timeout"


def test_a_prompt_over_music_ends_by_voice_too_and_the_music_goes_on(rig: Rig) -> None:
    peer = rig.peer()
    over = rtp_engine.PlayerSpec("over", [(True, "1000:10000", 0, 0, 0, 0)], voice=USUAL)
    handle, port = rig.open(peer, player=prompt(), overlays=[over])
    silence(peer, port, 0.3)
    with talking([(peer, port, 700)]):
        ended = play_end(rig)
    assert (ended.text, ended.detail) == ("over", "interrupted")
    assert [text for _, text, _ in rig.told(handle, "play_ended")] == ["over"]


@pytest.mark.covers("EN-068", "EN-069")
def test_a_gate_of_two_seconds_beside_a_recording_of_all(rig: Rig, tmp_path: Path) -> None:
    gated, whole = tmp_path / "gated.wav", tmp_path / "whole.wav"
    peer = rig.peer()
    gate = {"start_above_power": 40, "finish_below_power": 80, "min_duration_ms": 2000, "average_frames": 20}
    recorders = [recorder(gated, id="g", **gate), recorder(whole, id="w")]
    handle, port = rig.open(peer, recorders=recorders)
    silence(peer, port, 0.5)
    with talking([(peer, port, 700)]):
        rig.wait(lambda e: e.kind == "record" and e.detail == "recording.abovepower")
        time.sleep(1.5)
    silence(peer, port, 1.0)
    assert finished(rig, "g") == "finished.belowpower"
    rig.close(handle)
    assert 70_000 <= gated.stat().st_size <= 80_000
    assert 90_000 <= whole.stat().st_size <= 190_000


@pytest.mark.covers("EN-068", "EN-069")
def test_a_gate_and_then_a_limit(rig: Rig, tmp_path: Path) -> None:
    path, peer = tmp_path / "a.wav", rig.peer()
    options = recorder(path, start_above_power=40, max_duration_ms=500)
    _, port = rig.open(peer, recorders=[options])
    with talking([(peer, port, 700)]):
        assert finished(rig) == "finished.timeout"
    assert 16_000 <= path.stat().st_size <= 18_000
