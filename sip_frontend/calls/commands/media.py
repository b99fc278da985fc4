"""Commands about the media of one leg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToJson

from sip_frontend.calls import bridging, digits, media_channels
from sip_frontend.calls.actions import AskMedia
from sip_frontend.calls.call import Call
from sip_frontend.calls.commands.outcome import OnCall, fail_on, succeed, wrong_state
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def _play(ex: Exchange, call: Call, command: pb.Command) -> None:
    player_id = command.play.player_id or f"{call.call_id}/{command.command_id}"
    if not media_channels.play(ex, call, command.play.soup, player_id):
        wrong_state(ex, call, command, "answer the call before playing to it")


def _stop_media(ex: Exchange, call: Call, command: pb.Command) -> None:
    media_channels.stop_play(ex, call)
    media_channels.set_echo(ex, call, False)


def _echo(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "answer the call before echoing it")
    else:
        media_channels.set_echo(ex, call, not command.echo.off)


def _send_dtmf(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not digits.send(ex, call, command.send_dtmf.digits):
        wrong_state(ex, call, command, "answer the call before sending digits to it")


def _set_direction(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "the call has no media")
        return
    call.channel.spec.direction.CopyFrom(command.set_direction.direction)
    ex.touch(call.channel)


def _record(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "answer the call before recording it")
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
    wrong_state(ex, call, command, f"no recorder {wanted.recorder_id}")


def _read_stats(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "the call has no media")
        return
    envelope = wire.Envelope()
    envelope.channel_stats_request.channel_id = call.channel.channel_id

    def told(reply: wire.Envelope | BusError) -> None:
        if isinstance(reply, BusError):
            fail_on(ex, call, command, wire.ERROR_CODE_TIMEOUT, str(reply))
        else:
            succeed(ex, call, command, MessageToJson(reply.channel_stats, preserving_proto_field_name=True))

    ex.actions.append(AskMedia(call.channel.worker, envelope, told))


def _conference(ex: Exchange, call: Call, command: pb.Command) -> None:
    """Join a room: everybody in it hears everybody else. A room is where its first member is."""
    wanted = command.conference
    if call.channel is None:
        wrong_state(ex, call, command, "answer the call before it joins a room")
        return
    if not wanted.room:
        wrong_state(ex, call, command, "a room needs a name")
        return
    bridging.unmix(ex, call)
    member = call.channel.spec.member
    member.muted, member.deaf = wanted.muted, wanted.deaf
    media_channels.set_group(ex, call, f"room/{wanted.room}")
    ex.touch(call.channel)


def _leave_conference(ex: Exchange, call: Call, command: pb.Command) -> None:
    media_channels.set_group(ex, call, "")


VERBS: dict[str, OnCall] = {
    "play": _play,
    "stop_media": _stop_media,
    "echo": _echo,
    "send_dtmf": _send_dtmf,
    "set_direction": _set_direction,
    "record": _record,
    "record_control": _record_control,
    "read_stats": _read_stats,
    "conference": _conference,
    "leave_conference": _leave_conference,
}
