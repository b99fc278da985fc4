"""The tap of a frontend: every message is counted, kept for a while, and mirrored if that is asked for."""

from __future__ import annotations

import time
from typing import final

from sip_frontend.measure.traffic import Traffic
from sip_frontend.trace.hep import HepMirror
from sip_frontend.trace.ring import Ring, call_id_of
from sip_frontend.transaction.flow import Flow


@final
class Watch:
    """A ``Tap``."""

    __slots__ = ("_mirror", "_unix", "ring", "traffic")

    def __init__(self, ring: Ring, mirror: HepMirror | None) -> None:
        self.traffic = Traffic()
        self.ring = ring
        self._mirror = mirror
        self._unix = time.time

    def received(self, data: bytes, flow: Flow) -> None:
        self.traffic.count(data, "in")
        self._keep(False, flow, data)

    def sent(self, data: bytes, flow: Flow) -> None:
        self.traffic.count(data, "out")
        self._keep(True, flow, data)

    def close(self) -> None:
        """Let go of the mirror's socket."""
        if self._mirror is not None:
            self._mirror.close()

    @property
    def mirror_lost(self) -> int:
        """Messages that the mirror could not send."""
        return self._mirror.lost if self._mirror is not None else 0

    def _keep(self, sent: bool, flow: Flow, data: bytes) -> None:
        at = self._unix()
        self.ring.add(at, sent, flow, data)
        if self._mirror is not None:
            self._mirror.send(data, flow, sent, at, call_id_of(data))
