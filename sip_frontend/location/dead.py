"""A short memory of places that did not answer: they are tried last for a while, never left out altogether."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from sip_frontend.location.targets import Hop

DEAD_S: Final = 30.0
"""How long a place is thought dead: a call or two every half minute pays for knowing that it is back."""
LONGEST_S: Final = 300.0
"""The longest Retry-After that is believed."""
_MOST: Final = 4096

Key = tuple[str, str, int]
"""Transport, address, port."""


@final
class Dead:
    """Who failed lately: time-out, transport error or 503 (RFC 3263 section 4.3)."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until: dict[Key, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def add(self, transport: str, remote: tuple[str, int], now: float, for_s: float = DEAD_S) -> None:
        """*remote* failed; a peer that says how long it needs is left alone for so long."""
        if len(self._until) >= _MOST:
            self._forget(now)
        self._until[(transport, *remote)] = now + min(for_s, LONGEST_S)

    def remove(self, transport: str, remote: tuple[str, int]) -> None:
        """*remote* answered."""
        if self._until:
            self._until.pop((transport, *remote), None)

    def holds(self, transport: str, remote: tuple[str, int], now: float) -> bool:
        """Whether *remote* is thought dead."""
        until = self._until.get((transport, *remote))
        if until is None:
            return False
        if until <= now:
            del self._until[(transport, *remote)]
            return False
        return True

    def last(self, hops: Sequence[Hop], now: float) -> list[Hop]:
        """*hops* with the dead ones at the end, otherwise in their order."""
        if not self._until:
            return list(hops)
        return sorted(hops, key=lambda hop: self.holds(hop.transport, hop.remote, now))

    def _forget(self, now: float) -> None:
        """Drop what is over; if nothing is, the oldest half."""
        self._until = {key: until for key, until in self._until.items() if until > now}
        if len(self._until) >= _MOST:
            self._until = dict(list(self._until.items())[_MOST // 2 :])
