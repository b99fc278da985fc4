"""What is kept of the talk with media workers, and which call it belongs to."""

from __future__ import annotations

import pytest

from sip_frontend.trace import ChannelWatch, OfChannel, Ring
from sip_frontend.transaction import Flow
from switchroom.errors import BusError, BusTimeout, RequestRefused
from switchroom.v1 import envelope_pb2 as wire

LEGS = {"c1": "leg-a", "c2": "leg-b"}
INVITE = b"INVITE sip:600@pbx SIP/2.0\r\nFrom: <sip:1001@pbx>;tag=1\r\nTo: <sip:600@pbx>\r\nCall-ID: leg-a\r\n\r\n"


class Talk:
    """A watch over a ring, and what came back to who asked."""

    def __init__(self, most: int = 100) -> None:
        self.ring = Ring(most, 100_000)
        self.watch = ChannelWatch(self.ring, lambda worker, channel_id: LEGS.get(channel_id, ""))
        self.replies: list[wire.Envelope | BusError] = []

    def ask(self, envelope: wire.Envelope, answer: wire.Envelope | BusError) -> None:
        self.watch.asked("media-1", envelope, self.replies.append)(answer)

    def set(self, channel_id: str) -> wire.Envelope:
        envelope, answer = wire.Envelope(), wire.Envelope()
        envelope.set_channel.spec.channel_id = channel_id
        answer.channel_set.generation = 1
        self.ask(envelope, answer)
        return answer

    def found(self, about: str) -> list[tuple[bool, str | None]]:
        kinds = []
        for one in self.ring.find(about):
            assert isinstance(one.way, OfChannel)
            kinds.append((one.sent, wire.Envelope.FromString(one.data).WhichOneof("body")))
        return kinds


def test_request_and_answer_are_kept_with_their_leg_and_the_answer_goes_on() -> None:
    talk = Talk()
    answer = talk.set("c1")
    talk.set("c2")
    assert talk.replies[0] is answer
    assert talk.found("leg-a") == [(True, "set_channel"), (False, "channel_set")]
    assert talk.ring.find("leg-a")[0].way == OfChannel("media-1", "c1", b"leg-a")


@pytest.mark.parametrize("error", [BusTimeout("no answer in 2 s"), RequestRefused("NO_PORTS", "none left")])
def test_why_there_is_no_answer_is_kept(error: BusError) -> None:
    talk = Talk()
    envelope = wire.Envelope()
    envelope.close_channel.channel_id = "c1"
    talk.ask(envelope, error)
    assert talk.replies == [error]
    refusal = wire.Envelope.FromString(talk.ring.find("leg-a")[1].data).refusal
    assert refusal.text == str(error)


def test_events_are_kept_and_ports_and_heartbeats_are_not() -> None:
    talk = Talk()
    for envelope in (wire.Envelope(), wire.Envelope(), wire.Envelope()):
        talk.watch.told("media-1", envelope)
    event, beat, grant = wire.Envelope(), wire.Envelope(), wire.Envelope()
    event.media_event.channel_id = "c2"
    beat.heartbeat.media_load.channels = 3
    grant.grant_request.blocks = 1
    talk.watch.told("media-1", event)
    talk.watch.told("media-1", beat)
    talk.ask(grant, wire.Envelope())
    assert len(talk.ring) == 1
    assert talk.found("leg-b") == [(False, "media_event")]
    assert len(talk.replies) == 1


def test_a_call_is_found_whole_by_its_number_and_by_our_id() -> None:
    talk = Talk()
    talk.ring.add(0, False, Flow("UDP", ("192.0.2.1", 5060), ("198.51.100.7", 5062)), INVITE)
    talk.set("c1")
    talk.set("c2")
    assert [one.call_id for one in talk.ring.find("600")] == [b"leg-a"] * 3
    talk.ring.remember("ours", frozenset(("leg-a", "leg-b")))
    assert len(talk.ring.find("ours")) == 5


def test_the_end_of_a_link_is_found_by_its_own_id() -> None:
    talk = Talk()
    talk.set("link-1")
    assert talk.found("link-1") == [(True, "set_channel"), (False, "channel_set")]


def test_where_nothing_is_kept_nobody_stands_between() -> None:
    talk = Talk(most=0)
    envelope = wire.Envelope()
    envelope.close_channel.channel_id = "c1"
    reply = talk.replies.append
    assert talk.watch.asked("media-1", envelope, reply) == reply
    talk.watch.told("media-1", envelope)
    assert len(talk.ring) == 0
