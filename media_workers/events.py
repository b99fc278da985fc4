"""From the engine's events and counters to the contract's messages."""

from __future__ import annotations

from collections.abc import Callable

import rtp_engine

from switchroom.v1 import media_pb2 as pb


def stats_message(channel_id: str, formats: dict[int, str], stats: rtp_engine.Stats) -> pb.ChannelStats:
    """*formats* gives the names of payload types."""
    return pb.ChannelStats(
        channel_id=channel_id,
        packets_received=stats.packets_received,
        packets_sent=stats.packets_sent,
        bytes_received=stats.bytes_received,
        bytes_sent=stats.bytes_sent,
        packets_lost=stats.packets_lost,
        packets_late=stats.packets_late,
        packets_duplicate=stats.packets_duplicate,
        packets_dropped=stats.packets_dropped,
        drops=stats.drops,
        jitter_ms=stats.jitter_ms,
        round_trip_ms=stats.round_trip_ms,
        remote_loss=stats.remote_loss,
        remote_jitter_ms=stats.remote_jitter_ms,
        mos=stats.mos,
        codec_in=_name(formats, stats.payload_type_in),
        codec_out=_name(formats, stats.payload_type_out),
        ssrc_in=stats.ssrc_in,
        ssrc_out=stats.ssrc_out,
    )


def _name(formats: dict[int, str], payload_type: int | None) -> str:
    return "" if payload_type is None else formats.get(payload_type, "")


def media_event(channel_id: str, event: rtp_engine.Event) -> pb.MediaEvent:
    """A ``KeyError`` here means that engine and worker are of different versions."""
    message = pb.MediaEvent(channel_id=channel_id)
    message.at.FromMicroseconds(event.unix_us)
    _FILL[event.kind](message, event)
    return message


def _digit(message: pb.MediaEvent, event: rtp_engine.Event) -> None:
    message.digit.digit = event.text


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


_FILL: dict[str, Callable[[pb.MediaEvent, rtp_engine.Event], None]] = {
    "digit": _digit,
    "latched": _latched,
    "idle": _idle,
    "play_started": _play_started,
    "play_ended": _play_ended,
    "no_file": _no_file,
}
