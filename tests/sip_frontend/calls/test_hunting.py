"""Where an INVITE goes next when a place fails: RFC 3263 section 4.3."""

from __future__ import annotations

import pytest
from google.protobuf.duration_pb2 import Duration

from sip_frontend.location import Hop
from sip_frontend.message import Request
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp
from tests.sip_frontend.calls.test_dialling import finished

ONE, TWO, THREE = ("192.0.2.1", 5060), ("192.0.2.2", 5060), ("192.0.2.3", 5060)


def dialled(*hops: Hop, uri: str = "sip:bob@carrier.example", **options: object) -> Frontend:
    """A frontend that has dialled a name, which leads to *hops*."""
    frontend = Frontend()
    frontend.zone["carrier.example"] = list(hops)
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    targets = [pb.DialTarget(contact=one) for one in uri.split()]
    frontend.decide(run, command("dial", run.first_call, targets=targets, leg_prefix="leg", **options))
    return frontend


CANCEL = invite("1002").replace("INVITE", "CANCEL").partition("Content-Type")[0]


def udp(*remotes: tuple[str, int]) -> list[Hop]:
    return [Hop("UDP", *remote) for remote in remotes]


def sole(frontend: Frontend, remote: tuple[str, int]) -> Request:
    (sent,) = frontend.requests("INVITE", remote)
    return sent


def test_a_503_moves_the_invite_to_the_next_place_with_a_new_branch_and_nothing_else() -> None:
    frontend = dialled(*udp(ONE, TWO))
    first = sole(frontend, ONE)
    frontend.receive(answering(first, 503, extra="Retry-After: 60\n"), ONE)
    second = sole(frontend, TWO)
    assert second.via.branch != first.via.branch
    assert (second.call_id, second.cseq, second.from_value) == (first.call_id, first.cseq, first.from_value)
    assert (second.uri, second.body) == (first.uri, first.body)
    frontend.receive(answering(second, 200, body=sdp(42000)), TWO)
    assert frontend.requests("ACK", TWO)
    assert finished(frontend).answered_call_id == "leg.0"  # type: ignore[attr-defined]


def test_the_place_that_said_503_is_tried_last_for_as_long_as_it_said() -> None:
    frontend = dialled(*udp(ONE, TWO))
    frontend.receive(answering(sole(frontend, ONE), 503, extra="Retry-After: 60\n"), ONE)
    dead = frontend.exchange.dead
    assert dead.holds("UDP", ONE, frontend.exchange.now + 59)
    assert not dead.holds("UDP", ONE, frontend.exchange.now + 61)


def test_silence_moves_it_on_and_a_late_ring_of_the_first_is_cancelled() -> None:
    frontend = dialled(*udp(ONE, TWO))
    first = sole(frontend, ONE)
    frontend.advance(frontend.exchange.settings.next_target_s + 0.1)
    second = sole(frontend, TWO)
    assert not frontend.requests("CANCEL")
    frontend.receive(answering(first, 180), ONE)
    assert frontend.requests("CANCEL", ONE)
    frontend.receive(answering(second, 180, tag="second"), TWO)
    assert frontend.statuses() == [100, 180]


def test_a_late_200_of_a_place_given_up_is_acknowledged_and_ended() -> None:
    frontend = dialled(*udp(ONE, TWO))
    first = sole(frontend, ONE)
    frontend.advance(4.1)
    frontend.receive(answering(first, 200, body=sdp(42000)), ONE)
    assert len(frontend.requests("ACK", ONE)) == 1
    assert len(frontend.requests("BYE", ONE)) == 1
    frontend.receive(answering(sole(frontend, TWO), 200, body=sdp(43000)), TWO)
    assert finished(frontend).answered_call_id == "leg.0"  # type: ignore[attr-defined]


def test_a_place_that_rings_is_waited_for() -> None:
    frontend = dialled(*udp(ONE, TWO))
    frontend.receive(answering(sole(frontend, ONE), 180), ONE)
    frontend.advance(20)
    assert not frontend.requests("INVITE", TWO)


def test_a_busy_here_is_an_answer_and_nobody_else_is_asked() -> None:
    frontend = dialled(*udp(ONE, TWO))
    frontend.receive(answering(sole(frontend, ONE), 486), ONE)
    assert not frontend.requests("INVITE", TWO)
    assert finished(frontend).cause.sip_status == 486  # type: ignore[attr-defined]


def test_a_connection_that_fails_moves_it_on_to_another_transport() -> None:
    frontend = dialled(Hop("TCP", *ONE), Hop("UDP", *TWO))
    flow = next(flow for flow, sent in frontend.sent if isinstance(sent, Request) and sent.method == "INVITE")
    assert flow.transport == "TCP"
    frontend.transactions.transport_failed(flow, frontend.exchange.now)
    frontend.settle()
    second = sole(frontend, TWO)
    assert second.via.transport == "UDP"
    assert "transport" not in (second.get("Contact") or "")
    assert frontend.exchange.dead.holds("TCP", ONE, frontend.exchange.now)


def test_a_transport_of_which_we_have_none_is_passed_over() -> None:
    frontend = Frontend()
    frontend.transports = {"UDP"}
    frontend.zone["carrier.example"] = [Hop("TLS", *ONE, "carrier.example"), Hop("UDP", *TWO)]
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    targets = [pb.DialTarget(contact="sip:bob@carrier.example")]
    frontend.decide(run, command("dial", run.first_call, targets=targets))
    assert sole(frontend, TWO)


def test_when_all_are_silent_the_dial_fails_with_408() -> None:
    frontend = dialled(*udp(ONE, TWO, THREE), timeout=Duration(seconds=20))
    frontend.advance(60)
    assert [len(frontend.requests("INVITE", remote)) for remote in (ONE, TWO, THREE)] == [1, 1, 1]
    assert finished(frontend).cause.sip_status == 408  # type: ignore[attr-defined]
    assert not frontend.requests("CANCEL")


def test_all_503_is_503() -> None:
    frontend = dialled(*udp(ONE, TWO))
    for remote in (ONE, TWO):
        frontend.receive(answering(sole(frontend, remote), 503), remote)
    assert finished(frontend).cause.sip_status == 503  # type: ignore[attr-defined]


def test_a_name_that_leads_nowhere_is_502() -> None:
    frontend = dialled()
    assert finished(frontend).cause.sip_status == 502  # type: ignore[attr-defined]


def test_two_named_targets_are_two_legs_and_the_dead_place_of_one_call_is_last_in_the_next() -> None:
    frontend = dialled(*udp(ONE, TWO), uri="sip:bob@carrier.example sip:carol@carrier.example")
    assert [one.uri for one in frontend.requests("INVITE", ONE)] == [
        "sip:bob@carrier.example",
        "sip:carol@carrier.example",
    ]
    assert sorted(frontend.exchange.calls)[-2:] == ["leg.0", "leg.1"]
    frontend.exchange.dead.add("UDP", ONE, frontend.exchange.now)
    frontend.receive(invite("1003", call_id="a2"))
    run = frontend.activations[-1][0]
    frontend.decide(run, command("dial", run.first_call, targets=[pb.DialTarget(contact="sip:dora@carrier.example")]))
    assert frontend.requests("INVITE", TWO)[-1].uri == "sip:dora@carrier.example"


def test_hunting_rings_one_named_target_at_a_time() -> None:
    frontend = Frontend()
    frontend.unanswered = []
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    targets = [pb.DialTarget(contact=f"sip:bob@{name}.example") for name in ("one", "two")]
    frontend.decide(run, command("dial", run.first_call, targets=targets, strategy=pb.STRATEGY_HUNT))
    (asked,) = frontend.unanswered
    asked.reply(udp(ONE))
    frontend.settle()
    assert sole(frontend, ONE)
    assert len(frontend.unanswered) == 1


def test_the_caller_hangs_up_while_the_name_is_looked_up() -> None:
    frontend = Frontend()
    frontend.unanswered = []
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("dial", run.first_call, targets=[pb.DialTarget(contact="sip:bob@carrier.example")]))
    frontend.receive(CANCEL)
    frontend.unanswered[0].reply(udp(ONE))
    frontend.settle()
    assert not frontend.requests("INVITE")


@pytest.mark.covers("DR-042")
def test_credentials_are_sent_to_the_place_that_asked_and_the_ack_carries_them() -> None:
    credentials = pb.Credentials(username="bob", password="zanzibar")
    frontend = dialled(*udp(ONE, TWO), credentials=credentials)
    first = sole(frontend, ONE)
    challenge = 'Proxy-Authenticate: Digest realm="r", nonce="n", qop="auth"\n'
    frontend.receive(answering(first, 407, extra=challenge), ONE)
    again = frontend.requests("INVITE", ONE)[-1]
    assert again.cseq == first.cseq + 1
    given = again.get("Proxy-Authorization")
    assert given is not None
    frontend.receive(answering(again, 200, body=sdp(42000)), ONE)
    acks = frontend.requests("ACK", ONE)
    assert [one.cseq for one in acks] == [first.cseq, again.cseq]
    assert acks[-1].get("Proxy-Authorization") == given
