"""Digits of a leg, from RTP events and from SIP INFO, and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import media_channels
from sip_frontend.calls.actions import Reply
from sip_frontend.calls.call import Call
from sip_frontend.message import Request
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import envelope_pb2 as wire

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

_DIGITS = frozenset("0123456789*#ABCDF")
_DEFAULT_MS = 160


def of_info(request: Request) -> tuple[str, int] | None:
    """Digit and duration of an INFO: ``application/dtmf-relay`` (``Signal=5``) or ``application/dtmf`` (``5``)."""
    text = request.body.decode("latin-1")
    if request.content_type == "application/dtmf":
        return _digit(text.strip(), _DEFAULT_MS)
    if request.content_type != "application/dtmf-relay":
        return None
    fields = dict(_field(line) for line in text.splitlines() if "=" in line)
    duration = fields.get("duration", "")
    return _digit(fields.get("signal", ""), int(duration) if duration.isdigit() else _DEFAULT_MS)


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip().lower(), value.strip()


def _digit(text: str, duration_ms: int) -> tuple[str, int] | None:
    named = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}.get(text, text).upper()
    return (named, min(duration_ms, 60_000)) if named in _DIGITS else None


def received(
    ex: Exchange, call: Call, digit: str, duration_ms: int, source: pb.DigitSource = pb.DIGIT_SOURCE_SIP_INFO
) -> None:
    """A digit of *call*: to the script, and, when it came by INFO, as an RTP event to the other leg."""
    event = ex.event(call)
    if event is not None:
        event.digit.digit = digit
        event.digit.duration_ms = duration_ms
        event.digit.source = source
    player = call.channel.spec.player if call.channel is not None and call.channel.spec.HasField("player") else None
    if player is not None and player.soup.interruptible and source == pb.DIGIT_SOURCE_SIP_INFO:
        media_channels.stop_play(ex, call)
    if call.channel is not None and source == pb.DIGIT_SOURCE_SIP_INFO and call.channel.spec.overlays:
        media_channels.stop_over(ex, call.channel, lambda one: one.soup.interruptible)
    if source == pb.DIGIT_SOURCE_SIP_INFO:
        released(ex, call, digit, duration_ms, source)
        if call.media_peer is not None:
            send(ex, call.media_peer, digit)


def released(ex: Exchange, call: Call, digit: str, duration_ms: int, source: pb.DigitSource) -> None:
    """The key of a digit was let go: now the script knows how long it was held down."""
    event = ex.event(call)
    if event is not None:
        event.digit_released.digit = digit
        event.digit_released.duration_ms = duration_ms
        event.digit_released.source = source


def send(ex: Exchange, call: Call, text: str, duration_ms: int = 0, told: Reply = lambda _: None) -> bool:
    """Send digits to the peer of *call*, as RFC 4733 events where it takes them; False without a channel.

    *duration_ms* is that of each, 0 the usual one. *told* hears of a refusal.
    """
    if call.channel is None:
        return False
    envelope = wire.Envelope()
    envelope.send_digits.channel_id = call.channel.channel_id
    envelope.send_digits.digits = text
    envelope.send_digits.duration_ms = duration_ms
    ex.ask_of(call.channel, envelope, told)
    return True
