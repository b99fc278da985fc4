"""G.711 by tables (ITU-T G.711): one byte a sample, 8 kHz."""

from __future__ import annotations

import array
from collections.abc import Sequence
from functools import cache
from typing import Final

# Bias of the mu-law segments, in 14 bit samples.
_BIAS: Final = 33
_MU_MOST: Final = 8158
_SIGN: Final = 0x80
_EVEN_BITS: Final = 0x55


def encode(codec: str, samples: Sequence[int]) -> bytes:
    """16 bit samples as PCMU or PCMA."""
    table = _encoder(codec)
    return bytes([table[(sample >> 2) + 8192] for sample in samples])


def decode(codec: str, payload: bytes) -> array.array[int]:
    """PCMU or PCMA as 16 bit samples."""
    table = _decoder(codec)
    return array.array("h", [table[byte] for byte in payload])


@cache
def _decoder(codec: str) -> tuple[int, ...]:
    expand = {"PCMU": _expand_mu, "PCMA": _expand_a}[codec]
    return tuple(expand(byte) for byte in range(256))


@cache
def _encoder(codec: str) -> bytes:
    compress = {"PCMU": _compress_mu, "PCMA": _compress_a}[codec]
    return bytes(compress(sample) for sample in range(-8192, 8192))


def _expand_mu(byte: int) -> int:
    byte ^= 0xFF
    magnitude = ((((byte & 0x0F) << 1) + _BIAS) << (byte >> 4 & 7)) - _BIAS
    return (-magnitude if byte & _SIGN else magnitude) * 4


def _compress_mu(sample: int) -> int:
    """Of a 14 bit sample."""
    magnitude = min(abs(sample), _MU_MOST) + _BIAS
    segment = magnitude.bit_length() - 6
    byte = segment << 4 | (magnitude >> segment + 1) & 0x0F
    return (byte | _SIGN if sample < 0 else byte) ^ 0xFF


def _expand_a(byte: int) -> int:
    byte ^= _EVEN_BITS
    segment, step = byte >> 4 & 7, (byte & 0x0F) << 1 | 1
    magnitude = step if segment == 0 else (step + 32) << segment - 1
    return (magnitude if byte & _SIGN else -magnitude) * 8


def _compress_a(sample: int) -> int:
    """Of a 14 bit sample; the law itself has 13 bits, negative ones counted from -1."""
    magnitude = (sample if sample >= 0 else ~sample) >> 1
    segment = max(magnitude.bit_length() - 5, 0)
    step = magnitude >> (segment or 1) & 0x0F
    byte = segment << 4 | step
    return (byte | _SIGN if sample >= 0 else byte) ^ _EVEN_BITS
