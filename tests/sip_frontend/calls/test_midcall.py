"""In mid call: hold, new addresses and codecs, UPDATE, INFO digits, glare."""

from __future__ import annotations

import pytest

from sip_frontend.calls.call import Call
from switchroom.v1 import call_pb2, common_pb2
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import ALICE, Frontend, answering, command, invite, sdp, within

BOB = ("127.0.0.1", 6000)


def bridged(frontend: Frontend) -> tuple[Call, Call]:
    """Alice talks to Bob."""
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    frontend.receive(within(frontend.response(200), "ACK", 1))
    alice, bob = run.first_call, run.calls["leg.0"]
    assert alice is not None
    return alice, bob


def spec_of(frontend: Frontend, call: Call) -> object:
    assert call.channel is not None
    return frontend.channels[call.channel.channel_id]


def directions(frontend: Frontend, call: Call) -> tuple[bool, bool]:
    assert call.channel is not None
    direction = frontend.channels[call.channel.channel_id].direction
    return direction.send, direction.receive


@pytest.mark.covers("CM-121", "CM-122", "CM-123", "CM-036")
@pytest.mark.parametrize(("direction", "answer"), [("sendonly", b"a=recvonly"), ("inactive", b"a=inactive")])
def test_hold_stops_the_audio_and_plays_music_to_the_other_leg(direction: str, answer: bytes) -> None:
    frontend = Frontend()
    alice, bob = bridged(frontend)
    ok = frontend.response(200)
    frontend.receive(within(ok, "INVITE", 2, sdp(direction=direction)))
    held = frontend.response(200)
    assert answer in held.body
    frontend.receive(within(held, "ACK", 2))
    assert not spec_of(frontend, alice).direction.send  # type: ignore[attr-defined]
    assert spec_of(frontend, bob).player.soup.items  # type: ignore[attr-defined]
    assert alice.view.held
    frontend.receive(within(ok, "INVITE", 3, sdp()))
    frontend.receive(within(frontend.response(200), "ACK", 3))
    assert spec_of(frontend, alice).direction.send  # type: ignore[attr-defined]
    assert not spec_of(frontend, bob).HasField("player")  # type: ignore[attr-defined]
    assert [name for name in frontend.published if "hold" in name] == ["call.hold", "call.unhold"]
    assert not frontend.requests("INVITE", BOB)[1:]


@pytest.mark.covers("CM-125", "DR-046")
def test_a_new_address_and_codec_are_taken_over() -> None:
    frontend = Frontend()
    alice, _ = bridged(frontend)
    frontend.receive(within(frontend.response(200), "INVITE", 2, sdp(45000, "8 101")))
    spec = spec_of(frontend, alice)
    assert spec.remote.rtp.port == 45000  # type: ignore[attr-defined]
    assert spec.formats[0].name == "PCMA"  # type: ignore[attr-defined]


def test_an_offerless_reinvite_gets_an_offer() -> None:
    frontend = Frontend()
    alice, _ = bridged(frontend)
    frontend.receive(within(frontend.response(200), "INVITE", 2))
    offered = frontend.response(200)
    assert b"m=audio" in offered.body
    frontend.receive(within(offered, "ACK", 2, sdp(46000, "0 101")))
    assert spec_of(frontend, alice).remote.rtp.port == 46000  # type: ignore[attr-defined]


def test_a_reinvite_we_cannot_take_is_488_and_changes_nothing() -> None:
    frontend = Frontend()
    alice, _ = bridged(frontend)
    frontend.receive(within(frontend.response(200), "INVITE", 2, sdp(45000, "18")))
    assert frontend.statuses()[-1] == 488
    assert spec_of(frontend, alice).remote.rtp.port == 40000  # type: ignore[attr-defined]


@pytest.mark.covers("DR-010")
def test_an_overlapping_reinvite_is_refused() -> None:
    frontend = Frontend()
    bridged(frontend)
    ok = frontend.response(200)
    frontend.receive(within(ok, "INVITE", 2, sdp()))
    frontend.receive(within(ok, "INVITE", 3, sdp()))
    assert frontend.statuses()[-1] == 491


@pytest.mark.covers("DR-010")
def test_a_second_invite_before_our_answer_is_500_with_retry_after() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("ring", run.first_call))
    ringing = frontend.response(180)
    frontend.receive(within(ringing, "INVITE", 2, sdp()))
    assert frontend.response(500).get("Retry-After")


def test_update_with_an_offer_is_answered_and_without_is_a_refresh() -> None:
    frontend = Frontend()
    alice, _ = bridged(frontend)
    ok = frontend.response(200)
    frontend.receive(within(ok, "UPDATE", 2))
    assert frontend.statuses("UPDATE") == [200]
    frontend.receive(within(ok, "UPDATE", 3, sdp(47000)))
    assert spec_of(frontend, alice).remote.rtp.port == 47000  # type: ignore[attr-defined]
    assert b"m=audio" in frontend.response(200).body


@pytest.mark.covers("EN-015")
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_what_the_script_wants_of_a_direction_outlives_a_new_offer(method: str) -> None:
    frontend = Frontend()
    alice, _ = bridged(frontend)
    assert alice.run is not None
    frontend.decide(alice.run, command("set_direction", alice, direction=common_pb2.Direction(send=True)))
    ok = frontend.response(200)

    def offered(cseq: int, direction: str) -> tuple[bool, bool]:
        frontend.receive(within(ok, method, cseq, sdp(direction=direction)))
        if method == "INVITE":
            frontend.receive(within(frontend.response(200), "ACK", cseq))
        return directions(frontend, alice)

    assert directions(frontend, alice) == (True, False)
    assert offered(2, "sendrecv") == (True, False)
    assert offered(3, "inactive") == (False, False)
    frontend.decide(alice.run, command("set_direction", alice, direction=common_pb2.Direction(send=True, receive=True)))
    assert directions(frontend, alice) == (False, False), "the peer said that it takes nothing"
    assert offered(4, "sendrecv") == (True, True)


@pytest.mark.covers("CM-119", "CM-114")
@pytest.mark.parametrize(
    ("content_type", "body", "digit"),
    [
        ("application/dtmf-relay", "Signal=5\nDuration=160\n", "5"),
        ("application/dtmf-relay", "signal = *", "*"),
        ("application/dtmf-relay", "Signal=11\n", "#"),
        ("application/dtmf", "7", "7"),
    ],
)
def test_a_digit_by_info_reaches_the_script_and_the_other_leg(content_type: str, body: str, digit: str) -> None:
    frontend = Frontend()
    _, bob = bridged(frontend)
    frontend.receive(within(frontend.response(200), "INFO", 2, body, f"Content-Type: {content_type}\n"))
    assert frontend.statuses("INFO") == [200]
    event, released = [one for _, events in frontend.activations for one in events][-2:]
    assert (event.digit.digit, event.digit.source) == (digit, call_pb2.DIGIT_SOURCE_SIP_INFO)
    assert released.digit_released.duration_ms == event.digit.duration_ms == 160
    assert bob.channel is not None
    assert frontend.digits_sent == [(bob.channel.channel_id, digit)]


def test_info_of_another_kind_is_415_and_one_without_a_digit_400() -> None:
    frontend = Frontend()
    bridged(frontend)
    ok = frontend.response(200)
    frontend.receive(within(ok, "INFO", 2, "<x/>", "Content-Type: application/xml\n"))
    frontend.receive(within(ok, "INFO", 3, "Signal=Q", "Content-Type: application/dtmf-relay\n"))
    frontend.receive(within(ok, "INFO", 4))
    assert frontend.statuses("INFO") == [415, 400, 200]


@pytest.mark.covers("CM-124", "DR-044", "CM-090")
def test_we_hold_a_peer_by_reinvite() -> None:
    frontend = Frontend()
    _, bob = bridged(frontend)
    run = bob.run
    assert run is not None
    frontend.decide(run, command("hold", bob))
    reinvite = frontend.requests("INVITE", BOB)[-1]
    assert b"a=sendonly" in reinvite.body
    frontend.receive(answering(reinvite, 200, body=sdp(42000, "0 101", "recvonly")), BOB)
    assert bob.view.held
    assert frontend.requests("ACK", BOB)[-1].cseq == reinvite.cseq
    frontend.decide(run, command("unhold", bob))
    again = frontend.requests("INVITE", BOB)[-1]
    frontend.receive(answering(again, 200, body=sdp(42000, "0 101")), BOB)
    assert not bob.view.held


@pytest.mark.covers("DR-044")
def test_a_refused_hold_leaves_the_call_as_it_was() -> None:
    frontend = Frontend()
    _, bob = bridged(frontend)
    run = bob.run
    assert run is not None
    frontend.decide(run, command("hold", bob))
    frontend.receive(answering(frontend.requests("INVITE", BOB)[-1], 488), BOB)
    assert not bob.view.held
    frontend.decide(run, command("hold", bob))
    assert len(frontend.requests("INVITE", BOB)) == 3


@pytest.mark.covers("DR-044")
def test_one_change_at_a_time_and_the_next_one_goes_on() -> None:
    frontend = Frontend()
    _, bob = bridged(frontend)
    run = bob.run
    assert run is not None
    frontend.decide(run, command("hold", bob))
    frontend.decide(run, command("unhold", bob))
    assert len(frontend.requests("INVITE", BOB)) == 2
    results = [event.command_result for one in frontend.activations for event in one[1]]
    assert [one.error_code for one in results if one.error] == [wire.ERROR_CODE_WRONG_STATE]
    frontend.receive(answering(frontend.requests("INVITE", BOB)[-1], 491), BOB)
    frontend.decide(run, command("hold", bob))
    frontend.receive(answering(frontend.requests("INVITE", BOB)[-1], 200, body=sdp(42000, "0 101", "recvonly")), BOB)
    assert bob.view.held


@pytest.mark.covers("DR-010")
@pytest.mark.parametrize(("ours", "least", "most"), [(True, 2.1, 4.0), (False, 0.0, 2.0)])
def test_a_hold_that_crossed_theirs_is_repeated_after_a_while(ours: bool, least: float, most: float) -> None:
    """RFC 3261 section 14.1: who made the Call-ID waits longer."""
    frontend = Frontend()
    alice, bob = bridged(frontend)
    call, where = (bob, BOB) if ours else (alice, ALICE)
    run = call.run
    assert run is not None
    frontend.decide(run, command("hold", call))
    frontend.receive(answering(frontend.requests("INVITE", where)[-1], 491), where)
    sent = len(frontend.requests("INVITE", where))
    assert call.glare is not None
    assert least <= call.glare.due - frontend.exchange.now <= most
    frontend.advance(4.0)
    again = frontend.requests("INVITE", where)
    assert len(again) == sent + 1
    frontend.receive(answering(again[-1], 200, body=sdp(42000, "0 101", "recvonly")), where)
    assert call.view.held


def test_a_script_that_changes_its_mind_after_491_is_not_overtaken() -> None:
    frontend = Frontend()
    _, bob = bridged(frontend)
    run = bob.run
    assert run is not None
    frontend.decide(run, command("hold", bob))
    frontend.receive(answering(frontend.requests("INVITE", BOB)[-1], 491), BOB)
    frontend.decide(run, command("unhold", bob))
    frontend.advance(5.0)
    (_, first, second) = frontend.requests("INVITE", BOB)
    assert (b"a=sendonly" in first.body, b"a=sendonly" in second.body) == (True, False)


def test_a_200_to_our_reinvite_is_acknowledged_although_the_call_has_ended() -> None:
    frontend = Frontend()
    alice, bob = bridged(frontend)
    run = bob.run
    assert run is not None
    frontend.decide(run, command("hold", bob))
    reinvite = frontend.requests("INVITE", BOB)[-1]
    frontend.receive(within(frontend.response(200), "BYE", 2))
    assert bob.ended
    acks = len(frontend.requests("ACK", BOB))
    frontend.receive(answering(reinvite, 200, body=sdp(42000, "0 101", "recvonly")), BOB)
    assert len(frontend.requests("ACK", BOB)) == acks + 1
    assert alice.ended
