"""What was said with a media worker, in words."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from switchroom.cli.trace import ladder
from switchroom.cli.trace_channels import Telling
from switchroom.v1.envelope_pb2 import TracedMedia, TracedMessage
from switchroom.v1.media_pb2 import ChannelSpec


def media(channel_id: str = "c1") -> TracedMedia:
    return TracedMedia(worker="media-1", channel_id=channel_id)


def spec_of(**fields: object) -> TracedMedia:
    said = media()
    said.message.set_channel.spec.MergeFrom(ChannelSpec(channel_id="c1", **fields))  # type: ignore[arg-type]
    return said


def test_the_first_spec_is_told_whole_and_the_next_by_what_is_new() -> None:
    telling = Telling()
    first = spec_of(generation=1, local_port=12000, echo=True)
    first.message.set_channel.spec.remote.rtp.address = "192.0.2.7"
    first.message.set_channel.spec.remote.rtp.port = 4000
    first.message.set_channel.spec.formats.add(name="PCMU", clock_rate=8000)
    assert telling.words(first) == (
        "set #1",
        "channel c1 local_port=12000 remote(rtp(192.0.2.7:4000)) formats(0 PCMU/8000) echo",
    )
    second = TracedMedia()
    second.CopyFrom(first)
    spec = second.message.set_channel.spec
    spec.generation, spec.echo = 2, False
    spec.player.soup.items.add(file="a.wav", start_ms=500)
    spec.player.soup.items.add(tone="uk.ringing", loop=0xFFFFFFFF)
    assert telling.words(second) == (
        "set #1",
        "no echo player(soup(items(a.wav start_ms=500, uk.ringing loop=for ever)))",
    )
    third = TracedMedia()
    third.CopyFrom(second)
    third.message.set_channel.spec.ClearField("player")
    assert telling.words(third) == ("set #1", "no player")
    assert telling.words(third) == ("set #1", "nothing new")


def _filled(message: Message) -> None:
    """Something in every field."""
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type is not None and field.message_type.name == "Timestamp":
            value.seconds = 5
        elif field.message_type is not None:
            _filled(value.add() if hasattr(value, "add") else value)
        elif hasattr(value, "append"):
            value.append("x")
        else:
            wanted: object = b"x" if isinstance(value, bytes) else "x" if isinstance(value, str) else 1
            setattr(message, field.name, type(value)(wanted))


@pytest.mark.parametrize("name", [field.name for field in ChannelSpec.DESCRIPTOR.fields])
def test_every_field_of_a_spec_is_told(name: str) -> None:
    whole, spec = ChannelSpec(), ChannelSpec()
    _filled(whole)
    for field, value in whole.ListFields():
        if field.name == name and field.message_type is None and not hasattr(value, "append"):
            setattr(spec, name, value)
        elif field.name == name and hasattr(value, "MergeFrom"):
            getattr(spec, name).MergeFrom(value)
    said = media()
    said.message.set_channel.spec.MergeFrom(spec)
    _, words = Telling().words(said)
    assert name in words or name in ("channel_id", "generation")


def test_events_statistics_and_refusals() -> None:
    telling = Telling()
    digit, closed, refused, other = media(), media(), media(), media("c2")
    digit.message.media_event.digit.digit = "7"
    closed.message.channel_closed.reason = "normal_clearing"
    closed.message.channel_closed.stats.mos = 4.3712
    closed.message.channel_closed.stats.drops["source"] = 2
    refused.message.refusal.text = "NO_PORTS: none left"
    other.message.channel_set.generation = 1
    assert telling.words(digit) == ("digit #1", "channel c1 digit=7")
    assert telling.words(closed) == ("closed #1", "reason=normal_clearing stats(drops(source=2) mos=4.37)")
    assert telling.words(refused) == ("not done #1", "text=NO_PORTS: none left")
    assert telling.words(other) == ("is set #2", "channel c2")


def test_a_message_of_a_newer_frontend_is_told_by_its_kind() -> None:
    assert Telling().words(media()) == ("? #1", "channel c1")


def test_the_media_worker_has_a_column_right_of_all_and_the_words_stand_behind() -> None:
    asked, told = TracedMessage(sent=True), TracedMessage()
    asked.media.CopyFrom(spec_of(echo=True))
    told.media.CopyFrom(media())
    told.media.message.channel_set.generation = 1
    invite, out = (TracedMessage(transport="UDP", data=b"INVITE sip:x@h SIP/2.0\r\n\r\n") for _ in range(2))
    invite.remote.port, out.remote.port, out.sent = 5061, 6000, True
    head, *rungs = ladder([invite, asked, told, out])
    assert head.split() == ["UDP", ":5061", "switchroom", "UDP", ":6000", "media-1"]
    assert head.index("switchroom") < rungs[1].index("set #1") < head.index("media-1")
    assert rungs[1].endswith("->|  channel c1 echo")
    assert "<-" in rungs[2]
    assert rungs[2].rstrip().endswith("|")


def test_a_channel_of_no_call_is_told_alone() -> None:
    asked = TracedMessage(sent=True)
    asked.media.CopyFrom(spec_of())
    head, rung = ladder([asked])
    assert head.split() == ["switchroom", "media-1"]
    assert "set #1" in rung
