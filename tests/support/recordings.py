"""What is in a recording."""

from __future__ import annotations

import struct
import wave
from collections.abc import Sequence
from pathlib import Path

from tests.support.tones import RATE, level_db


def mono(path: Path) -> list[int]:
    """The samples of a file of one channel at 16 kHz, every other one: 8,000 a second, for tones below 4 kHz."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 2 * RATE)
        count = file.getnframes()
        return list(struct.unpack(f"<{count}h", file.readframes(count)))[::2]


def tones_of(samples: Sequence[int], tones: Sequence[int], seconds: float = 0.4) -> list[set[int]]:
    """Which of *tones* are in each stretch of so many seconds."""
    length = int(seconds * RATE)
    stretches = [samples[at : at + length] for at in range(0, len(samples) - length + 1, length)]
    return [{hertz for hertz in tones if level_db(stretch, hertz) > -30} for stretch in stretches]
