"""G.711 against the values of the recommendation and against itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.phone.g711 import decode, encode

CODECS = pytest.mark.parametrize("codec", ["PCMU", "PCMA"])


@CODECS
def test_every_byte_survives_a_round_trip(codec: str) -> None:
    every = bytes(range(256))
    again = encode(codec, decode(codec, every))
    if codec == "PCMU":  # 0x7F and 0xFF are both nought; we write the positive one
        assert [byte for byte in range(256) if again[byte] != byte] == [0x7F]
    else:
        assert again == every


@pytest.mark.parametrize(
    ("codec", "byte", "sample"),
    [
        ("PCMU", 0xFF, 0), ("PCMU", 0x80, 32124), ("PCMU", 0x00, -32124), ("PCMU", 0xFE, 8),
        ("PCMA", 0xD5, 8), ("PCMA", 0x55, -8), ("PCMA", 0xAA, 32256), ("PCMA", 0x2A, -32256),
    ],
)  # fmt: skip
def test_known_values(codec: str, byte: int, sample: int) -> None:
    assert decode(codec, bytes([byte]))[0] == sample
    assert encode(codec, [sample])[0] == byte


@CODECS
@given(sample=st.integers(-32768, 32767))
def test_the_error_is_small_for_the_level(codec: str, sample: int) -> None:
    """The quantisation step is a sixteenth of the segment."""
    back = decode(codec, encode(codec, [sample]))[0]
    assert abs(back - sample) <= max(16, abs(sample) // 16 + 8, abs(sample) - 32124)
