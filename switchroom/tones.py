"""Tones from a line of text: the grammar that scripts, prompts and the engine share.

``<sections>:<cadences>``. Sections are split by ``/``; a section is frequencies in Hz joined by ``+``, then optionally
``*`` and a level (peak of the sum, 0 to 1; 1 if absent). ``a~b`` in place of a number sweeps from a to b over the
section. A frequency of 0 is silence. Cadences are milliseconds split by ``/``; sections and cadences are paired in
order, the shorter list starting again from its first.

``350+440*0.5:1000`` is the UK dial tone, ``400+450*0.5/0:400/200/400/2000`` its ringing, ``697+1209*0.5:400`` the
digit 1.
"""

from __future__ import annotations

import array
import math
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

from switchroom.errors import LocalProtocolError

RATE_HZ = 8000
_FULL_SCALE = 32767
_MAX_SEGMENTS = 256
_MAX_FREQUENCIES = 8
_MAX_FREQUENCY_HZ = 24_000.0
_MAX_TOTAL_MS = 3_600_000


class ToneError(LocalProtocolError):
    """A description that is not of the grammar; the text names the part."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A value that goes evenly from one number to another."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Segment:
    """Some frequencies for some time."""

    frequencies: tuple[Sweep, ...]
    level: Sweep
    duration_ms: int


def parse(description: str) -> list[Segment]:
    """The segments of one round, or ToneError."""
    sections, colon, cadences = description.partition(":")
    if not colon:
        raise ToneError(f"tone {description!r} has no ':' and no cadence")
    sounds = [_section(text) for text in sections.split("/")]
    durations = [_cadence(text) for text in cadences.split("/")]
    count = max(len(sounds), len(durations))
    segments = [Segment(*sounds[n % len(sounds)], durations[n % len(durations)]) for n in range(count)]
    if count > _MAX_SEGMENTS or sum(segment.duration_ms for segment in segments) > _MAX_TOTAL_MS:
        raise ToneError("tone has too many parts or is longer than an hour")
    return segments


def samples(description: str, rate_hz: int = RATE_HZ) -> array.array[int]:
    """One round as 16 bit samples."""
    pcm = array.array("h")
    begin_ms = 0
    for segment in parse(description):
        # From the times, not from rounded lengths: a round is exactly as long as it says.
        end_ms = begin_ms + segment.duration_ms
        _render(segment, rate_hz, end_ms * rate_hz // 1000 - begin_ms * rate_hz // 1000, pcm)
        begin_ms = end_ms
    return pcm


def generate(description: str, file: Path | str) -> None:
    """Write one round to *file* as WAV, 8 kHz, mono, 16 bit; behind what is there when it is such a file already.

    Raises:
        ToneError: the description is wrong, or the file has another format.
    """
    path = Path(file)
    pcm = samples(description)
    before = _frames_of(path) if path.exists() else b""
    if sys.byteorder == "big":
        pcm.byteswap()
    with wave.open(str(path), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE_HZ)
        written.writeframes(before + pcm.tobytes())


def _render(segment: Segment, rate_hz: int, length: int, pcm: array.array[int]) -> None:
    audible = [each for each in segment.frequencies if 0 < 2 * max(each.start, each.end) < rate_hz]
    if not audible:
        pcm.extend([0] * length)
        return
    share = _FULL_SCALE / len(segment.frequencies)
    level, level_step = segment.level.start, (segment.level.end - segment.level.start) / max(length, 1)
    # Turns per sample, and half of what they grow by: the phase of a sweep is a parabola.
    turns = [(each.start / rate_hz, (each.end - each.start) / rate_hz / max(length, 1) / 2) for each in audible]
    for n in range(length):
        wave_sum = sum(math.sin(math.tau * ((start * n + bend * n * n) % 1.0)) for start, bend in turns)
        pcm.append(round(wave_sum * share * (level + level_step * n)))


def _section(text: str) -> tuple[tuple[Sweep, ...], Sweep]:
    frequencies, star, level = text.partition("*")
    parsed = tuple(_sweep(each, _MAX_FREQUENCY_HZ) for each in frequencies.split("+"))
    if len(parsed) > _MAX_FREQUENCIES:
        raise ToneError(f"tone section {text!r} has more than {_MAX_FREQUENCIES} frequencies")
    return parsed, _sweep(level if star else "1", 1.0)


def _sweep(text: str, most: float) -> Sweep:
    start, tilde, end = text.partition("~")
    first = _number(start, most)
    return Sweep(first, _number(end, most) if tilde else first)


def _number(text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ToneError(f"tone has {text!r} where a number should be") from None
    if not 0.0 <= value <= most:
        raise ToneError(f"tone has {text!r}, which is not between 0 and {most:g}")
    return value


def _cadence(text: str) -> int:
    if not text.strip().isdecimal() or int(text) > _MAX_TOTAL_MS:
        raise ToneError(f"tone has {text!r} where milliseconds should be")
    return int(text)


def _frames_of(path: Path) -> bytes:
    try:
        with wave.open(str(path), "rb") as present:
            if (present.getnchannels(), present.getsampwidth(), present.getframerate()) != (1, 2, RATE_HZ):
                raise ToneError(f"{path} is there and is not 8 kHz mono 16 bit: give another name")
            return present.readframes(present.getnframes())
    except (wave.Error, EOFError) as error:
        raise ToneError(f"{path} is there and is no WAV file: give another name") from error
