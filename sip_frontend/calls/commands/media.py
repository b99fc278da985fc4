"""Commands about the media of one leg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToJson

from sip_frontend.calls import bridging, confiding, digits, links, media_channels, players, room_recording
from sip_frontend.calls.call import Call, stamp
from sip_frontend.calls.channel import Channel
from sip_frontend.calls.commands.outcome import OnCall, media_failed, succeed, wrong_state
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import media_pb2 as media
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sip_frontend.calls.exchange import Exchange


def _play(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted = command.play
    player_id = wanted.player_id or f"{call.call_id}/{command.command_id}"
    if call.channel is not None and players.find(call.channel, player_id) is not None:
        wrong_state(ex, call, command, f"{player_id} plays already")
        return
    if wanted.over or wanted.for_group:
        player = media.Player(player_id=player_id, soup=wanted.soup, gain_db=wanted.gain_db, for_group=wanted.for_group)
        plays = media_channels.play_over(ex, call, player)
    else:
        plays = media_channels.play(ex, call, wanted.soup, player_id, wanted.gain_db)
    if not plays:
        wrong_state(ex, call, command, "answer the call before playing to it")


def _play_control(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is not None:
        players.control(ex, call.channel, command.play_control)


def _play_record(ex: Exchange, call: Call, command: pb.Command) -> None:
    """The prompt and then the recording; the media worker goes from one to the other by itself, so there is no gap."""
    both = command.play_record
    channel = call.channel
    if channel is None:
        wrong_state(ex, call, command, "answer the call before recording it")
        return
    player_id = both.player_id or f"{call.call_id}/{command.command_id}.prompt"
    if both.interrupt:
        voice = both.soup.interrupt_by_voice
        voice.SetInParent()
        voice.power = both.barge_in_power or voice.power
        voice.power_packets = both.barge_in_packets or voice.power_packets
    spec = _add_recorder(ex, channel, command, both.record)
    if both.soup.items:
        spec.after_player = player_id
        media_channels.play(ex, call, both.soup, player_id)
    else:
        ex.touch(channel)


def _stop_media(ex: Exchange, call: Call, command: pb.Command) -> None:
    player_id = command.stop_media.player_id
    channel = call.channel
    if channel is None:
        return
    media_channels.stop_over(ex, channel, lambda one: player_id in ("", one.player_id))
    if player_id in ("", channel.spec.player.player_id):
        media_channels.stop_play(ex, call)
    if not player_id:
        media_channels.set_echo(ex, call, False)


def _echo(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "answer the call before echoing it")
    else:
        media_channels.set_echo(ex, call, not command.echo.off)


def _send_dtmf(ex: Exchange, call: Call, command: pb.Command) -> None:
    def told(reply: wire.Envelope | BusError) -> None:
        if isinstance(reply, BusError):
            media_failed(ex, call, command, reply)

    wanted = command.send_dtmf
    if not digits.send(ex, call, wanted.digits, wanted.duration_ms, told):
        wrong_state(ex, call, command, "answer the call before sending digits to it")


def _set_direction(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "the call has no media")
        return
    wanted = command.set_direction.direction
    call.channel.want(send=wanted.send, receive=wanted.receive)
    ex.touch(call.channel)


def _detect_tones(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "answer the call before listening for tones")
        return
    call.channel.spec.detect_tones = not command.detect_tones.off
    ex.touch(call.channel)


def _record(ex: Exchange, call: Call, command: pb.Command) -> None:
    if command.record.room:
        wanted = command.record.recorder
        wanted.recorder_id = wanted.recorder_id or f"{call.call_id}/{command.command_id}"
        reason = room_recording.record(ex, call, wanted)
        if reason:
            wrong_state(ex, call, command, reason)
    elif call.channel is None:
        wrong_state(ex, call, command, "answer the call before recording it")
    else:
        _add_recorder(ex, call.channel, command, command.record.recorder)
        ex.touch(call.channel)


def _add_recorder(
    ex: Exchange, channel: Channel, command: pb.Command, wanted: media.RecorderSpec
) -> media.RecorderSpec:
    spec = channel.spec.recorders.add()
    spec.CopyFrom(wanted)
    spec.recorder_id = spec.recorder_id or f"{channel.call_id}/{command.command_id}"
    stamp(spec.started_at, ex.unix)
    return spec


def _record_control(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted, channel = command.record_control, call.channel
    recorders = channel.spec.recorders if channel is not None else []
    spec = next((one for one in recorders if one.recorder_id == wanted.recorder_id), None)
    if spec is not None and channel is not None:
        ex.touch(channel)
    else:
        spec = room_recording.control(ex, call, wanted)
    if spec is None:
        wrong_state(ex, call, command, f"no recorder {wanted.recorder_id}")
        return
    spec.paused = wanted.action == pb.RecordControl.ACTION_PAUSE
    spec.finished = spec.finished or wanted.action == pb.RecordControl.ACTION_FINISH


def _read_stats(ex: Exchange, call: Call, command: pb.Command) -> None:
    if call.channel is None:
        wrong_state(ex, call, command, "the call has no media")
        return
    envelope = wire.Envelope()
    envelope.channel_stats_request.channel_id = call.channel.channel_id

    def told(reply: wire.Envelope | BusError) -> None:
        if isinstance(reply, BusError):
            media_failed(ex, call, command, reply)
        else:
            succeed(ex, call, command, MessageToJson(reply.channel_stats, preserving_proto_field_name=True))

    ex.ask_of(call.channel, envelope, told)


def _conference(ex: Exchange, call: Call, command: pb.Command) -> None:
    """Join a room: everybody in it hears everybody else. A room is where its first member is."""
    wanted = command.conference
    if not wanted.room:
        wrong_state(ex, call, command, "a room needs a name")
        return
    group = f"{room_recording.ROOM}{wanted.room}"
    home = ex.media.home_of(group)
    if call.channel is None:
        call.bonded = home or call.bonded
        try:
            media_channels.open_channel(ex, call)
        except media_channels.NoMedia as error:
            wrong_state(ex, call, command, str(error))
    channel = call.channel
    if channel is None:
        return
    try:
        there = links.home_group(ex, channel) == group
        name = channel.spec.group_id if there else links.name_on(ex, group, home or channel.worker, channel.worker)
    except media_channels.NoMedia as error:
        wrong_state(ex, call, command, str(error))
        return
    bridging.unmix(ex, call)
    media_channels.set_group(ex, call, name)
    member = channel.spec.member
    member.muted, member.deaf, member.gain_db = wanted.muted, wanted.deaf, wanted.gain_db
    _heard_by(ex, call, command, wanted.heard_by)
    ex.touch(channel)


def _take_part(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted, channel = command.take_part, call.channel
    if channel is None or not channel.spec.group_id:
        wrong_state(ex, call, command, "the call is in no bridge and no room")
        return
    for name in ("muted", "deaf", "gain_db"):
        if wanted.HasField(name):
            setattr(channel.spec.member, name, getattr(wanted, name))
    if wanted.HasField("heard_by"):
        _heard_by(ex, call, command, wanted.heard_by.call_ids)
    ex.touch(channel)


def _heard_by(ex: Exchange, call: Call, command: pb.Command, call_ids: Sequence[str]) -> None:
    """Who alone hears the call. A listener that cannot be reached is told to the script; still nobody else hears it."""
    if call.channel is not None:
        reasons = confiding.confide(ex, call.channel, call_ids)
        if reasons:
            wrong_state(ex, call, command, "; ".join(reasons))


def _leave_conference(ex: Exchange, call: Call, command: pb.Command) -> None:
    media_channels.set_group(ex, call, "")


VERBS: dict[str, OnCall] = {
    "play": _play,
    "play_record": _play_record,
    "play_control": _play_control,
    "stop_media": _stop_media,
    "echo": _echo,
    "send_dtmf": _send_dtmf,
    "set_direction": _set_direction,
    "detect_tones": _detect_tones,
    "record": _record,
    "record_control": _record_control,
    "read_stats": _read_stats,
    "conference": _conference,
    "take_part": _take_part,
    "leave_conference": _leave_conference,
}
