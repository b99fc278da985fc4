"""From the engine's events and counters to the contract's messages."""

from __future__ import annotations

from collections.abc import Callable

import rtp_engine

from media_workers.parts import Salvaged, is_part
from switchroom.v1 import media_pb2 as pb


def fill_stats(out: pb.ChannelStats, channel_id: str, formats: dict[int, str], stats: rtp_engine.Stats) -> None:
    """*formats* gives the names of payload types."""
    out.channel_id = channel_id
    out.packets_received = stats.packets_received
    out.packets_sent = stats.packets_sent
    out.bytes_received = stats.bytes_received
    out.bytes_sent = stats.bytes_sent
    out.packets_lost = stats.packets_lost
    out.packets_late = stats.packets_late
    out.packets_duplicate = stats.packets_duplicate
    out.packets_dropped = stats.packets_dropped
    for reason, count in stats.drops.items():
        out.drops[reason] = count
    out.jitter_ms = stats.jitter_ms
    out.round_trip_ms = stats.round_trip_ms
    out.remote_loss = stats.remote_loss
    out.remote_jitter_ms = stats.remote_jitter_ms
    out.mos = stats.mos
    out.mos_listening = stats.mos_listening
    out.rating = stats.rating
    out.packets_discarded = stats.packets_discarded
    out.concealed_ms = stats.concealed_ms
    out.concealed = stats.concealed
    out.buffer_ms = stats.buffer_ms
    out.burst_density = stats.burst_density
    out.burst_ms = stats.burst_ms
    out.gap_density = stats.gap_density
    out.gap_ms = stats.gap_ms
    out.remote_mos = stats.remote_mos
    if (heard := stats.payload_type_in) is not None:
        out.codec_in = formats.get(heard, "")
    if (sent := stats.payload_type_out) is not None:
        out.codec_out = formats.get(sent, "")
    out.ssrc_in = stats.ssrc_in
    out.ssrc_out = stats.ssrc_out


def fill_event(out: pb.MediaEvent, channel_id: str, event: rtp_engine.Event) -> None:
    """A ``KeyError`` here means that engine and worker are of different versions."""
    out.channel_id = channel_id
    out.at.FromMicroseconds(event.unix_us)
    _FILL[event.kind](out, event)


def _digit(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.digit.digit = event.text
    message.digit.in_band = event.number == 1


def _digit_ended(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    _digit(message, event)
    message.digit.released = True
    message.digit.duration_ms = event.duration_ms


def _tone(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.tone.name = event.text


def _latched(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.latched.source.address = event.text
    message.latched.source.port = event.number


def _idle(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.idle.silent_s = event.number


def _play_started(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.play.player_id = event.text
    message.play.reason = "new"


def _play_ended(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.play.player_id = event.text
    message.play.ended = True
    message.play.reason = event.detail


def _no_file(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.play.player_id = event.text
    message.play.reason = "no-file"
    message.play.file = event.detail


def fill_part(out: pb.MediaEvent, channel_id: str, recorder_id: str, part: Salvaged, unix_now: float) -> None:
    """A part of a recording that a worker which died has left behind is there now."""
    out.channel_id = channel_id
    out.at.FromMicroseconds(round(unix_now * 1e6))
    out.record.recorder_id = recorder_id
    out.record.file = part.path
    out.record.event = "recording.part"
    out.record.size_bytes = part.size_bytes
    out.record.duration_ms = part.duration_ms


def _record(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.record.recorder_id = event.text
    message.record.file = event.file
    message.record.event = (
        "recording.continued" if event.detail == "recording" and is_part(event.file) else event.detail
    )
    message.record.size_bytes = event.number
    message.record.duration_ms = event.duration_ms


def _talk(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.talk.talking = event.number == 1
    message.talk.energy = max(0, round(127 + event.level_dbov))


def _speaker(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.speaker.active = event.number == 1
    message.speaker.energy = max(0, round(127 + event.level_dbov))


_FILL: dict[str, Callable[[pb.MediaEvent, rtp_engine.Event], None]] = {
    "digit": _digit,
    "digit_ended": _digit_ended,
    "tone": _tone,
    "latched": _latched,
    "idle": _idle,
    "play_started": _play_started,
    "play_ended": _play_ended,
    "no_file": _no_file,
    "record": _record,
    "talk": _talk,
    "speaker": _speaker,
}
