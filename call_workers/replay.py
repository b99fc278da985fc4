"""Take over a run: execute its script again over the log, without acting, and go on live at the same step.

The log holds the events that were delivered and the commands that were accepted. The events are fed in order; what the
script commands meanwhile must be what the log says, command by command. Outcomes of steps are answered from the log,
each right after the event that the script had seen last when the outcome came. What the script commands beyond the
log never reached the exchange and is sent now.
"""

from __future__ import annotations

from collections.abc import Iterable

from call_workers.errors import ReplayDiverged
from call_workers.run import Run
from switchroom.v1.call_pb2 import Authenticated, Call, Referred, Updated
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.worker_pb2 import Activation, Command, Decision, LogEntry, RecordStep


def replay(run: Run, activation: Activation) -> Envelope:
    """Bring a fresh *run* to where the log ends, apply the new events, and return the decision.

    Raises:
        ReplayDiverged: the script did something else than the log says. The run is of no further use.
    """
    log = _Log(activation.log)
    run.logged_vars = log.vars
    run.take_snapshots(activation)
    run.logged_firsts = {
        call.call_id: _first(call, log.changes[call.call_id])
        for call in activation.calls
        if call.call_id in log.changes
    }
    run.decision = again = Decision()
    run.steps.held = True
    for event in log.events:
        run.deliver(event)
        _answer_steps(run, log.steps.get(event.seq, ()))
        log.check(again)
    log.check_complete(run)
    envelope = run.begin()
    envelope.decision.commands.extend(command for command in again.commands if command.command_id > log.last_command)
    run.steps.perform_held(run)
    for event in activation.events:
        run.deliver(event)
    return envelope


def diverged(activation: Activation, error: ReplayDiverged) -> Envelope:
    """The decision that tells of it."""
    envelope = Envelope()
    decision = envelope.decision
    decision.run_id = activation.run_id
    decision.lease = activation.lease
    logged = (entry.command.command_id for entry in activation.log if entry.HasField("command"))
    command = decision.commands.add(command_id=max(logged, default=0) + 1)
    command.fail.reason = str(error)
    command.fail.diverged = True
    return envelope


def _answer_steps(run: Run, outcomes: Iterable[RecordStep]) -> None:
    for outcome in outcomes:
        run.resolve_step(outcome.step_id, outcome.value, outcome.error)


_Change = Authenticated | Updated | Referred


def _first(call: Call, changes: list[_Change]) -> Call:
    """*call*, which is of today, as it was before all *changes*."""
    first = Call()
    first.CopyFrom(call)
    for change in reversed(changes):
        if change.HasField("previous_caller"):
            first.caller.CopyFrom(change.previous_caller)
        if not isinstance(change, Authenticated) and change.HasField("previous_called"):
            first.called.CopyFrom(change.previous_called)
        if isinstance(change, Referred) and change.previous_destination:
            first.destination = change.previous_destination
    return first


class _Log:
    """The log, sorted for replay."""

    def __init__(self, entries: Iterable[LogEntry]) -> None:
        self.events = []
        self.commands: dict[int, Command] = {}
        for entry in entries:
            if entry.WhichOneof("entry") == "event":
                self.events.append(entry.event)
            else:
                self.commands[entry.command.command_id] = entry.command
        self.last_command = max(self.commands, default=0)
        self.steps: dict[int, list[RecordStep]] = {}
        for _, command in sorted(self.commands.items()):
            if command.WhichOneof("command") == "record_step":
                self.steps.setdefault(command.record_step.after_seq, []).append(command.record_step)
        self.vars = frozenset(
            (command.call_id, command.set_var.key)
            for command in self.commands.values()
            if command.WhichOneof("command") == "set_var"
        )
        self.changes: dict[str, list[_Change]] = {}
        for event in self.events:
            kind = event.WhichOneof("event")
            if kind in ("authenticated", "updated", "referred"):
                self.changes.setdefault(event.call_id, []).append(getattr(event, kind))
        self._checked = 0

    def check(self, again: Decision) -> None:
        """Compare what was commanded since the last check with the log."""
        while self._checked < len(again.commands):
            command = again.commands[self._checked]
            self._checked += 1
            if command.command_id > self.last_command:
                return
            logged = self.commands.get(command.command_id)
            if logged != command:
                was = logged.WhichOneof("command") if logged is not None else "missing"
                now = command.WhichOneof("command")
                raise ReplayDiverged(f"command {command.command_id} was {was}, is now {now} or has other fields")

    def check_complete(self, run: Run) -> None:
        """Every command of the log must have been given again."""
        if run.command_count < self.last_command:
            raise ReplayDiverged(f"the log has {self.last_command} commands, the script gave {run.command_count}")
