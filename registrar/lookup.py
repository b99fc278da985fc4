"""The live bindings of every address of record, in memory: what REGISTER changes and look-ups read."""

from __future__ import annotations

from collections.abc import Iterable

from registrar.binding import EXPIRED, Binding, Changes
from registrar.expiry import Expiry


class Bindings:
    """Bindings by AOR and contact. Whoever changes them passes the same changes on to the store and the frontends."""

    def __init__(self, stored: Iterable[Binding], now: float) -> None:
        self._by_aor: dict[str, dict[str, Binding]] = {}
        self._expiry = Expiry(now)
        self._count = 0
        for binding in stored:
            self._put(binding)

    def of(self, aor: str) -> list[Binding]:
        """All bindings of *aor*, those among them that have just run out."""
        found = self._by_aor.get(aor)
        return list(found.values()) if found is not None else []

    def live(self, aor: str, now: float) -> list[Binding]:
        """Bindings of *aor* that hold at *now*, longest-lived first (RG-026)."""
        found = [binding for binding in self.of(aor) if binding.expires_at > now]
        found.sort(key=lambda binding: binding.expires_at, reverse=True)
        return found

    def aors(self) -> list[str]:
        """Every address of record that has bindings."""
        return list(self._by_aor)

    def apply(self, changes: Changes) -> list[Binding]:
        """Make *changes*; returns those saved that are new."""
        for binding, _ in changes.removed:
            self._drop(binding.aor, binding.contact)
        return [binding for binding in changes.saved if self._put(binding)]

    def expire(self, now: float) -> Changes:
        """Drop what has run out, and tell what it was."""
        gone = Changes([], [])
        for aor, contact in self._expiry.due(now):
            binding = self._drop(aor, contact)
            if binding is not None:
                gone.removed.append((binding, EXPIRED))
        return gone

    def __len__(self) -> int:
        return self._count

    def _put(self, binding: Binding) -> bool:
        """Whether the contact is new."""
        contacts = self._by_aor.setdefault(binding.aor, {})
        before = contacts.get(binding.contact)
        if before is None:
            self._count += 1
        else:
            self._expiry.discard(before)
        contacts[binding.contact] = binding
        self._expiry.add(binding)
        return before is None

    def _drop(self, aor: str, contact: str) -> Binding | None:
        contacts = self._by_aor.get(aor)
        binding = contacts.pop(contact, None) if contacts is not None else None
        if binding is None:
            return None
        self._count -= 1
        self._expiry.discard(binding)
        if not contacts:
            del self._by_aor[aor]
        return binding
