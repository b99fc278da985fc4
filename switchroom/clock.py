"""Time as an argument: what needs a clock is given one."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings: one for durations, one for dates."""

    def now(self) -> float:
        """Seconds that only grow; the zero means nothing."""

    def unix(self) -> float:
        """Seconds since 1970-01-01 UTC; may jump when the machine's clock is set."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        return time.monotonic()

    def unix(self) -> float:
        return time.time()


class ManualClock:
    """Stands still until a test moves it."""

    def __init__(self, now: float = 0.0, unix: float = 1_700_000_000.0) -> None:
        self._now = now
        self._unix = unix

    def now(self) -> float:
        return self._now

    def unix(self) -> float:
        return self._unix

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds
        self._unix += seconds
