"""What counts as somebody speaking, and what may end a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from switchroom.v1 import media_pb2


@dataclass(frozen=True, slots=True)
class Voice:
    """Voice activity; 0 is the usual."""

    min_speech_ms: int = 0
    """It lasts at least so long: 100 to end a prompt, else 30."""
    margin_db: int = 0
    """It stands out from the noise by so much: 9; more is less sensitive."""
    softest_dbov: int = 0
    """Nothing softer is voice, in decibels relative to overload: -55."""
    power: int = 0
    """Mean RMS (0 to 32767) that is enough, whatever it is that sounds; voice activity does not matter then."""
    power_packets: int = 0
    """Frames of 20 ms that *power* is averaged over: 5."""

    def write(self, message: media_pb2.VoiceDetection) -> None:
        """Copy into *message*."""
        message.SetInParent()
        message.min_speech_ms = self.min_speech_ms
        message.margin_db = self.margin_db
        message.softest_dbov = self.softest_dbov
        message.power = self.power
        message.power_packets = self.power_packets


InterruptBy = str | Voice | Sequence[str | Voice]
"""``"digit"``, ``"voice"`` or a :class:`Voice`, or several of them; nothing: it is played to its end."""


def what_ends(interrupt_by: InterruptBy) -> tuple[bool, Voice | None]:
    """Whether a digit does, and what voice does. Raises ValueError."""
    digit, voice = False, None
    for one in [interrupt_by] if isinstance(interrupt_by, (str, Voice)) else interrupt_by:
        if one == "digit":
            digit = True
        elif one == "voice":
            voice = voice or Voice()
        elif isinstance(one, Voice):
            voice = one
        else:
            raise ValueError(f"a prompt is ended by digit or voice, not {one}")
    return digit, voice
