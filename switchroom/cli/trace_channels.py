"""What was said with a media worker about a channel, in a few words: of a spec only what is new in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from switchroom.v1.common_pb2 import Endpoint
from switchroom.v1.envelope_pb2 import Envelope, TracedMedia
from switchroom.v1.media_pb2 import ChannelSpec, Format, SoupItem

FOR_EVER = 0xFFFFFFFF
_VERBS = {
    "set_channel": "set",
    "channel_set": "is set",
    "close_channel": "close",
    "channel_closed": "closed",
    "send_digits": "send digits",
    "digits_sent": "digits queued",
    "channel_stats_request": "statistics?",
    "channel_stats": "statistics",
    "refusal": "not done",
}
_SAID_ELSEWHERE = frozenset({"channel_id", "generation", "at"})


class Telling:
    """Puts messages into words, oldest first. Channels are numbered as they appear."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._specs: dict[str, ChannelSpec] = {}

    def words(self, media: TracedMedia) -> tuple[str, str]:
        """What it is, for an arrow, and what it says."""
        known = media.channel_id in self._numbers
        number = self._numbers.setdefault(media.channel_id, len(self._numbers) + 1)
        verb, said = self._said(media.message, media.channel_id)
        return f"{verb} #{number}", said if known else f"channel {media.channel_id} {said}".rstrip()

    def _said(self, message: Envelope, channel_id: str) -> tuple[str, str]:
        kind = message.WhichOneof("body") or ""
        body: Message = getattr(message, kind) if kind else message
        if kind == "set_channel":
            return _VERBS[kind], self._news(channel_id, message.set_channel.spec)
        if kind == "media_event":
            event = message.media_event.WhichOneof("event") or "event"
            return event, in_words(getattr(message.media_event, event)) if event != "event" else ""
        return _VERBS.get(kind, kind) or "?", in_words(body)

    def _news(self, channel_id: str, spec: ChannelSpec) -> str:
        before, self._specs[channel_id] = self._specs.get(channel_id, ChannelSpec()), spec
        news = []
        for field in ChannelSpec.DESCRIPTOR.fields:
            was, now = getattr(before, field.name), getattr(spec, field.name)
            if was == now or field.name in _SAID_ELSEWHERE:
                continue
            said = _named(field.name, now)
            news.append(said or f"no {field.name}")
        return " ".join(news) or "nothing new"


def in_words(message: Message) -> str:
    """The fields that are set, on one line: ``name=value``, true ones by their name alone."""
    said = (_named(field.name, value) for field, value in message.ListFields() if field.name not in _SAID_ELSEWHERE)
    return " ".join(each for each in said if each)


def _named(name: str, value: Any) -> str:
    """A field; empty when there is nothing to say."""
    if isinstance(value, bool):
        return name if value else ""
    if isinstance(value, Message):
        inner = _value(value)
        return f"{name}({inner})" if inner else ""
    if hasattr(value, "items"):
        return f"{name}({' '.join(f'{key}={value[key]}' for key in sorted(value))})" if value else ""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        inner = ", ".join(_value(each) for each in value)
        return f"{name}({inner})" if inner else ""
    return f"{name}={_value(value)}" if value else ""


def _value(value: Any) -> str:
    if isinstance(value, Timestamp):
        return ""  # the line has a time of its own
    if isinstance(value, Endpoint):
        return f"{value.address}:{value.port}"
    if isinstance(value, Format):
        return f"{value.payload_type} {value.name}/{value.clock_rate}" + (f" {value.fmtp}" if value.fmtp else "")
    if isinstance(value, SoupItem):
        return " ".join(filter(None, (value.file or value.tone, _rest(value))))
    if isinstance(value, Message):
        return in_words(value)
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "for ever" if value == FOR_EVER else str(value)


def _rest(item: SoupItem) -> str:
    rest = SoupItem()
    rest.CopyFrom(item)
    rest.ClearField("source")
    return in_words(rest)
