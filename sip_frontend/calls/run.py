"""A run: one execution of a call script, the log of it, and the lease under which a worker leads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import worker_pb2 as worker_pb

if TYPE_CHECKING:
    from sip_frontend.calls.call import Call
    from sip_frontend.calls.timers import Timer
    from sip_frontend.calls.transfer import Transfer

LOG_LIMIT = 10_000
"""Entries kept for a takeover. A run that outgrows it can no longer be replayed; its calls go on."""


class Run:
    """What the frontend knows of one execution of a script.

    ``pending`` are events not yet taken by a worker, ``log`` all that was delivered or accepted, in order.
    ``asked`` is true while an activation is unanswered: the next one waits for its answer.
    """

    __slots__ = (
        "asked",
        "calls",
        "commands_seen",
        "finished",
        "first_call",
        "lease",
        "log",
        "pending",
        "queued",
        "run_id",
        "seq",
        "timers",
        "transfer",
        "views",
        "worker",
    )

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.lease = 0
        self.worker = ""
        self.calls: dict[str, Call] = {}
        self.first_call: Call | None = None
        self.views: dict[str, pb.Call] = {}
        """Every call it ever had, as a worker sees it: a script that is executed again meets the ended ones too."""
        self.pending: list[pb.CallEvent] = []
        self.log: list[bytes] = []
        """Entries as they go over the bus: a third of the memory of messages, and read only when a worker has died."""
        self.seq = 0
        self.commands_seen = 0
        self.asked = False
        self.queued = False
        self.finished = False
        self.timers: dict[int, Timer] = {}
        self.transfer: Transfer | None = None

    def add(self, call: Call) -> None:
        """*call* belongs to this run from now on."""
        self.calls[call.call_id] = call
        if self.replayable:
            self.views[call.call_id] = call.view
        if self.first_call is None:
            self.first_call = call

    def remember_event(self, event: pb.CallEvent) -> None:
        """*event* was delivered."""
        self._remember(worker_pb.LogEntry(event=event).SerializeToString())

    def remember_command(self, command: worker_pb.Command) -> None:
        """*command* was accepted."""
        self._remember(worker_pb.LogEntry(command=command).SerializeToString())

    def _remember(self, entry: bytes) -> None:
        if len(self.log) < LOG_LIMIT:
            self.log.append(entry)

    @property
    def replayable(self) -> bool:
        """Whether the log is whole."""
        return len(self.log) < LOG_LIMIT

    def finish(self) -> None:
        """The script is done: nobody leads the run any more and nothing of it needs to be kept."""
        self.finished = True
        self.pending.clear()
        self.log.clear()
        self.views.clear()
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()
