"""Recordings of calls in which more goes on: two codecs, a prompt before, another recording that waits for power."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_workers.engine.rig import PCMU, Heard, Rig
from tests.media_workers.engine.talk import paced, talking
from tests.media_workers.engine.test_mixing import G722, tones_heard
from tests.media_workers.engine.test_playing import player, tone
from tests.media_workers.engine.test_recording import finished, read, recorder
from tests.media_workers.engine.test_transcoding import power, said_in
from tests.support.tones import FRAME, sine

AUDIBLE = 0.005
"""Of full power, as ``power`` gives it; a peer's tone has 0.03."""


def sides(path: Path) -> list[set[int]]:
    """Which tones are on the left and on the right, but for the beginning, at which nobody has spoken yet."""
    left, right, rate = read(path)
    assert rate == 8000
    return [{hertz for hertz in (400, 700, 1000) if power(side[2000:], hertz) > AUDIBLE} for side in (left, right)]


@pytest.mark.covers("EN-036", "EN-065")
def test_a_call_of_two_codecs_loses_nothing_by_being_recorded(rig: Rig, tmp_path: Path) -> None:
    wide, narrow = said_in(rig, G722, sine(1000, 1.0)), sine(400, 1.0)
    a, b = rig.peer(), rig.peer()
    handle, a_port = rig.open(a, group="g", recorders=[recorder(tmp_path / "call.wav")])
    _, b_port = rig.open(b, group="g", formats=[G722])
    heard: tuple[list[Heard], list[Heard]] = ([], [])
    for n in paced(50):
        a.talk(a_port, narrow[n * FRAME : (n + 1) * FRAME])
        b.talk(b_port, wide[n].payload, payload_type=9)
        for peer, packets in zip((a, b), heard, strict=True):
            packets += peer.hear(1000, timeout_s=0.0)
    for peer, packets in zip((a, b), heard, strict=True):
        packets += peer.hear(50 - len(packets))
    rig.close(handle)
    assert [[packet.payload_type for packet in packets] for packets in heard] == [[0] * 50, [9] * 50]
    assert tones_heard(heard[0]) == {1000}
    assert sides(tmp_path / "call.wav") == [{400}, {1000}]


@pytest.mark.covers("EN-055", "EN-056", "EN-075")
def test_a_prompt_then_a_mix_then_a_recording_of_it(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "mix.wav"
    a, b = rig.peer(), rig.peer()
    handle, a_port = rig.open(a, player=player("p", tone("700:10000")))
    _, b_port = rig.open(b, group="g")
    assert tones_heard(a.hear(10)) == {700}
    rig.set(handle, a, group="g")
    rig.set(handle, a, group="g", recorders=[recorder(path, max_duration_ms=800)])
    with talking([(a, a_port, 400), (b, b_port, 1000)]):
        assert finished(rig) == "finished.timeout"
        assert tones_heard(b.hear(1000, timeout_s=0.0)[10:]) == {400}
    rig.close(handle)
    told = rig.told(handle, "play_started", "play_ended", "record", "closed")
    expected = ["play_started", "interrupted", "recording", "finished.timeout", "closed"]
    assert [detail or kind for kind, _, detail in told] == expected
    assert path.stat().st_size == 44 + 800 * 32
    assert sides(path) == [{400}, {1000}]


@pytest.mark.covers("EN-067", "EN-068")
def test_one_recording_by_power_beside_one_of_all(rig: Rig, tmp_path: Path) -> None:
    """In wideband, where 64 bytes are a millisecond: the sizes asked for are there in half the time."""
    gated, whole = tmp_path / "gated.wav", tmp_path / "whole.wav"
    gate = recorder(gated, id="g", start_above_power=40, finish_below_power=80, average_frames=5)
    peer, codes = rig.peer(), sine(700, 0.44)
    recorders = [gate, recorder(whole, id="w", max_duration_ms=2000)]
    _, port = rig.open(peer, formats=[G722, PCMU], recorders=recorders)
    for n in paced(80):
        at = (n - 25) * FRAME
        peer.talk(port, codes[at : at + FRAME] if 0 <= at < len(codes) else b"\xff" * FRAME)
    assert (finished(rig, "g"), finished(rig, "w")) == ("finished.belowpower", "finished.timeout")
    assert 30_000 <= gated.stat().st_size <= 50_000
    assert whole.stat().st_size == 44 + 2000 * 64, "of 110,000 to 190,000"
