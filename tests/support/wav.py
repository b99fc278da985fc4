"""WAV files of tones, and what is in those that phones recorded."""

from __future__ import annotations

import array
import math
import wave
from pathlib import Path

from tests.support.tones import RATE


def write_tone(path: Path, frequency_hz: float, duration_s: float) -> Path:
    """A sine, 8 kHz, 16 bit, mono."""
    samples = array.array(
        "h", (round(8_000 * math.sin(2 * math.pi * frequency_hz * n / RATE)) for n in range(int(duration_s * RATE)))
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


def read_samples(path: Path) -> list[int]:
    """Samples of the first channel. Some recorders never fill in the length, so the header is not believed."""
    with wave.open(str(path)) as file:
        channels = file.getnchannels()
        offset = 44 if file.getnframes() == 0 else None
        data = file.readframes(file.getnframes())
    if offset is not None:
        data = path.read_bytes()[offset:]
    samples = array.array("h", data[: len(data) // 2 * 2])
    return list(samples[::channels])
