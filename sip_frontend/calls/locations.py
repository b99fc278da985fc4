"""Where users are: the live cache of the registrar's bindings, fed by its deltas."""

from __future__ import annotations

from switchroom.v1 import registrar_pb2 as pb


class Locations:
    """Bindings by address of record. A look-up here needs no other process (design section 8: registrar dies)."""

    def __init__(self) -> None:
        self._bindings: dict[str, dict[str, pb.Binding]] = {}
        self._fresh: dict[str, dict[str, pb.Binding]] | None = None
        self.complete = False

    def apply(self, delta: pb.BindingDelta) -> None:
        """Take over a change, or a part of a snapshot (which replaces all once it has come whole)."""
        if delta.snapshot and self._fresh is None:
            self._fresh = {}
        target = self._bindings if self._fresh is None or not delta.snapshot else self._fresh
        for binding in delta.saved:
            target.setdefault(binding.aor, {})[binding.contact] = binding
        for key in delta.removed:
            contacts = target.get(key.aor)
            if contacts is not None:
                contacts.pop(key.contact, None)
                if not contacts:
                    del target[key.aor]
        if delta.snapshot_end and self._fresh is not None:
            self._bindings, self._fresh = self._fresh, None
            self.complete = True

    def interrupted(self) -> None:
        """A registrar left: what it had sent of a snapshot is worth nothing."""
        self._fresh = None

    def find(self, aor: str, now_unix: float) -> list[pb.Binding]:
        """Live bindings of *aor* (``user@realm``), longest-lived first; [] when there are none."""
        contacts = self._bindings.get(aor)
        if not contacts:
            return []
        live = [one for one in contacts.values() if one.expires_at.seconds > now_unix]
        live.sort(key=_expiry, reverse=True)
        return live

    def __len__(self) -> int:
        return sum(len(contacts) for contacts in self._bindings.values())


def _expiry(binding: pb.Binding) -> int:
    return binding.expires_at.seconds
