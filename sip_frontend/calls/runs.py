"""Runs seen from the leases: what a worker decided, what becomes of a run that nobody leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import commands, ending, transfer
from sip_frontend.calls.run import Run
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import worker_pb2 as worker_pb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sip_frontend.calls.exchange import Exchange


def decide(ex: Exchange, run: Run, decided: Iterable[worker_pb.Command]) -> None:
    """Perform what the leader of *run* decided, in order. A number accepted before is ignored (replay)."""
    for command in decided:
        if run.finished:
            return
        if command.command_id <= run.commands_seen:
            continue
        run.commands_seen = command.command_id
        kind = command.WhichOneof("command")
        if kind != "finish":
            run.remember_command(command)
        commands.perform(ex, run, command, kind or "")


def nobody_leads(ex: Exchange, run: Run) -> None:
    """No worker takes *run*: calls not answered yet get 503, established ones stay and wait for a worker."""
    for call in list(run.calls.values()):
        if not call.established and not call.ended:
            ex.log("warning", "call.no_worker", call_id=call.call_id)
            headers = [("Retry-After", str(ex.settings.retry_after_s))]
            ending.refuse(ex, call, 503, common.CAUSE_SERVICE_UNAVAILABLE, headers=headers)
    if not any(call.established for call in run.calls.values()):
        close(ex, run)


def diverged(ex: Exchange, run: Run, reason: str) -> None:
    """The script could not be replayed: its established calls stay as they are, without a leader."""
    ex.log("error", "run.diverged", run_id=run.run_id, reason=reason)
    ex.count("runs.diverged")
    abandon(ex, run)


def abandon(ex: Exchange, run: Run) -> None:
    """Nobody will lead *run* any more; unanswered calls end, established ones stay."""
    for call in list(run.calls.values()):
        if not call.established and not call.ended:
            ending.hangup(ex, call, common.CAUSE_SERVER_ERROR)
    close(ex, run)


def close(ex: Exchange, run: Run) -> None:
    """The run is over; its calls go on alone."""
    if run.transfer is not None and not any(call.attempt for call in run.calls.values()):
        transfer.succeeded(ex, run)
    run.finish()
    ex.runs.pop(run.run_id, None)
    for call in run.calls.values():
        call.run = None
    run.calls.clear()
    run.first_call = None
