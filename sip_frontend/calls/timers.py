"""Timers of calls: a heap, because their lengths differ; a cancelled entry lets go of its call at once."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush


class Timer:
    """One armed timer. ``cancel()`` is free; the empty entry leaves the heap when its time comes."""

    __slots__ = ("due", "fire")

    def __init__(self, due: float, fire: Callable[[float], None]) -> None:
        self.due = due
        self.fire: Callable[[float], None] | None = fire

    def cancel(self) -> None:
        self.fire = None

    def __lt__(self, other: Timer) -> bool:
        return self.due < other.due


class Timers:
    """All timers of the core. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []

    def start(self, due: float, fire: Callable[[float], None]) -> Timer:
        """Call ``fire(now)`` once *due* has come."""
        timer = Timer(due, fire)
        heappush(self._heap, timer)
        # Ring timers are nearly all cancelled early: drop the dead once they are most of the heap.
        if len(self._heap) > 4096 and len(self._heap) & 4095 == 0:
            self._heap = [one for one in self._heap if one.fire is not None]
            heapify(self._heap)
        return timer

    def expire(self, now: float) -> None:
        """Fire every timer that is due."""
        heap = self._heap
        while heap and heap[0].due <= now:
            timer = heappop(heap)
            fire, timer.fire = timer.fire, None
            if fire is not None:
                fire(now)
            heap = self._heap

    def next_due(self) -> float | None:
        """When the earliest live timer is due, or None."""
        heap = self._heap
        while heap and heap[0].fire is None:
            heappop(heap)
        return heap[0].due if heap else None

    def __len__(self) -> int:
        return sum(1 for timer in self._heap if timer.fire is not None)
