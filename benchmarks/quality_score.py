"""Scores recordings against what was said: run by itself where ``pesq`` is installed; it knows nothing of the project.

Standard input is a JSON list of jobs: reference, degraded (WAV files), mode (``nb`` or ``wb``, ITU-T P.862 at 8 kHz and
P.862.2 at 16 kHz; ``correlation`` of both as waves at 8 kHz, 1.0 where they are the same), and for what a receiver
without concealment would play: lost (numbers of 20 ms frames of the reference, cut out of the degraded file) and fill
(``silence``, or ``repeat`` for the frame before). Standard output is the list of scores, null for a file that has no
speech in it.
"""

from __future__ import annotations

import json
import sys
import wave
from typing import Any

import numpy as np  # type: ignore[import-not-found,unused-ignore]
from pesq import PesqError, pesq  # type: ignore[import-not-found,import-untyped,unused-ignore]


def read(path: str, rate: int) -> Any:
    """Samples of the first channel at *rate*. Some recorders never fill in the length: no header is believed."""
    with wave.open(path) as file:
        data = file.readframes(file.getnframes())
        channels, other = file.getnchannels(), file.getframerate()
    if not data:
        with open(path, "rb") as whole:
            data = whole.read()[44:]
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")[::channels].astype(float)
    if other == rate:
        return samples
    spectrum, count = np.fft.rfft(samples), len(samples) * rate // other
    kept = np.zeros(count // 2 + 1, complex)
    least = min(len(kept), len(spectrum))
    kept[:least] = spectrum[:least]
    return np.fft.irfft(kept, count) * rate / other


def delay(reference: Any, degraded: Any) -> int:
    """Samples by which *degraded* lags."""
    size = 1 << (len(reference) + len(degraded)).bit_length()
    product = np.fft.irfft(np.fft.rfft(degraded, size) * np.conj(np.fft.rfft(reference, size)), size)
    return int(np.argmax(product[: len(degraded)]))


def without(degraded: Any, start: int, frame: int, lost: list[int], fill: str) -> Any:
    """*degraded* with frames gone."""
    out = degraded.copy()
    for number in lost:
        at = start + number * frame
        if at >= frame and at + frame <= len(out):
            out[at : at + frame] = 0 if fill == "silence" else out[at - frame : at]
    return out


def correlation(reference: Any, degraded: Any) -> float | None:
    """How much both are one wave, whatever its loudness, once they are laid upon each other."""
    heard = degraded[delay(reference, degraded) :]
    count = min(len(reference), len(heard))
    said, heard = reference[:count] - reference[:count].mean(), heard[:count] - heard[:count].mean()
    power = float(np.sqrt(np.dot(said, said) * np.dot(heard, heard)))
    return round(float(np.dot(said, heard)) / power, 4) if power else None


def score(job: dict[str, Any]) -> float | None:
    """One job."""
    rate = 16_000 if job["mode"] == "wb" else 8000
    reference, degraded = read(job["reference"], rate), read(job["degraded"], rate)
    if job.get("lost") is not None:
        start = delay(reference, degraded)
        degraded = without(degraded, start, rate // 50, job["lost"], job["fill"])
    if job["mode"] == "correlation":
        return correlation(reference, degraded)
    try:
        return round(float(pesq(rate, reference, degraded, job["mode"])), 3)
    except PesqError:
        return None


if __name__ == "__main__":
    json.dump([score(job) for job in json.load(sys.stdin)], sys.stdout)
