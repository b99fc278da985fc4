"""Keeps every frontend's copy of the bindings true: all of them when it joins, then each change."""

from __future__ import annotations

import asyncio
from typing import Final

from registrar.lookup import Bindings
from switchroom.bus import Dialler
from switchroom.errors import BusError, BusFull
from switchroom.v1.envelope_pb2 import Envelope

CHUNK: Final = 100
"""Addresses of record in one delta of a snapshot: far below a frame that would hold up others."""
FULL_PAUSE_S: Final = 0.05


class Frontends:
    """The frontends that have joined. One whose queue is full gets everything anew once there is room."""

    def __init__(self, loop: asyncio.AbstractEventLoop, bindings: Bindings) -> None:
        self._loop = loop
        self._bindings = bindings
        self._snapshots: dict[Dialler, _Snapshot] = {}
        self._joined: set[Dialler] = set()

    def joined(self, dialler: Dialler) -> None:
        """Begin to send *dialler* all there is."""
        self._joined.add(dialler)
        snapshot = self._snapshots[dialler] = _Snapshot(self._bindings)
        self._loop.call_soon(self._go_on, dialler, snapshot)

    def lost(self, dialler: Dialler) -> None:
        self._joined.discard(dialler)
        self._snapshots.pop(dialler, None)

    def publish(self, envelope: Envelope) -> None:
        """Tell every frontend of a change. In the middle of a snapshot it belongs to the snapshot."""
        for dialler in tuple(self._joined):
            envelope.binding_delta.snapshot = dialler in self._snapshots
            try:
                dialler.send(envelope)
            except BusFull:
                self.joined(dialler)
            except BusError:
                self.lost(dialler)

    def _go_on(self, dialler: Dialler, snapshot: _Snapshot) -> None:
        """Send the next part, and come back for the one after it."""
        if self._snapshots.get(dialler) is not snapshot:
            return
        envelope = snapshot.next_part()
        try:
            dialler.send(envelope)
        except BusFull:
            snapshot.repeat()
            self._loop.call_later(FULL_PAUSE_S, self._go_on, dialler, snapshot)
        except BusError:
            self.lost(dialler)
        else:
            if envelope.binding_delta.snapshot_end:
                del self._snapshots[dialler]
            else:
                self._loop.call_soon(self._go_on, dialler, snapshot)


class _Snapshot:
    """Goes through the addresses of record of one moment; what it sends of each is as it stands when it is sent."""

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings
        self._aors = bindings.aors()
        self._at = 0

    def next_part(self) -> Envelope:
        envelope = Envelope()
        delta = envelope.binding_delta
        delta.snapshot = True
        for aor in self._aors[self._at : self._at + CHUNK]:
            delta.saved.extend(binding.message for binding in self._bindings.of(aor))
        self._at += CHUNK
        delta.snapshot_end = self._at >= len(self._aors)
        return envelope

    def repeat(self) -> None:
        """The last part did not go out."""
        self._at -= CHUNK
