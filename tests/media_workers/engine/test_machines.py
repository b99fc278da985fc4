"""Tones of machines in the audio: fax, special information, the beep of an answering machine, busy."""

from __future__ import annotations

import time

import pytest

from tests.media_workers.engine.rig import Rig
from tests.support.tones import FRAME, sine

SILENCE = b"\xff" * FRAME * 15


def sounds(*parts: tuple[float, float]) -> bytes:
    """Sines of these frequencies and durations, one after the other."""
    return b"".join(sine(hertz, duration_s) for hertz, duration_s in parts)


@pytest.mark.parametrize(
    ("name", "audio"),
    [
        ("fax.cng", sounds((1100, 0.5))),
        ("fax.ced", sounds((2100, 0.7))),
        ("sit", sounds((950, 0.34), (1400, 0.34), (1800, 0.34))),
        ("beep", sounds((1000, 0.4))),
        ("busy", (sounds((425, 0.5)) + b"\xff" * FRAME * 25) * 3),
    ],
)
def test_a_machine_is_recognised(rig: Rig, name: str, audio: bytes) -> None:
    """With telephone events negotiated, when it is asked for."""
    peer = rig.peer()
    handle, port = rig.open(peer)
    rig.set(handle, peer, detect_tones=True, event_receive=101, event_send=101)
    due = time.monotonic()
    said = SILENCE + audio + SILENCE
    for at in range(0, len(said), FRAME):
        peer.talk(port, said[at : at + FRAME])
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
    assert rig.wait(lambda event: event.kind == "tone").text == name
    assert set(rig.told(handle, "tone")) == {("tone", name, "")}
