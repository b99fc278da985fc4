"""Makes the golden vectors of this folder with an independent G.722: the PyPI package G722 (public domain).

    pip install G722 numpy && python make.py

`voice.*`: a second of quiet, loud, tonal and clipped audio. The digests printed at the end go into tests/g722_exact.rs.
"""

from __future__ import annotations

import array
import pathlib

import G722
import numpy as np

HERE = pathlib.Path(__file__).parent
LONG = 128_000


def noise(count: int) -> list[int]:
    """The generator of the Rust test, upper 16 bits."""
    state, values = 1, []
    for _ in range(count):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        values.append((state >> 16) - 32_768)
    return values


def digest(data: bytes) -> str:
    """FNV-1a of 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"0x{value:016x}"


def pcm_bytes(pcm: object) -> bytes:
    return np.array(pcm, dtype="<i2").tobytes()


def encode(rate_hz: int, pcm: list[int]) -> bytes:
    return bytes(G722.G722(rate_hz, 64_000).encode(array.array("h", pcm)))


def decode(rate_hz: int, codes: bytes) -> bytes:
    return pcm_bytes(G722.G722(rate_hz, 64_000).decode(codes))


def voice() -> list[int]:
    t = np.arange(1600) / 16_000
    quiet = np.array(noise(1600)) // 2000
    vowel = 9000 * np.sin(2 * np.pi * 210 * t) + 5000 * np.sin(2 * np.pi * 2900 * t)
    sweep = 32_000 * np.sin(2 * np.pi * (300 * t + 36_000 * t**2))
    clipped = np.clip(90_000 * np.sin(2 * np.pi * 440 * t), -32_768, 32_767)
    return [int(sample) for part in (quiet, vowel, sweep, clipped, np.zeros(1600)) for sample in part]


def main() -> None:
    pcm = voice()
    codes = encode(16_000, pcm)
    (HERE / "voice.pcm").write_bytes(pcm_bytes(pcm))
    (HERE / "voice.g722").write_bytes(codes)
    (HERE / "voice.wide").write_bytes(decode(16_000, codes))
    (HERE / "voice.narrow").write_bytes(decode(8_000, codes))
    (HERE / "voice.low.g722").write_bytes(encode(8_000, pcm[::2]))
    signals = {
        "noise": noise(LONG),
        "square": [32_767 if n // 37 % 2 == 0 else -32_768 for n in range(LONG)],
        "fastest": [32_767 if n % 2 == 0 else -32_768 for n in range(LONG)],
        "middle": [32_767 if n % 4 < 2 else -32_768 for n in range(LONG)],
        "faint": [value // 1600 for value in noise(LONG)],
    }
    for name, signal in signals.items():
        codes = encode(16_000, signal)
        print(
            name,
            digest(codes),
            digest(encode(8_000, signal)),
            digest(decode(16_000, codes)),
            digest(decode(8_000, codes)),
        )
    codes = bytes((value + 32_768) >> 8 for value in noise(LONG))
    print("codes", digest(decode(16_000, codes)), digest(decode(8_000, codes)))


if __name__ == "__main__":
    main()
