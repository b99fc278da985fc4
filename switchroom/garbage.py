"""Garbage collection in bites too small to be felt, and the rest when nobody waits.

A collection stops the process for half a microsecond for each object it looks at. Our objects hold no cycles, so it
finds next to nothing; what it must not do is walk over a heap of calls while one of them waits for an answer.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Final

THRESHOLDS: Final = (2_500, 2_000, 10)
"""The young are looked at by 2,500, which takes some 2 ms; 50,000 took 25 ms, and every twentieth time 300 ms. Older
objects are left to :func:`collect_when_idle`, unless that finds no time for five million allocations."""

LOOK_EVERY_S: Final = 10.0
DUE_AFTER: Final = 40
"""Collections of the young since the last full one that make another worth while."""
IDLE_SHARE: Final = 0.05
"""Of a core: below this nobody is waiting for us."""


def settle() -> None:
    """Start-up is over: what it made lives as long as the process, and is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


class IdleCollector:
    """Decides, look by look, whether now is the time to collect everything.

    Args:
        cpu_s: CPU seconds this process has used.
        due: how often the young were collected since the last full collection.
    """

    def __init__(self, cpu_s: Callable[[], float], due: Callable[[], int]) -> None:
        self._cpu_s = cpu_s
        self._due = due
        self._used_s = cpu_s()

    def look(self, since_s: float) -> bool:
        """Whether the process did hardly anything in the *since_s* seconds since the last look, and it is worth it."""
        before, self._used_s = self._used_s, self._cpu_s()
        return self._due() >= DUE_AFTER and self._used_s - before < IDLE_SHARE * since_s


async def collect_when_idle() -> None:
    """Runs as long as the process does."""
    collector = IdleCollector(time.process_time, lambda: gc.get_count()[1])
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if collector.look(LOOK_EVERY_S):
            gc.collect()
