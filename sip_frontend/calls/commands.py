"""What a worker may command, as a table from the name in the contract to the verb that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.calls import (
    answering,
    authentication,
    bridging,
    causes,
    dialling,
    digits,
    ending,
    holding,
    media_channels,
    transfer,
)
from sip_frontend.calls.actions import AskMedia, Publish
from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from switchroom.errors import BusError
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

OnCall = Callable[["Exchange", Call, pb.Command], None]
OnRun = Callable[["Exchange", Run, pb.Command], None]


def perform(ex: Exchange, run: Run, command: pb.Command, kind: str) -> None:
    """Do one command. What cannot be done is told to the worker, never dropped in silence."""
    on_run = _ON_RUN.get(kind)
    if on_run is not None:
        on_run(ex, run, command)
        return
    on_call = _ON_CALL.get(kind)
    if on_call is None:
        fail(ex, run, command, wire.ERROR_CODE_NOT_SUPPORTED, f"{kind or 'this command'} is not supported yet")
        return
    call = run.calls.get(command.call_id)
    if call is None:
        fail(ex, run, command, wire.ERROR_CODE_UNKNOWN_CALL, f"no call {command.call_id} in this run")
    elif call.ended:
        fail(ex, run, command, wire.ERROR_CODE_WRONG_STATE, "the call has ended")
    else:
        on_call(ex, call, command)


def fail(ex: Exchange, run: Run, command: pb.Command, code: wire.ErrorCode, text: str) -> None:
    """Tell the worker that a command could not be done."""
    if run.finished:
        return
    event = ex.run_event(run, command.call_id)
    result = event.command_result
    result.command_id, result.ok, result.error_code, result.error = command.command_id, False, int(code), text


def _fail(ex: Exchange, call: Call, command: pb.Command, code: wire.ErrorCode, text: str) -> None:
    if call.run is not None:
        fail(ex, call.run, command, code, text)


def _succeed(ex: Exchange, call: Call, command: pb.Command, value: str = "") -> None:
    if call.run is not None and not call.run.finished:
        result = ex.run_event(call.run, call.call_id).command_result
        result.command_id, result.ok, result.value = command.command_id, True, value


# -- legs --------------------------------------------------------------------------------------------------------------


def _authenticate(ex: Exchange, call: Call, command: pb.Command) -> None:
    authentication.authenticate(ex, call, command.authenticate)


def _ring(ex: Exchange, call: Call, command: pb.Command) -> None:
    answering.ring(ex, call)


def _answer(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted = command.answer
    headers = [(one.name, one.value) for one in wanted.headers]
    answering.answer(ex, call, early=wanted.early, codecs=list(wanted.codecs), headers=headers)
    if call.run is not None and call.established:
        media_channels.stop_play(ex, call)
        transfer.succeeded(ex, call.run)


def _hangup(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted = command.hangup
    run = call.run
    transferred = run is not None and run.transfer is not None and run.transfer.moved is call
    # The script gives up on a transferred leg: back to who transferred it, if that one is still there.
    if run is not None and transferred and transfer.failed(ex, run, causes.status_of(wanted.cause)):
        return
    headers = [(one.name, one.value) for one in wanted.headers]
    if wanted.contact:
        headers.append(("Contact", f"<{wanted.contact}>"))
    cause = wanted.cause or common.CAUSE_NORMAL_CLEARING
    ending.hangup(ex, call, cause, tone=wanted.tone, text=wanted.text, headers=headers)


def _mix(ex: Exchange, call: Call, command: pb.Command) -> None:
    other = ex.calls.get(command.mix.with_call_id)
    if other is None or other.ended:
        _fail(ex, call, command, wire.ERROR_CODE_UNKNOWN_CALL, f"no call {command.mix.with_call_id}")
    elif not bridging.mix(ex, call, other):
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "both legs need open media to be mixed")


def _unmix(ex: Exchange, call: Call, command: pb.Command) -> None:
    bridging.unmix(ex, call)


def _adopt(ex: Exchange, call: Call, command: pb.Command) -> None:
    child = ex.calls.get(command.adopt.child_call_id)
    if child is None or child.ended or child is call:
        _fail(ex, call, command, wire.ERROR_CODE_UNKNOWN_CALL, f"no call {command.adopt.child_call_id}")
        return
    call.adopt(child)
    if command.adopt.mix:
        dialling.bridge(ex, call, child)


def _detach(ex: Exchange, call: Call, command: pb.Command) -> None:
    bridging.detach(ex, call, with_unmix=command.detach.unmix)


def _pick(ex: Exchange, call: Call, command: pb.Command) -> None:
    call.view.picked = True
    event = ex.event(call)
    if event is not None:
        event.picked.SetInParent()


def _hold(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not holding.hold(ex, call, True):
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "only an established leg at rest can be held")


def _unhold(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not holding.hold(ex, call, False):
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "only an established leg at rest can be taken off hold")


def _refer(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not transfer.refer(ex, call, command.refer.to, command.command_id):
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "only an established leg can be referred")


def _set_entity(ex: Exchange, call: Call, command: pb.Command) -> None:
    call.view.entity.CopyFrom(command.set_entity.entity)
    uri = command.set_entity.entity.uri
    ex.entity_calls[uri] = ex.entity_calls.get(uri, 0) + 1


# -- media -------------------------------------------------------------------------------------------------------------


def _play(ex: Exchange, call: Call, command: pb.Command) -> None:
    player_id = command.play.player_id or f"{call.call_id}/{command.command_id}"
    if not media_channels.play(ex, call, command.play.soup, player_id):
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "answer the call before playing to it")


def _stop_media(ex: Exchange, call: Call, command: pb.Command) -> None:
    media_channels.stop_play(ex, call)
    media_channels.set_echo(ex, call, False)


def _echo(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "answer the call before echoing it")
    else:
        media_channels.set_echo(ex, call, not command.echo.off)


def _send_dtmf(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not digits.send(ex, call, command.send_dtmf.digits):
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "answer the call before sending digits to it")


def _set_direction(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "the call has no media")
        return
    call.channel.spec.direction.CopyFrom(command.set_direction.direction)
    ex.touch(call.channel)


def _record(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "answer the call before recording it")
        return
    spec = call.channel.spec.recorders.add()
    spec.CopyFrom(command.record.recorder)
    spec.recorder_id = spec.recorder_id or f"{call.call_id}/{command.command_id}"
    ex.touch(call.channel)


def _record_control(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted = command.record_control
    recorders = call.channel.spec.recorders if call.channel is not None else []
    for spec in recorders:
        if spec.recorder_id == wanted.recorder_id:
            spec.paused = wanted.action == pb.RecordControl.ACTION_PAUSE
            spec.finished = spec.finished or wanted.action == pb.RecordControl.ACTION_FINISH
            if call.channel is not None:
                ex.touch(call.channel)
            return
    _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, f"no recorder {wanted.recorder_id}")


def _read_stats(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        _fail(ex, call, command, wire.ERROR_CODE_WRONG_STATE, "the call has no media")
        return
    envelope = wire.Envelope()
    envelope.channel_stats_request.channel_id = call.channel.channel_id

    def told(reply: wire.Envelope | BusError) -> None:
        if isinstance(reply, BusError):
            _fail(ex, call, command, wire.ERROR_CODE_TIMEOUT, str(reply))
        else:
            from google.protobuf.json_format import MessageToJson

            _succeed(ex, call, command, MessageToJson(reply.channel_stats, preserving_proto_field_name=True))

    ex.actions.append(AskMedia(call.channel.worker, envelope, told))


# -- runs --------------------------------------------------------------------------------------------------------------


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


_ON_RUN: dict[str, OnRun] = {
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

_ON_CALL: dict[str, OnCall] = {
    "authenticate": _authenticate,
    "ring": _ring,
    "answer": _answer,
    "hangup": _hangup,
    "mix": _mix,
    "unmix": _unmix,
    "adopt": _adopt,
    "detach": _detach,
    "pick": _pick,
    "hold": _hold,
    "refer": _refer,
    "unhold": _unhold,
    "set_entity": _set_entity,
    "play": _play,
    "stop_media": _stop_media,
    "echo": _echo,
    "send_dtmf": _send_dtmf,
    "set_direction": _set_direction,
    "record": _record,
    "record_control": _record_control,
    "read_stats": _read_stats,
}
