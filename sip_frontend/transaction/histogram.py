"""Delays counted in fixed buckets: two sums a value, nothing kept of the values themselves."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, final

BOUNDS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""From what a machine does to how long people let it ring."""


@final
class Histogram:
    """How many delays fell into each bucket; the last one holds what is over every bound."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts: list[int] = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, delay_s: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS_S, delay_s)] += 1
        self.total_s += delay_s
