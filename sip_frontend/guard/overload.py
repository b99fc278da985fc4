"""How much new work is taken when the event loop is late: a rate that follows the lateness.

State     When                                  Next      Do
CALM      late twice in a row                   SHEDDING  admit 80 % of what was admitted in the last interval
SHEDDING  late                                  SHEDDING  20 % less, more so the later: down to 30 %
SHEDDING  in time                               SHEDDING  10 % more
SHEDDING  in time, twice what was offered fits  CALM      admit all

Late is more than the target. The rate never falls below a floor, so that a machine that stood still for reasons of its
own turns away nobody.
"""

from __future__ import annotations

from typing import Final, final

from sip_frontend.guard.buckets import Bucket

INTERVAL_S: Final = 0.05
"""How often ``tick`` is due: the lateness of that very timer is what is measured."""
_DROWNING: Final = 4.0
"""So many times the target late, there is no time for answers either."""
_BURST_S: Final = 0.1
"""How much of a second's floor may come at once."""


@final
class Overload:
    """``tick`` regularly with the lateness, ``admits`` for each new request."""

    __slots__ = ("_admitted", "_bucket", "_floor", "_late", "_offered", "_target_s", "_ticked", "drowning")

    def __init__(self, target_s: float, floor_per_s: float = 100.0) -> None:
        self._target_s = target_s
        self._floor = floor_per_s
        self._late = False
        self.drowning = False
        """Whether what waits must be got rid of before anything else: refusals are left out."""
        self._bucket: Bucket | None = None
        self._admitted = 0
        self._offered = 0
        self._ticked = 0.0

    @property
    def shedding(self) -> bool:
        """Whether not all new requests are taken."""
        return self._bucket is not None

    @property
    def rate(self) -> float:
        """New requests taken a second while shedding; 0 when all are."""
        return 0.0 if self._bucket is None else self._bucket.rate

    def admits(self, now: float) -> bool:
        """Whether one more new request is taken."""
        self._offered += 1
        if self._bucket is None or self._bucket.take(now):
            self._admitted += 1
            return True
        return False

    def tick(self, late_s: float, now: float) -> None:
        """Work waits *late_s* before it is done."""
        span_s = max(now - self._ticked, INTERVAL_S)
        admitted, offered = self._admitted / span_s, self._offered / span_s
        self._ticked, self._admitted, self._offered = now, 0, 0
        late = late_s > self._target_s
        self.drowning = late_s > _DROWNING * self._target_s and self._late
        if self._bucket is None:
            if late and self._late:
                self._admit(0.8 * admitted, now)
        elif late:
            self._admit(max(0.3, min(0.8, 2 * self._target_s / late_s)) * self._bucket.rate, now)
        elif self._bucket.rate > 2 * offered:
            self._bucket = None
        else:
            self._admit(1.1 * self._bucket.rate, now)
        self._late = late

    def _admit(self, rate: float, now: float) -> None:
        rate = max(rate, self._floor)
        if self._bucket is None:
            self._bucket = Bucket(rate, max(1.0, self._floor * _BURST_S), now)
        self._bucket.rate = rate
