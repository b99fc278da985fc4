"""A run as the simulated exchange keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchroom.v1.call_pb2 import CallEvent
from switchroom.v1.worker_pb2 import LogEntry

if TYPE_CHECKING:
    from call_workers.testing.dials import SimDial
    from call_workers.testing.phone import Phone
    from call_workers.testing.transfers import SimTransfer


class SimRun:
    """A run as the frontend keeps it: events to deliver, and the log."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.lease = 1
        self.seq = 0
        self.queue: list[CallEvent] = []
        self.log: list[LogEntry] = []
        self.accepted = 0
        self.finished = False
        self.phones: list[Phone] = []
        self.dials: dict[int, SimDial] = {}
        self.timers: set[int] = set()
        self.moved: list[Phone] = []
        """Phones that a transfer has given to another run."""
        self.transfer: SimTransfer | None = None

    def post(self, event: CallEvent) -> None:
        """Something has happened; the run is told when the exchange settles."""
        if not self.finished:
            self.seq += 1
            event.seq = self.seq
            self.queue.append(event)
