"""Outbound calls: ringing one or many, the winner and the losers, failures, redirects, races with CANCEL."""

from __future__ import annotations

import pytest

from sip_frontend.calls.run import Run
from sip_frontend.message import Request
from sip_frontend.transaction import Flow
from switchroom.errors import PeerLost
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import ALICE, US, Frontend, answering, command, invite, sdp, within

BOB = ("127.0.0.1", 6000)
CAROL = ("127.0.0.1", 6001)


def contact(port: int = 6000) -> pb.DialTarget:
    return pb.DialTarget(contact=f"sip:bob@127.0.0.1:{port}")


def user(name: str) -> pb.DialTarget:
    target = pb.DialTarget()
    target.entity.username = name
    return target


def calling(frontend: Frontend, *targets: pb.DialTarget, **options: object) -> Run:
    """Alice calls, the script dials *targets*."""
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("dial", run.first_call, targets=list(targets), leg_prefix="leg", **options))
    return run


def finished(frontend: Frontend) -> object:
    for _, events in reversed(frontend.activations):
        for event in reversed(events):
            if event.WhichOneof("event") == "dial_finished":
                return event.dial_finished
    raise AssertionError("the dial has not finished")


def from_callee(ack: Request, method: str) -> str:
    """A request of Bob inside the dialog that *ack* (ours) belongs to."""
    return (
        f"{method} sip:127.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:6000;branch=z9hG4bKb{method}\n"
        f"Max-Forwards: 70\nFrom: {ack.to_value}\nTo: {ack.from_value}\nCall-ID: {ack.call_id}\nCSeq: 1 {method}\n\n"
    )


def bindings(*ports: int) -> registrar_pb2.BindingDelta:
    delta = registrar_pb2.BindingDelta(snapshot=True, snapshot_end=True)
    for index, port in enumerate(ports):
        saved = delta.saved.add(aor="1002@pbx.test", contact=f"sip:1002@127.0.0.1:{port}")
        saved.expires_at.seconds = 1_800_000_000 + index
        saved.flow.transport = "UDP"
        saved.flow.local.address, saved.flow.local.port = "127.0.0.1", 5060
        saved.flow.remote.address, saved.flow.remote.port = "127.0.0.1", port
    return delta


@pytest.mark.covers("CM-068", "CM-083", "CM-087", "CM-031", "CM-033", "DR-040", "EN-022")
def test_a_leg_rings_answers_and_is_mixed_with_its_caller() -> None:
    frontend = Frontend()
    run = calling(frontend, contact())
    (out,) = frontend.requests("INVITE", BOB)
    assert out.uri == "sip:bob@127.0.0.1:6000"
    assert b"m=audio" in out.body
    frontend.receive(answering(out, 180), BOB)
    assert frontend.statuses() == [100, 180]
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    (ack,) = frontend.requests("ACK", BOB)
    assert ack.cseq == out.cseq
    assert frontend.statuses() == [100, 180, 200]
    first, second = sorted(frontend.channels.values(), key=lambda spec: spec.remote.rtp.port)
    assert first.group_id == second.group_id != ""
    assert second.remote.rtp.port == 42000
    assert finished(frontend).answered_call_id == "leg.0"  # type: ignore[attr-defined]
    assert frontend.published.count("call.mix") == 2
    assert run.calls["leg.0"].view.parent_id == run.first_call.call_id  # type: ignore[union-attr]


@pytest.mark.covers("CM-063")
def test_the_caller_hangs_up_and_takes_the_callee_along() -> None:
    frontend = Frontend()
    calling(frontend, contact())
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 200, body=sdp(42000)), BOB)
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.receive(within(frontend.response(200), "BYE", 2))
    (bye,) = frontend.requests("BYE", BOB)
    assert bye.to_tag == "bob"
    frontend.nothing_left()


@pytest.mark.covers("CM-064")
def test_the_callee_hangs_up_and_the_caller_goes_only_if_asked() -> None:
    for policy, byes in ((pb.HangupPolicy(), 0), (pb.HangupPolicy(hangup_parent=True), 1)):
        frontend = Frontend()
        calling(frontend, contact(), policy=policy)
        (out,) = frontend.requests("INVITE", BOB)
        frontend.receive(answering(out, 200, body=sdp(42000)), BOB)
        frontend.receive(within(frontend.response(200), "ACK", 1))
        frontend.receive(from_callee(frontend.requests("ACK", BOB)[0], "BYE"), BOB)
        assert frontend.statuses("BYE", BOB) == [200]
        assert len(frontend.requests("BYE", ALICE)) == byes


@pytest.mark.covers("CM-073", "CM-062", "CM-074")
def test_all_devices_ring_the_first_answer_wins_the_rest_hear_answered_elsewhere() -> None:
    frontend = Frontend()
    frontend.exchange.locations.apply(bindings(6000, 6001))
    calling(frontend, user("1002"))
    (bob,) = frontend.requests("INVITE", BOB)
    (carol,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(bob, 180), BOB)
    frontend.receive(answering(carol, 180), CAROL)
    frontend.receive(answering(carol, 200, body=sdp(42000)), CAROL)
    (cancel,) = frontend.requests("CANCEL", BOB)
    assert cancel.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    assert not frontend.requests("CANCEL", CAROL)
    frontend.receive(answering(cancel, 200), BOB)
    frontend.receive(answering(bob, 487), BOB)
    assert len(frontend.exchange.calls) == 2


@pytest.mark.covers("DR-008")
def test_a_200_that_crosses_our_cancel_is_acknowledged_and_ended() -> None:
    frontend = Frontend()
    frontend.exchange.locations.apply(bindings(6000, 6001))
    calling(frontend, user("1002"))
    (bob,) = frontend.requests("INVITE", BOB)
    (carol,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(bob, 180), BOB)
    frontend.receive(answering(carol, 200, body=sdp(42000)), CAROL)
    frontend.receive(answering(bob, 200, body=sdp(43000)), BOB)
    assert len(frontend.requests("ACK", BOB)) == 1
    assert len(frontend.requests("BYE", BOB)) == 1
    assert len(frontend.exchange.calls) == 2


@pytest.mark.covers("CM-084")
@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (486, common.CAUSE_USER_BUSY),
        (603, common.CAUSE_DECLINED),
        (403, common.CAUSE_FORBIDDEN),
        (480, common.CAUSE_TEMPORARILY_UNAVAILABLE),
        (499, common.CAUSE_REQUEST_TERMINATED),
    ],
)
def test_a_refusal_is_told_with_its_cause(status: int, cause: common.Cause) -> None:
    frontend = Frontend()
    calling(frontend, contact())
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, status), BOB)
    why = finished(frontend).cause  # type: ignore[attr-defined]
    assert (why.sip_status, why.cause, why.source) == (status, cause, common.SOURCE_WIRE)
    assert len(frontend.exchange.calls) == 1
    assert frontend.statuses() == [100]


def test_one_busy_device_does_not_end_the_ringing_of_the_others() -> None:
    frontend = Frontend()
    calling(frontend, contact(6000), contact(6001))
    (bob,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(bob, 486), BOB)
    assert len(frontend.exchange.calls) == 2
    (carol,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(carol, 200, body=sdp(42000)), CAROL)
    assert finished(frontend).answered_call_id == "leg.1"  # type: ignore[attr-defined]


def test_a_6xx_ends_the_whole_dial() -> None:
    frontend = Frontend()
    calling(frontend, contact(6000), contact(6001))
    (bob,) = frontend.requests("INVITE", BOB)
    (carol,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(carol, 180), CAROL)
    frontend.receive(answering(bob, 603), BOB)
    assert len(frontend.requests("CANCEL", CAROL)) == 1
    assert finished(frontend).cause.sip_status == 603  # type: ignore[attr-defined]


@pytest.mark.covers("CM-080")
def test_nobody_answers_in_time() -> None:
    frontend = Frontend()
    seconds = pb.Dial()
    seconds.timeout.seconds = 30
    calling(frontend, contact(), timeout=seconds.timeout)
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 180), BOB)
    frontend.advance(30.1)
    assert len(frontend.requests("CANCEL", BOB)) == 1
    why = finished(frontend).cause  # type: ignore[attr-defined]
    assert (why.sip_status, why.source) == (408, common.SOURCE_US)
    assert len(frontend.exchange.calls) == 1


def test_the_caller_cancels_and_the_callee_stops_ringing() -> None:
    frontend = Frontend()
    calling(frontend, contact())
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 180), BOB)
    frontend.receive(invite("1002", "").replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL"))
    assert frontend.statuses()[-1] == 487
    (cancel,) = frontend.requests("CANCEL", BOB)
    frontend.receive(answering(cancel, 200), BOB)
    frontend.receive(answering(out, 487), BOB)
    frontend.nothing_left()


def test_cancel_waits_for_a_provisional_response() -> None:
    frontend = Frontend()
    calling(frontend, contact())
    frontend.receive(invite("1002", "").replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL"))
    assert not frontend.requests("CANCEL", BOB)
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 100), BOB)
    assert len(frontend.requests("CANCEL", BOB)) == 1


@pytest.mark.covers("CM-091")
def test_early_media_of_the_callee_reaches_the_caller_as_183() -> None:
    frontend = Frontend()
    calling(frontend, contact())
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 183, body=sdp(42000, "0 101")), BOB)
    assert frontend.statuses() == [100, 183]
    first, second = frontend.channels.values()
    assert first.group_id == second.group_id != ""
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    assert frontend.statuses() == [100, 183, 200]
    assert frontend.published.count("call.mix") == 2


def test_a_200_without_sdp_after_a_183_with_it_is_good() -> None:
    frontend = Frontend()
    calling(frontend, contact())
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 183, body=sdp(42000, "0 101")), BOB)
    frontend.receive(answering(out, 200), BOB)
    assert frontend.statuses() == [100, 183, 200]


@pytest.mark.covers("CM-095", "DR-041")
def test_a_late_offer_is_answered_in_the_ack() -> None:
    frontend = Frontend()
    calling(frontend, contact(), late=True)
    (out,) = frontend.requests("INVITE", BOB)
    assert out.body == b""
    frontend.receive(answering(out, 200, body=sdp(42000, "8 101")), BOB)
    (ack,) = frontend.requests("ACK", BOB)
    assert b"m=audio" in ack.body
    assert frontend.statuses() == [100, 200]


@pytest.mark.covers("DR-005")
def test_a_repeated_200_is_acknowledged_again() -> None:
    frontend = Frontend()
    calling(frontend, contact())
    (out,) = frontend.requests("INVITE", BOB)
    for _ in range(3):
        frontend.receive(answering(out, 200, body=sdp(42000)), BOB)
    assert len(frontend.requests("ACK", BOB)) == 3
    assert not frontend.requests("BYE", BOB)


@pytest.mark.covers("DR-040", "CM-085")
def test_a_redirect_is_followed_to_a_user_of_ours() -> None:
    frontend = Frontend()
    frontend.exchange.locations.apply(bindings(6001))
    calling(frontend, contact(6000), follow_redirects=True)
    (bob,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(bob, 302).replace("sip:bob@127.0.0.1:6000>\n", "sip:1002@127.0.0.1>\n"), BOB)
    (carol,) = frontend.requests("INVITE", CAROL)
    frontend.receive(answering(carol, 200, body=sdp(42000)), CAROL)
    assert frontend.statuses()[-1] == 200


@pytest.mark.parametrize(
    ("known", "status"), [(True, 480), (False, 404), (None, 480)], ids=["not registered", "unknown", "no registrar"]
)
def test_a_user_without_devices(known: bool | None, status: int) -> None:
    frontend = Frontend()

    def registrar(asked: wire.Envelope) -> wire.Envelope | PeerLost:
        if known is None:
            return PeerLost("registrar")
        reply = wire.Envelope()
        reply.looked_up.known = known
        return reply

    frontend.registrar = registrar
    calling(frontend, user("1002"))
    assert finished(frontend).cause.sip_status == status  # type: ignore[attr-defined]


@pytest.mark.covers("DR-014", "CM-081")
def test_a_dead_peer_is_408_after_timer_b() -> None:
    frontend = Frontend()
    long = pb.Dial()
    long.timeout.seconds = 120
    calling(frontend, contact(), timeout=long.timeout)
    frontend.advance(32.1)
    assert finished(frontend).cause.sip_status == 408  # type: ignore[attr-defined]


@pytest.mark.covers("CM-075")
def test_a_user_at_its_limit_is_busy() -> None:
    frontend = Frontend()
    frontend.exchange.locations.apply(bindings(6000))
    target = user("1002")
    target.entity.max_calls = 1
    calling(frontend, target)
    assert len(frontend.requests("INVITE", BOB)) == 1
    frontend.receive(invite("1002", call_id="a2"))
    second, _ = next(
        one
        for one in frontend.activations
        if one[1][0].WhichOneof("event") == "invited" and one[0] is not frontend.activations[0][0]
    )
    frontend.decide(second, command("dial", second.first_call, targets=[target], leg_prefix="other"))
    assert finished(frontend).cause.sip_status == 486  # type: ignore[attr-defined]
    assert len(frontend.requests("INVITE", BOB)) == 1


@pytest.mark.covers("CM-070")
def test_max_forwards_is_one_less_than_the_callers() -> None:
    frontend = Frontend()
    calling(frontend, contact())
    assert frontend.requests("INVITE", BOB)[0].max_forwards == 69


def test_the_ghost_call_race_hanging_up_while_the_user_is_looked_up_sends_no_invite() -> None:
    frontend = Frontend()
    held: list[object] = []

    def connect(transport: str, remote: tuple[str, int], *, server_name: str = "") -> Flow:
        held.append(remote)
        return Flow(transport, US, remote)

    frontend.exchange.connect = connect
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    call = run.first_call
    frontend.decide(run, command("hangup", call), command("dial", call, targets=[contact()]))
    assert not frontend.requests("INVITE", BOB)
    assert not held


@pytest.mark.covers("CM-085")
@pytest.mark.parametrize(
    ("status", "cause"), [(301, common.CAUSE_MOVED_PERMANENTLY), (302, common.CAUSE_MOVED_TEMPORARILY)]
)
def test_a_redirect_that_is_not_to_be_followed_reaches_the_script(status: int, cause: common.Cause) -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, status), BOB)
    finished = next(
        event.dial_finished for _, events in frontend.activations for event in events if event.HasField("dial_finished")
    )
    assert (finished.cause.cause, finished.cause.sip_status) == (cause, status)
    assert len(frontend.requests("INVITE")) == 1


@pytest.mark.covers("CM-093")
def test_a_200_right_behind_a_183_is_bridged_once() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    settle, frontend.settle = frontend.settle, lambda: None  # type: ignore[method-assign]
    frontend.receive(answering(out, 183, body=sdp(42000, "0 101")), BOB)
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    frontend.settle = settle  # type: ignore[method-assign]
    frontend.settle()
    assert [status for status in frontend.statuses() if status > 100] == [183, 200]
    assert frontend.published.count("call.mix") == 2
    assert len(frontend.requests("ACK", BOB)) == 1


@pytest.mark.covers("CM-113")
def test_a_ringing_phone_can_be_told_to_answer() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 180), BOB)
    talk = [common.Header(name="Event", value="talk"), common.Header(name="Subscription-State", value="active")]
    frontend.decide(run, command("send_message", run.calls["leg.0"], method="NOTIFY", headers=talk))
    (notify,) = frontend.requests("NOTIFY", BOB)
    assert (notify.get("Event"), notify.to_tag) == ("talk", "bob")
