"""What a media worker that was killed leaves of a recording."""

from __future__ import annotations

import wave
from pathlib import Path


def left(path: Path, ms: int) -> None:
    """A file that is not finished, and nobody writes any more."""
    with wave.open(str(path.with_name(path.name + ".part")), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x07\x00" * (8 * ms))
