"""REFER and Replaces: blind, attended, while ringing, failing, and picking up."""

from __future__ import annotations

import pytest

from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import ALICE, Frontend, answering, command, invite, sdp, within

BOB = ("127.0.0.1", 6000)
CAROL = ("127.0.0.1", 6001)


def talking(frontend: Frontend, port: int = 6000, call_id: str = "a1") -> tuple[Call, Call]:
    """Alice talks to the phone at *port*; the script has finished."""
    before = len(frontend.activations)
    frontend.receive(invite("1002", call_id=call_id))
    run, _ = frontend.activations[before]
    target = pb.DialTarget(contact=f"sip:bob@127.0.0.1:{port}")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix=f"leg{call_id}"))
    out = frontend.requests("INVITE", ("127.0.0.1", port))[-1]
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101"), tag=f"t{port}{call_id}"), ("127.0.0.1", port))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    alice, other = run.first_call, run.calls[f"leg{call_id}.0"]
    frontend.decide(run, command("finish"))
    assert alice is not None
    return alice, other


def bye_of(call: Call, port: int) -> str:
    """The BYE of the phone at *port*, which we called."""
    view = call.view
    return (
        f"BYE sip:127.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKbye{port}\n"
        f"Max-Forwards: 70\nFrom: <sip:x@127.0.0.1>;tag={view.remote_tag}\n"
        f"To: <sip:y@127.0.0.1>;tag={view.local_tag}\nCall-ID: {call.sip_call_id}\nCSeq: 9 BYE\n\n"
    )


def refer(frontend: Frontend, to: str, extra: str = "", cseq: int = 2) -> None:
    """Alice refers the other side to *to*."""
    frontend.receive(within(frontend.response(200), "REFER", cseq, extra=f"Refer-To: <{to}>\n{extra}"))


def notified(frontend: Frontend) -> list[tuple[str, str]]:
    return [
        ((one.get("Subscription-State") or "").split(";")[0], one.body.decode().strip())
        for one in frontend.requests("NOTIFY", ALICE)
    ]


def moved_run(frontend: Frontend) -> Run:
    """The run that was begun for the leg that is moved."""
    return next(run for run, events in frontend.activations if events[0].WhichOneof("event") == "referred")


@pytest.mark.covers("CM-132", "CM-136", "CM-137", "CM-037", "CM-021")
def test_a_blind_transfer_runs_the_script_for_the_leg_that_stays() -> None:
    frontend = Frontend()
    alice, bob = talking(frontend)
    refer(frontend, "sip:1003@127.0.0.1")
    assert frontend.statuses("REFER") == [202]
    assert notified(frontend) == [("active", "SIP/2.0 100 Trying")]
    assert "call.referred" in frontend.published
    run = moved_run(frontend)
    assert run.first_call is bob
    assert bob.view.destination == "sip:1003@127.0.0.1"
    assert (bob.view.called.user, bob.view.referred_by) == ("1003", alice.call_id)
    frontend.decide(run, command("dial", bob, targets=[pb.DialTarget(contact="sip:carol@127.0.0.1:6001")]))
    (out,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(out, 200, body=sdp(43000, "0 101"), tag="carol"), CAROL)
    assert notified(frontend)[-1] == ("terminated", "SIP/2.0 200 OK")
    (bye,) = frontend.requests("BYE", ALICE)
    assert bye
    assert alice.view.hangup_cause.cause == common.CAUSE_BLIND_TRANSFER
    groups = {spec.group_id for spec in frontend.channels.values()}
    assert len(frontend.channels) == 2
    assert len(groups) == 1


@pytest.mark.covers("CM-137")
def test_a_blind_transfer_to_a_busy_phone_comes_back_to_the_referrer() -> None:
    frontend = Frontend()
    alice, bob = talking(frontend)
    refer_from = frontend.response(200)
    refer(frontend, "sip:1003@127.0.0.1")
    run = moved_run(frontend)
    frontend.decide(run, command("dial", bob, targets=[pb.DialTarget(contact="sip:carol@127.0.0.1:6001")]))
    (out,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(out, 486), CAROL)
    frontend.decide(run, command("hangup", bob, cause=common.CAUSE_USER_BUSY))
    assert notified(frontend)[-1] == ("terminated", "SIP/2.0 486 Busy Here")
    assert alice.media_peer is bob
    assert not frontend.requests("BYE")
    frontend.receive(within(refer_from, "BYE", 3))
    assert bob.ended, "they are connected as before, so both hang up together"


@pytest.mark.parametrize("first", ["bob", "carol"])
def test_the_two_that_a_transfer_has_connected_hang_up_together(first: str) -> None:
    frontend = Frontend()
    _, bob = talking(frontend, 6000, "a1")
    refer_from = frontend.response(200)
    second, carol = talking(frontend, 6001, "a2")
    replaces = f"a2%3Bto-tag%3D{second.local_tag}%3Bfrom-tag%3Dalice"
    frontend.receive(within(refer_from, "REFER", 2, extra=f"Refer-To: <sip:1003@127.0.0.1?Replaces={replaces}>\n"))
    assert bob.media_peer is carol
    leaving, address = {"bob": (bob, BOB), "carol": (carol, CAROL)}[first]
    frontend.receive(bye_of(leaving, address[1]), address)
    assert bob.ended
    assert carol.ended
    frontend.nothing_left()


def test_a_blind_transfer_to_a_service_is_a_success_when_the_script_answers() -> None:
    frontend = Frontend()
    alice, bob = talking(frontend)
    refer(frontend, "sip:600@127.0.0.1")
    frontend.decide(moved_run(frontend), command("ring", bob), command("answer", bob), command("echo", bob))
    assert notified(frontend)[-1] == ("terminated", "SIP/2.0 200 OK")
    assert alice.ended
    (spec,) = frontend.channels.values()
    assert spec.echo
    assert not spec.HasField("player")


def test_the_referrer_may_hang_up_at_once() -> None:
    frontend = Frontend()
    _, bob = talking(frontend)
    refer(frontend, "sip:1003@127.0.0.1")
    frontend.receive(within(frontend.response(200), "BYE", 3))
    assert not bob.ended
    frontend.decide(moved_run(frontend), command("hangup", bob, cause=common.CAUSE_USER_BUSY))
    assert bob.ended
    frontend.nothing_left()


def test_a_referrer_that_wants_no_news_gets_none() -> None:
    frontend = Frontend()
    talking(frontend)
    refer(frontend, "sip:1003@127.0.0.1", "Refer-Sub: false\n")
    assert not notified(frontend)


@pytest.mark.covers("CM-131", "CM-138")
@pytest.mark.parametrize("headers", ["", "Refer-To: nonsense\n", "Refer-To: <sip:a@b>\nRefer-To: <sip:c@d>\n"])
def test_a_refer_that_says_nothing_usable_is_400(headers: str) -> None:
    frontend = Frontend()
    talking(frontend)
    frontend.receive(within(frontend.response(200), "REFER", 2, extra=headers))
    assert frontend.statuses("REFER") == [400]


@pytest.mark.covers("CM-133")
def test_an_attended_transfer_connects_the_two_others_and_lets_both_legs_go() -> None:
    frontend = Frontend()
    first, bob = talking(frontend, 6000, "a1")
    refer_from = frontend.response(200)
    second, carol = talking(frontend, 6001, "a2")
    replaces = f"a2%3Bto-tag%3D{second.local_tag}%3Bfrom-tag%3Dalice"
    frontend.receive(within(refer_from, "REFER", 2, extra=f"Refer-To: <sip:1003@127.0.0.1?Replaces={replaces}>\n"))
    assert frontend.statuses("REFER") == [202]
    assert [state for state, _ in notified(frontend)] == ["active", "terminated"]
    assert bob.media_peer is carol
    assert first.ended
    assert second.ended
    assert {one.view.hangup_cause.cause for one in (first, second)} == {common.CAUSE_ATTENDED_TRANSFER}
    assert not bob.ended
    assert not carol.ended
    assert len(frontend.requests("INVITE", BOB)) == 1
    assert frontend.published.count("call.updated") == 2


@pytest.mark.covers("CM-134")
def test_an_attended_transfer_while_the_target_rings() -> None:
    frontend = Frontend()
    _, bob = talking(frontend, 6000, "a1")
    refer_from = frontend.response(200)
    frontend.receive(invite("1003", call_id="a2"))
    run = next(run for run, _ in frontend.activations if run.first_call and run.first_call.sip_call_id == "a2")
    second = run.first_call
    assert second is not None
    target = pb.DialTarget(contact="sip:carol@127.0.0.1:6001")
    frontend.decide(run, command("answer", second), command("dial", second, targets=[target]))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    (out,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(out, 180), CAROL)
    replaces = f"a2%3Bto-tag%3D{second.local_tag}%3Bfrom-tag%3Dalice"
    frontend.receive(within(refer_from, "REFER", 2, extra=f"Refer-To: <sip:1003@127.0.0.1?Replaces={replaces}>\n"))
    assert frontend.statuses("REFER") == [202]
    assert bob.channel is not None
    assert bob.channel.spec.player.soup.items[0].tone == "uk.ringing"
    frontend.receive(answering(out, 200, body=sdp(43000, "0 101"), tag="carol"), CAROL)
    assert bob.media_peer is not None
    assert not bob.channel.spec.HasField("player")


def test_replaces_of_nobody_is_400() -> None:
    frontend = Frontend()
    alice, bob = talking(frontend)
    refer(frontend, "sip:1003@127.0.0.1?Replaces=zz%3Bto-tag%3D1%3Bfrom-tag%3D2")
    assert frontend.statuses("REFER") == [400]
    assert alice.media_peer is bob


def test_an_invite_with_replaces_takes_the_place_of_an_established_call() -> None:
    frontend = Frontend()
    alice, bob = talking(frontend)
    header = f"Replaces: {bob.sip_call_id};to-tag={bob.local_tag};from-tag={bob.view.remote_tag}\n"
    frontend.receive(invite("1002", call_id="a3", extra=header))
    assert frontend.statuses()[-1] == 200
    assert len(frontend.requests("BYE", BOB)) == 1
    assert alice.media_peer is not None
    assert alice.media_peer.sip_call_id == "a3"


def test_an_invite_with_replaces_picks_up_a_ringing_call() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 180), BOB)
    leg = run.calls["leg.0"]
    header = f"Replaces: {leg.sip_call_id};to-tag={leg.local_tag};from-tag=bob;early-only\n"
    frontend.receive(invite("1002", call_id="a3", extra=header))
    assert frontend.statuses().count(200) == 2
    (cancel,) = frontend.requests("CANCEL", BOB)
    assert "Call completed elsewhere" in (cancel.get("Reason") or "")
    frontend.decide(run)
    (finished,) = [
        one.dial_finished for _, events in frontend.activations for one in events if one.HasField("dial_finished")
    ]
    picker = run.calls[finished.answered_call_id]
    assert picker.sip_call_id == "a3"
    assert run.first_call is not None
    assert run.first_call.media_peer is picker


@pytest.mark.parametrize("named", ["nobody;to-tag=1;from-tag=2", "nobody;to-tag=1", "nobody"])
def test_replaces_of_an_unknown_dialog_is_481(named: str) -> None:
    frontend = Frontend()
    frontend.receive(invite("1002", extra=f"Replaces: {named}\n"))
    assert frontend.statuses()[-1] == 481
    frontend.nothing_left()


@pytest.mark.covers("DR-043")
def test_we_refer_a_peer_and_hear_how_it_goes() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    call = run.first_call
    frontend.decide(run, command("answer", call))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.decide(run, command("refer", call, to="sip:carol@127.0.0.1"))
    (sent,) = frontend.requests("REFER")
    assert sent.get("Refer-To") == "<sip:carol@127.0.0.1>"
    frontend.receive(answering(sent, 202))
    fragment = "Event: refer\nSubscription-State: terminated\nContent-Type: message/sipfrag\n"
    frontend.receive(within(frontend.response(200), "NOTIFY", 2, "SIP/2.0 200 OK", fragment))
    assert frontend.statuses("NOTIFY") == [200]
    assert frontend.activations[-1][1][-1].refer_progress.sip_status == 200


@pytest.mark.covers("CM-130")
def test_whoever_was_let_in_without_a_password_cannot_transfer() -> None:
    frontend = Frontend(trunks=())
    talking(frontend)
    refer(frontend, "sip:1003@127.0.0.1")
    assert frontend.statuses("REFER") == [403]
    assert not notified(frontend)


def alone(frontend: Frontend) -> Call:
    """Alice talks to the exchange alone, which she called as 601."""
    before = len(frontend.activations)
    frontend.receive(invite("601", call_id="ivr"))
    run, _ = frontend.activations[before]
    frontend.decide(run, command("answer", run.first_call), command("finish"))
    ok = frontend.response(200)
    frontend.receive(within(ok, "ACK", 1))
    (call,) = (call for call in frontend.exchange.calls.values() if call.sip_call_id == "ivr")
    return call


@pytest.mark.covers("CM-135")
@pytest.mark.parametrize("on_the_call_with", ["bob", "ivr"])
def test_a_third_party_is_given_the_place_of_a_leg_that_talks_to_the_exchange_alone(on_the_call_with: str) -> None:
    frontend = Frontend()
    ivr = alone(frontend)
    ivr_ok = frontend.response(200)
    alice, bob = talking(frontend)
    alice_ok = frontend.response(200)
    if on_the_call_with == "bob":
        inside, other = alice_ok, ivr
    else:
        inside, other = ivr_ok, alice
    replaces = f"{other.sip_call_id}%3Bto-tag%3D{other.local_tag}%3Bfrom-tag%3D{other.view.remote_tag}"
    frontend.receive(
        within(inside, "REFER", 2, extra=f"Refer-To: <sip:601@127.0.0.1?Replaces={replaces}>\n", branch="refer")
    )
    assert frontend.statuses("REFER") == [202]
    assert ivr.ended
    run = moved_run(frontend)
    assert run.first_call is bob
    assert bob.view.called.user == "601"
    frontend.decide(run, command("answer", bob))
    assert alice.ended
    assert not bob.ended


@pytest.mark.covers("CM-109")
def test_an_attended_transfer_shows_the_phones_whom_they_talk_to_now() -> None:
    frontend = Frontend()
    alice, bob = talking(frontend)
    refer_from = frontend.response(200)
    second, carol = talking(frontend, 6001, "a2")
    bob.peer_updates = True
    replaces = f"{second.sip_call_id}%3Bto-tag%3D{second.local_tag}%3Bfrom-tag%3D{second.view.remote_tag}"
    frontend.receive(within(refer_from, "REFER", 2, extra=f"Refer-To: <sip:1003@127.0.0.1?Replaces={replaces}>\n"))
    assert bob.media_peer is carol
    (update,) = frontend.requests("UPDATE")
    assert (update.get("Remote-Party-ID") or "").startswith("<sip:bob@127.0.0.1>;party=calling")
    assert alice.ended


@pytest.mark.covers("CM-100")
def test_the_target_of_a_blind_transfer_sees_who_is_at_the_leg_that_is_moved() -> None:
    frontend = Frontend()
    talking(frontend)
    refer(frontend, "sip:1003@127.0.0.1")
    run = moved_run(frontend)
    frontend.decide(run, command("dial", run.first_call, targets=[pb.DialTarget(contact="sip:carol@127.0.0.1:6001")]))
    (out,) = frontend.requests("INVITE", CAROL)
    assert out.from_value.startswith("<sip:bob@127.0.0.1>;tag=")


def test_legs_whose_media_cannot_meet_are_refused_rather_than_left_in_silence() -> None:
    frontend = Frontend()
    _, bob = talking(frontend, 6000, "a1")
    refer_from = frontend.response(200)
    second, carol = talking(frontend, 6001, "a2")
    assert carol.channel is not None
    carol.channel.worker = "media-2"
    replaces = f"a2%3Bto-tag%3D{second.local_tag}%3Bfrom-tag%3Dalice"
    frontend.receive(within(refer_from, "REFER", 2, extra=f"Refer-To: <sip:1003@127.0.0.1?Replaces={replaces}>\n"))
    assert frontend.statuses("REFER") == [503]
    assert bob.media_peer is not None
