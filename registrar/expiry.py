"""When bindings run out: a bucket for each second, so a refresh costs the same with ten bindings or a million."""

from __future__ import annotations

from registrar.binding import Binding

Key = tuple[str, str]
"""AOR and contact."""


class Expiry:
    """Which bindings run out when. A second has its bucket from the first binding to the last."""

    __slots__ = ("_buckets", "_swept")

    def __init__(self, now: float) -> None:
        self._buckets: dict[int, set[Key]] = {}
        self._swept = int(now)

    def add(self, binding: Binding) -> None:
        self._buckets.setdefault(binding.expires_at, set()).add((binding.aor, binding.contact))
        self._swept = min(self._swept, binding.expires_at)

    def discard(self, binding: Binding) -> None:
        bucket = self._buckets.get(binding.expires_at)
        if bucket is not None:
            bucket.discard((binding.aor, binding.contact))
            if not bucket:
                del self._buckets[binding.expires_at]

    def due(self, now: float) -> list[Key]:
        """What has run out by *now*, oldest first; forgotten here thereby."""
        found: list[Key] = []
        end = int(now)
        if end - self._swept > len(self._buckets):
            # The clock jumped, or there is little to look at.
            for second in sorted(second for second in self._buckets if second <= end):
                found.extend(self._buckets.pop(second))
        else:
            for second in range(self._swept, end + 1):
                found.extend(self._buckets.pop(second, ()))
        self._swept = max(self._swept, end)
        return found
