"""Commands about the run: dialling, timers, what the script keeps and tells, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import dialling, ending
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.commands.outcome import OnRun, fail
from sip_frontend.calls.run import Run
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def _dial(ex: Exchange, run: Run, command: pb.Command) -> None:
    parent = run.calls.get(command.call_id) if command.call_id else None
    if command.call_id and (parent is None or parent.ended):
        fail(ex, run, command, wire.ERROR_CODE_WRONG_STATE, "the call that dials has ended")
        return
    dialling.dial(ex, run, parent, command)


def _cancel_dial(ex: Exchange, run: Run, command: pb.Command) -> None:
    wanted = command.cancel_dial
    for call in list(run.calls.values()):
        if call.attempt is not None and call.attempt.command_id == wanted.dial_command_id:
            dialling.cancel(ex, call.attempt, wanted.cause or common.CAUSE_ORIGINATOR_CANCEL)
            return


def _start_timer(ex: Exchange, run: Run, command: pb.Command) -> None:
    wanted = command.start_timer
    timer_id = wanted.timer_id

    def fired(now: float) -> None:
        run.timers.pop(timer_id, None)
        if not run.finished:
            ex.run_event(run, "").timer_fired.timer_id = timer_id

    run.timers[timer_id] = ex.timer(max(0.0, wanted.after.seconds + wanted.after.nanos / 1e9), fired)


def _cancel_timer(ex: Exchange, run: Run, command: pb.Command) -> None:
    timer = run.timers.pop(command.cancel_timer.timer_id, None)
    if timer is not None:
        timer.cancel()


def _set_var(ex: Exchange, run: Run, command: pb.Command) -> None:
    call = run.calls.get(command.call_id) or run.first_call
    if call is None:
        return
    if command.set_var.value:
        call.view.vars[command.set_var.key] = command.set_var.value
    else:
        call.view.vars.pop(command.set_var.key, None)


def _record_step(ex: Exchange, run: Run, command: pb.Command) -> None:
    """Nothing to do: it is in the log, which is what it is for."""


def _publish_event(ex: Exchange, run: Run, command: pb.Command) -> None:
    call = run.calls.get(command.call_id) or run.first_call
    ex.actions.append(Publish(command.publish_event.name, call, command.publish_event.payload or "{}"))


def _send_custom(ex: Exchange, run: Run, command: pb.Command) -> None:
    wanted = command.send_custom
    target = ex.calls.get(wanted.to_call_id)
    event = ex.event(target) if target is not None else None
    if event is None:
        fail(ex, run, command, wire.ERROR_CODE_UNKNOWN_CALL, f"nobody leads a call {wanted.to_call_id}")
        return
    event.custom.name, event.custom.payload = wanted.name, wanted.payload


def _finish(ex: Exchange, run: Run, command: pb.Command) -> None:
    from sip_frontend.calls import runs

    runs.close(ex, run)


def _script_failed(ex: Exchange, run: Run, command: pb.Command) -> None:
    from sip_frontend.calls import runs

    if command.fail.diverged:
        runs.diverged(ex, run, command.fail.reason)
        return
    ex.log("error", "run.failed", run_id=run.run_id, reason=command.fail.reason)
    ex.count("runs.failed")
    for call in list(run.calls.values()):
        if not call.ended:
            ending.hangup(ex, call, common.CAUSE_SERVER_ERROR)
    runs.close(ex, run)


VERBS: dict[str, OnRun] = {
    "dial": _dial,
    "cancel_dial": _cancel_dial,
    "start_timer": _start_timer,
    "cancel_timer": _cancel_timer,
    "set_var": _set_var,
    "record_step": _record_step,
    "publish_event": _publish_event,
    "send_custom": _send_custom,
    "finish": _finish,
    "fail": _script_failed,
}
