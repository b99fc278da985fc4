"""A whole room recorded by its ear: a member without a peer, whose channel hears what all hear."""

from __future__ import annotations

import struct
import time
import wave
from pathlib import Path
from typing import Any

import pytest
import rtp_engine

from tests.media_workers.engine.rig import Rig
from tests.media_workers.engine.talk import level, talking

WIDE = ("L16", 97, 16_000, 1)
TONES = (440, 700, 1000)


class Ear:
    """As the frontend asks for it."""

    def __init__(self, rig: Rig, path: Path) -> None:
        self.rig, self.path = rig, path
        self.handle, self.port = rig.open(None, **self._spec())

    def _spec(self, **fields: Any) -> dict[str, Any]:
        recorder = rtp_engine.RecorderSpec("r", str(self.path), channels=1, source="said", **fields)
        wanted = {"formats": [WIDE], "group": "g", "receive": False, "heard_by": ["nobody"], "name": "ear"}
        return wanted | {"recorders": [recorder]}

    def set(self, **fields: Any) -> None:
        self.rig.set(self.handle, None, **self._spec(**fields))

    def close(self) -> rtp_engine.Event:
        """End it; how the recording ended."""
        self.rig.close(self.handle)
        return self.rig.wait(lambda e: e.kind == "record" and e.detail.startswith("finished"))

    def heard(self) -> list[int]:
        """Samples, 8,000 a second."""
        with wave.open(str(self.path)) as file:
            assert (file.getnchannels(), file.getframerate()) == (1, 16_000)
            count = file.getnframes()
            return list(struct.unpack(f"<{count}h", file.readframes(count)))[::2]


def tones(samples: list[int], begin_s: float, end_s: float) -> set[int]:
    """Which of TONES are in a part of it."""
    part = samples[int(begin_s * 8000) : int(end_s * 8000)]
    return {hertz for hertz in TONES if level(part, hertz) > 0.05}


@pytest.mark.covers("EN-065", "EN-071")
def test_all_of_a_room_are_in_it_while_they_come_and_go(rig: Rig, tmp_path: Path) -> None:
    peers = [rig.peer() for _ in TONES]
    ports = [rig.open(peers[0], group="g")[1]]
    began = time.monotonic()
    ear = Ear(rig, tmp_path / "room.wav")
    times = []
    with talking([(peers[0], ports[0], TONES[0])]):
        time.sleep(0.8)
        times.append(time.monotonic() - began)
    ports += [rig.open(peer, group="g")[1] for peer in peers[1:]]
    with talking(list(zip(peers, ports, TONES, strict=True))):
        time.sleep(0.8)
        times.append(time.monotonic() - began)
    rig.close(1)  # who was there when it began
    with talking(list(zip(peers, ports, TONES, strict=True))[1:]):
        time.sleep(0.8)
        times.append(time.monotonic() - began)
    rig.close(3)
    rig.close(4)
    time.sleep(0.3)
    lasted = time.monotonic() - began
    end = ear.close()
    assert (end.detail, end.number) == ("finished.channelclosed", ear.path.stat().st_size)
    samples = ear.heard()
    assert abs(len(samples) / 8000 - lasted) < 0.25
    alone, together, without = times
    assert tones(samples, 0.2, alone - 0.2) == {440}
    assert tones(samples, alone + 0.3, together - 0.2) == set(TONES)
    assert tones(samples, together + 0.3, without - 0.2) == {700, 1000}
    assert not tones(samples, lasted - 0.2, lasted)


@pytest.mark.covers("EN-066")
def test_it_pauses_and_finishes_while_the_room_goes_on(rig: Rig, tmp_path: Path) -> None:
    peers = [rig.peer() for _ in range(2)]
    ports = [rig.open(peer, group="g")[1] for peer in peers]
    ear = Ear(rig, tmp_path / "room.opus")
    with talking([(peer, port, hertz) for peer, port, hertz in zip(peers, ports, TONES, strict=False)]):
        time.sleep(0.3)
        ear.set(paused=True)
        time.sleep(0.6)
        ear.set()
        time.sleep(0.3)
        ear.set(finished=True)
        end = rig.wait(lambda e: e.kind == "record" and e.detail.startswith("finished"))
        assert end.detail == "finished.requested"
        assert 400 <= end.duration_ms <= 900
        peers[0].hear(10_000, timeout_s=0.0)
        assert len(peers[0].hear(10)) == 10
    assert ear.path.read_bytes().startswith(b"OggS")


def test_who_speaks_to_some_alone_is_not_in_it(rig: Rig, tmp_path: Path) -> None:
    peers = [rig.peer() for _ in TONES]
    names = ("agent", "customer", "coach")
    ports = [
        rig.open(peer, group="g", name=name, heard_by=["agent"] if name == "coach" else None)[1]
        for peer, name in zip(peers, names, strict=True)
    ]
    ear = Ear(rig, tmp_path / "room.wav")
    with talking(list(zip(peers, ports, TONES, strict=True))):
        time.sleep(1.0)
    ear.close()
    assert tones(ear.heard(), 0.3, 0.9) == {440, 700}


def test_nobody_can_speak_into_its_ear_and_keys_are_not_in_it(rig: Rig, tmp_path: Path) -> None:
    peer, stranger = rig.peer(), rig.peer()
    _, port = rig.open(peer, group="g", event_receive=101, event_send=101)
    ear = Ear(rig, tmp_path / "room.wav")
    with talking([(peer, port, 440), (stranger, ear.port, 1000)]):
        time.sleep(0.3)
        peer.press(port, 5)  # 770 and 1336 Hz
        time.sleep(0.7)
    ear.close()
    samples = ear.heard()
    assert tones(samples, 0.2, 0.9) == {440}
    pressed = samples[3200:6400]
    assert max(level(pressed, hertz) for hertz in (770, 1336)) < 0.01
