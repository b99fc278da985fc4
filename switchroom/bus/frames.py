"""Making and reading the frames that the bus itself needs."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from switchroom.bus.heartbeat import Timing
from switchroom.errors import RequestRefused
from switchroom.v1.envelope_pb2 import (
    KIND_EVENT,
    KIND_REQUEST,
    KIND_RESPONSE,
    Envelope,
    ErrorCode,
    Heartbeat,
    Hello,
    Refusal,
)

# Field numbers 1 and 2 of Envelope, as varint tags.
_TAG_KIND = 0x08
_TAG_CORRELATION = 0x10
_MAX_VARINT_BYTES = 10


def refusal(correlation_id: int, code: ErrorCode, text: str) -> Envelope:
    """The answer to a request that was not done; with *correlation_id* 0 it is an event."""
    envelope = Envelope()
    envelope.kind = KIND_RESPONSE if correlation_id else KIND_EVENT
    envelope.correlation_id = correlation_id
    envelope.refusal.code = code
    envelope.refusal.text = text
    return envelope


def welcome(correlation_id: int, frontend: str, version: str, timing: Timing) -> Envelope:
    """The answer to Hello."""
    envelope = Envelope(kind=KIND_RESPONSE, correlation_id=correlation_id)
    pace = envelope.welcome
    pace.frontend = frontend
    pace.version = version
    pace.heartbeat_ms = round(timing.heartbeat_s * 1000)
    pace.suspect_ms = round(timing.suspect_s * 1000)
    pace.lost_ms = round(timing.lost_s * 1000)
    pace.lease_ms = round(timing.lease_s * 1000)
    return envelope


def goodbye(reason: str, *, draining: bool = False) -> Envelope:
    envelope = Envelope(kind=KIND_EVENT)
    envelope.goodbye.reason = reason
    envelope.goodbye.draining = draining
    return envelope


def heartbeat(filled: Heartbeat | None = None) -> Envelope:
    envelope = Envelope(kind=KIND_EVENT)
    envelope.heartbeat.CopyFrom(filled or Heartbeat())
    return envelope


def refused(answer: Refusal) -> RequestRefused:
    """The error for an answer that is a refusal; a code this build does not know keeps its number."""
    known = answer.code in ErrorCode.values()
    return RequestRefused(ErrorCode.Name(answer.code) if known else str(answer.code), answer.text)


def read_stranger(frame: bytes) -> tuple[int, Hello | None]:
    """The correlation id of a request (else 0) and its Hello, of a frame from a peer that has not joined."""
    try:
        envelope = Envelope.FromString(frame)
    except DecodeError:
        return request_of_broken_frame(frame), None
    if envelope.HasField("hello"):
        return envelope.correlation_id, envelope.hello
    return (envelope.correlation_id if envelope.kind == KIND_REQUEST else 0), None


def request_of_broken_frame(frame: bytes) -> int:
    """The correlation id at the head of a frame that does not parse; 0 when it is not readable or no request.

    Every protobuf library writes fields in order of their numbers, so kind and correlation_id come first.
    """
    kind, at = _varint_field(frame, 0, _TAG_KIND)
    if kind != KIND_REQUEST:
        return 0
    correlation_id, _ = _varint_field(frame, at, _TAG_CORRELATION)
    return correlation_id


def _varint_field(frame: bytes, at: int, tag: int) -> tuple[int, int]:
    if at >= len(frame) or frame[at] != tag:
        return 0, at
    value = 0
    for count, byte in enumerate(frame[at + 1 : at + 1 + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + count + 2
    return 0, at
