"""What the phone plays, and how it writes down what it hears."""

from __future__ import annotations

import array
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sip_frontend.phone.hearing import RATE_HZ
from sip_frontend.phone.rtp import FRAME_SAMPLES, Heard, Samples
from switchroom import tones
from switchroom.errors import ConfigError

# A second of tone with a gap of three frames: each new beginning is a mark to measure the round trip by.
TEST_TONE: Final = "1000*0.3/0:940/60"
TEST_TONE_HZ: Final = 1000
_MOST_GAP_S: Final = 5


class Player:
    """Frames of some samples, over and over or once; then silence."""

    def __init__(self, samples: Samples, *, loop: bool) -> None:
        self._samples = samples
        self._loop = loop
        self._frame = 0
        self.frames = -(-len(samples) // FRAME_SAMPLES)

    @property
    def finished(self) -> bool:
        return not self._loop and self._frame >= self.frames

    @property
    def begins_again(self) -> bool:
        """Whether the next frame is the first of a further round."""
        return self._loop and self._frame > 0 and self._frame % self.frames == 0

    def next_frame(self) -> Samples:
        if self.finished or not self.frames:
            return array.array("h", bytes(2 * FRAME_SAMPLES))
        at = self._frame % self.frames * FRAME_SAMPLES
        self._frame += 1
        frame = self._samples[at : at + FRAME_SAMPLES]
        frame.extend([0] * (FRAME_SAMPLES - len(frame)))
        return frame


def echo_test_tone() -> Player:
    """What the echo test plays."""
    return Player(tones.samples(TEST_TONE), loop=True)


def from_file(path: Path) -> Player:
    """A WAV file of 16 bit mono samples at 8 kHz; ConfigError says what is wrong with another."""
    try:
        with wave.open(str(path), "rb") as file:
            found = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if found != (1, 2, RATE_HZ):
                text = f"is {found[2]} Hz, {found[0]} channels, {8 * found[1]} bit; wanted is 8000 Hz, mono, 16 bit"
                raise ConfigError(str(path), "--play", text)
            samples = array.array("h", file.readframes(file.getnframes()))
    except (OSError, EOFError, wave.Error) as error:
        raise ConfigError(str(path), "--play", f"cannot be read as WAV: {error}") from error
    if sys.byteorder == "big":
        samples.byteswap()
    return Player(samples, loop=False)


def write_recording(path: Path, heard: Sequence[Heard]) -> None:
    """What was heard, each packet at the place its timestamp gives it; what is missing is silent."""
    samples = array.array("h")
    for packet in heard:
        at = (packet.timestamp - heard[0].timestamp) & 0xFFFF_FFFF
        if at > len(samples) + _MOST_GAP_S * RATE_HZ:
            at = len(samples)  # the sender began to count anew
        samples.extend([0] * (at - len(samples)))
        samples[at : at + len(packet.samples)] = packet.samples
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
