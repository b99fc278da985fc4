"""What the simulated exchange does for commands on the audio of a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from call_workers.testing import room_recordings
from call_workers.testing.players import SimPlayer, start_playing
from switchroom.lean.of_msgspec import msgspec
from switchroom.v1.envelope_pb2 import ERROR_CODE_WRONG_STATE
from switchroom.v1.worker_pb2 import Command, RecordControl

if TYPE_CHECKING:
    from call_workers.testing.exchange import Exchange
    from call_workers.testing.phone import Phone


def _echo(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.echo = not command.echo.off


def _play(exchange: Exchange, phone: Phone, command: Command) -> None:
    play = command.play
    if not play.over:
        start_playing(exchange, phone, play.soup, play.player_id)
        return
    player = phone.players[play.player_id] = SimPlayer(exchange, phone, play.player_id, play.soup, over=True)
    for listener in _who_hear(exchange, phone) if play.for_group else [phone]:
        listener.heard.extend(player.names)


def _play_control(exchange: Exchange, phone: Phone, command: Command) -> None:
    player = phone.players.get(command.play_control.player_id)
    if player is not None:
        player.control(command.play_control)


def _who_hear(exchange: Exchange, phone: Phone) -> list[Phone]:
    """All of its room, or its bridge."""
    if phone.room:
        return exchange.room(phone.room)
    return [phone] if phone.mixed_with is None else [phone, phone.mixed_with]


def _play_record(exchange: Exchange, phone: Phone, command: Command) -> None:
    both = command.play_record
    start_playing(exchange, phone, both.soup, both.player_id)
    phone.recordings[both.record.file] = "recording"
    phone.recorders[both.record.recorder_id] = both.record.file


def _conference(exchange: Exchange, phone: Phone, command: Command) -> None:
    wanted = command.conference
    if phone.room != wanted.room:
        room_recordings.leave(exchange, phone)
    if phone.mixed_with is not None:
        phone.mixed_with.mixed_with = None
        phone.mixed_with = None
    phone.room, phone.muted, phone.deaf = wanted.room, wanted.muted, wanted.deaf
    phone.gain_db, phone.heard_by = wanted.gain_db, list(wanted.heard_by)


def _take_part(exchange: Exchange, phone: Phone, command: Command) -> None:
    wanted = command.take_part
    for name in ("muted", "deaf", "gain_db"):
        if wanted.HasField(name):
            setattr(phone, name, getattr(wanted, name))
    if wanted.HasField("heard_by"):
        phone.heard_by = list(wanted.heard_by.call_ids)


def _leave_conference(exchange: Exchange, phone: Phone, command: Command) -> None:
    room_recordings.leave(exchange, phone)


def _stop_media(exchange: Exchange, phone: Phone, command: Command) -> None:
    wanted = command.stop_media.player_id
    for player in list(phone.players.values()):
        if wanted in ("", player.player_id):
            player.end("interrupted")


def _dtmf(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.digits_received += command.send_dtmf.digits


def _record(exchange: Exchange, phone: Phone, command: Command) -> None:
    spec = command.record.recorder
    if not command.record.room:
        phone.recordings[spec.file] = "recording"
        phone.recorders[spec.recorder_id] = spec.file
        return
    if not phone.room:
        event = phone.event()
        result = event.command_result
        result.command_id, result.error_code = command.command_id, ERROR_CODE_WRONG_STATE
        result.error = "the call is in no room"
        phone.post(event)
        return
    room_recordings.ask(exchange, phone, spec.recorder_id, spec.file)


def _record_control(exchange: Exchange, phone: Phone, command: Command) -> None:
    control = command.record_control
    if room_recordings.control(exchange, control.recorder_id, control.action):
        return
    file = phone.recorders[control.recorder_id]
    phone.recordings[file] = room_recordings.STATES[control.action]
    if control.action == RecordControl.ACTION_FINISH:
        room_recordings.post_end(phone, control.recorder_id, file, "finished.requested")


def _read_stats(exchange: Exchange, phone: Phone, command: Command) -> None:
    event = phone.event()
    result = event.command_result
    result.command_id = command.command_id
    result.ok = True
    result.value = msgspec.json.encode(phone.stats).decode()
    phone.post(event)


def accept_only(exchange: Exchange, phone: Phone, command: Command) -> None:
    """Nothing of it can be seen from the phone."""


ON_MEDIA: dict[str, Callable[[Exchange, Phone, Command], None]] = {
    "echo": _echo,
    "play": _play,
    "play_control": _play_control,
    "stop_media": _stop_media,
    "send_dtmf": _dtmf,
    "set_direction": accept_only,
    "detect_tones": accept_only,
    "play_record": _play_record,
    "conference": _conference,
    "leave_conference": _leave_conference,
    "take_part": _take_part,
    "record": _record,
    "record_control": _record_control,
    "read_stats": _read_stats,
}
