"""Sines in PCMU, and how loud a frequency is in what came back. Independent of the product's codecs on purpose."""

from __future__ import annotations

import math
from collections.abc import Sequence

RATE = 8_000
FRAME = 160


def _decode(code: int) -> int:
    """ITU-T G.711, table 2a."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 0x07)) - 0x84
    return -magnitude if code & 0x80 else magnitude


_TO_SAMPLE = [_decode(code) for code in range(256)]
_LEVELS = sorted((sample, code) for code, sample in enumerate(_TO_SAMPLE))


def encode(sample: int) -> int:
    """The code whose sample is nearest."""
    return min(_LEVELS, key=lambda level: abs(level[0] - sample))[1]


def sine(frequency_hz: float, duration_s: float, amplitude: int = 8_000) -> bytes:
    """PCMU codes of a sine, a whole number of frames."""
    count = round(duration_s * RATE / FRAME) * FRAME
    cache: dict[int, int] = {}
    codes = bytearray()
    for index in range(count):
        sample = round(amplitude * math.sin(2 * math.pi * frequency_hz * index / RATE))
        codes.append(cache[sample] if sample in cache else cache.setdefault(sample, encode(sample)))
    return bytes(codes)


def decode(codes: bytes) -> list[int]:
    """PCMU codes to samples."""
    return [_TO_SAMPLE[code] for code in codes]


def level_db(samples: Sequence[int], frequency_hz: float) -> float:
    """Level of one frequency against full scale, by Goertzel's algorithm; -120 for silence."""
    if not samples:
        return -120.0
    coefficient = 2 * math.cos(2 * math.pi * frequency_hz / RATE)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    amplitude = 2 * math.sqrt(max(power, 0.0)) / len(samples)
    return 20 * math.log10(max(amplitude / 32_768, 1e-6))


def hears(samples: Sequence[int], wanted_hz: float, others_hz: Sequence[float] = ()) -> bool:
    """Whether the wanted tone is loud and each of the others at least 25 dB below it, after the first 100 ms."""
    steady = samples[RATE // 10 :]
    wanted = level_db(steady, wanted_hz)
    return wanted > -30 and all(level_db(steady, other) < wanted - 25 for other in others_hz)
