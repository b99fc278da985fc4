"""What came back: its frequency, how long it was under way, how much of it is missing."""

from __future__ import annotations

import array
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from sip_frontend.phone.rtp import FRAME_S, Heard

RATE_HZ: Final = 8000
# 100 ms, in which every multiple of 10 Hz has whole periods.
_WINDOW: Final = 800
_STEP_HZ: Final = 10
_LOWEST_HZ, _HIGHEST_HZ = 200, 3400
# Root mean square below which there is silence: a tenth of a percent of full scale is above G.711's own noise.
_SILENCE: Final = 60.0
_BLOCK: Final = 16


@dataclass(frozen=True, slots=True)
class Echo:
    """The verdict on an echo test."""

    frequency_hz: int
    """The strongest frequency; 0 for silence."""
    share: float
    """Of the energy that it holds, 0 to 1."""
    round_trip_ms: float | None
    """None when no beginning of a tone came back."""
    sent: int
    lost: int


def judge(sent_at: Sequence[float], begun_at: Sequence[float], heard: Sequence[Heard]) -> Echo:
    """Compare what was sent with what came back.

    *sent_at* is the time of every packet, *begun_at* of those in which the tone began after a silence.
    """
    samples = array.array("h")
    for packet in heard:
        samples.extend(packet.samples)
    frequency_hz, share = strongest(samples)
    trips = [trip for at in onsets(heard) if (trip := _since_last(begun_at, at)) is not None]
    round_trip_s = median(trips) if trips else None
    sent, lost = _losses(sent_at, heard, round_trip_s or 0.0)
    return Echo(frequency_hz, share, None if round_trip_s is None else round_trip_s * 1000, sent, lost)


def strongest(samples: Sequence[int]) -> tuple[int, float]:
    """The strongest frequency of the loudest 100 ms, by Goertzel's algorithm, and its share of the energy there."""
    windows = [samples[at : at + _WINDOW] for at in range(0, len(samples) - _WINDOW + 1, _WINDOW)]
    loudest = max(windows, key=_energy, default=())
    energy = _energy(loudest)
    if not loudest or math.sqrt(energy / _WINDOW) < _SILENCE:
        return 0, 0.0
    powers = {hz: goertzel(loudest, hz) for hz in range(_LOWEST_HZ, _HIGHEST_HZ + 1, _STEP_HZ)}
    best = max(powers, key=lambda hz: powers[hz])
    return best, min(powers[best] * 2 / (energy * _WINDOW), 1.0)


def goertzel(samples: Sequence[int], frequency_hz: float) -> float:
    """Squared magnitude of one bin of the Fourier transform."""
    coefficient = 2 * math.cos(math.tau * frequency_hz / RATE_HZ)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    return before * before + last * last - coefficient * before * last


def onsets(heard: Sequence[Heard]) -> list[float]:
    """When sound began after a silence: the arrival of the packet, and how far into it."""
    found: list[float] = []
    silent = False
    for packet in heard:
        for at in range(0, len(packet.samples), _BLOCK):
            block = packet.samples[at : at + _BLOCK]
            loud = math.sqrt(_energy(block) / len(block)) >= _SILENCE
            if loud and silent:
                found.append(packet.at + at / RATE_HZ)
            silent = not loud
    return found


def _since_last(begun_at: Sequence[float], at: float) -> float | None:
    index = bisect_right(begun_at, at)
    return at - begun_at[index - 1] if index else None


def _losses(sent_at: Sequence[float], heard: Sequence[Heard], round_trip_s: float) -> tuple[int, int]:
    """What was sent from the packet on that came back first: those before it met a call that was not through yet."""
    if not heard:
        return len(sent_at), len(sent_at)
    counted = len(sent_at) - bisect_left(sent_at, heard[0].at - round_trip_s - FRAME_S / 2)
    came = len({packet.sequence for packet in heard})
    return counted, max(counted - came, 0)


def _energy(samples: Sequence[int]) -> float:
    return float(sum(sample * sample for sample in samples))
