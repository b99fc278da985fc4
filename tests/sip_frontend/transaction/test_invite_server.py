"""RFC 3261 section 17.2.1 with RFC 6026: exact actions of the INVITE server transaction."""

from __future__ import annotations

import pytest

from sip_frontend.message import build_response
from sip_frontend.transaction import AckReceived, Failure, RequestReceived, Send, State, TransactionFailed
from switchroom.errors import LocalProtocolError
from tests.sip_frontend.transaction.support import TCP, UDP, Bench, request, words

INVITE = request()


def answer(status: int) -> bytes:
    return build_response(INVITE, status, to_tag="near")


@pytest.mark.covers("DR-002")
def test_new_invite_is_answered_100_before_it_is_delivered() -> None:
    bench = Bench()
    actions = bench.receive(request())
    received = actions[-1]
    assert isinstance(received, RequestReceived)
    assert actions == [
        Send(UDP, build_response(received.request, 100)),
        RequestReceived(received.transaction, received.request, UDP),
    ]


@pytest.mark.covers("DR-003")
def test_repeated_invite_gets_the_last_provisional() -> None:
    bench = Bench()
    transaction = bench.open(INVITE)
    assert words(bench.receive(request())) == ["send 100"]
    assert words(bench.respond(transaction, 180, INVITE)) == ["send 180"]
    assert bench.receive(request()) == [Send(UDP, answer(180))]
    assert bench.pass_time(60) == []


def test_2xx_is_sent_once_and_repeated_invites_are_absorbed_until_timer_l() -> None:
    bench = Bench()
    transaction = bench.open(INVITE)
    assert bench.respond(transaction, 200, INVITE) == [Send(UDP, answer(200))]
    assert transaction.state is State.ACCEPTED
    assert bench.receive(request()) == []
    assert bench.pass_time(31.9) == []
    assert bench.receive(request()) == []
    bench.pass_time(0.2)
    assert bench.held() == (0, 0)


def test_user_may_repeat_its_2xx() -> None:
    bench = Bench()
    transaction = bench.open(INVITE)
    bench.respond(transaction, 200, INVITE)
    assert bench.respond(transaction, 200, INVITE) == [Send(UDP, answer(200))]


def test_ack_to_2xx_is_delivered_whatever_its_branch() -> None:
    bench = Bench()
    bench.respond(bench.open(INVITE), 200, INVITE)
    for ack in (request("ACK", branch="z9hG4bK2", to_tag="near"), request("ACK", to_tag="near")):
        assert bench.receive(ack) == [AckReceived(ack, UDP)]


def test_refusal_is_repeated_until_the_ack() -> None:
    bench = Bench()
    transaction = bench.open(INVITE)
    refusal = Send(UDP, answer(486))
    assert bench.respond(transaction, 486, INVITE) == [refusal]
    assert bench.pass_time(8) == [(0.5, refusal), (1.5, refusal), (3.5, refusal), (7.5, refusal)]
    assert bench.receive(request()) == [refusal]
    assert bench.receive(request("ACK", to_tag="near")) == []
    assert transaction.state is State.CONFIRMED
    assert bench.receive(request()) == []
    assert bench.receive(request("ACK", to_tag="near")) == []
    assert bench.pass_time(4.9) == []
    assert bench.held() == (1, 0)
    bench.pass_time(0.2)
    assert bench.held() == (0, 0)


@pytest.mark.covers("DR-001")
def test_refusal_never_acknowledged_fails_at_timer_h() -> None:
    bench = Bench()
    transaction = bench.open(INVITE)
    bench.respond(transaction, 486, INVITE)
    actions = bench.pass_time(40)
    assert [time for time, _ in actions] == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 32.0]
    assert actions[-1][1] == TransactionFailed(transaction, Failure.TIMEOUT)
    assert bench.held() == (0, 0)


def test_reliable_refusal_is_sent_once_and_ends_with_the_ack() -> None:
    bench = Bench()
    transaction = bench.open(INVITE, TCP)
    assert words(bench.respond(transaction, 486, INVITE)) == ["send 486"]
    assert bench.pass_time(10) == []
    assert bench.receive(request("ACK", to_tag="near"), TCP) == []
    assert bench.held() == (0, 0)


def test_transport_failure_is_told_and_repetitions_are_still_known() -> None:
    """RFC 6026 section 8.7."""
    bench = Bench()
    transaction = bench.open(INVITE)
    send = bench.respond(transaction, 200, INVITE)[0]
    assert isinstance(send, Send)
    bench.layer.send_failed(send, bench.now)
    assert bench.layer.take_actions() == [TransactionFailed(transaction, Failure.TRANSPORT)]
    assert bench.receive(request()) == []


def test_one_final_response_only() -> None:
    bench = Bench()
    transaction = bench.open(INVITE)
    assert bench.respond(transaction, 486, INVITE)
    assert bench.respond(transaction, 180, INVITE) == []
    assert bench.respond(transaction, 200, INVITE) == []
    assert bench.layer.respond(transaction, answer(200), 200, bench.now) is False


def test_answered_transaction_lets_go_of_its_request() -> None:
    bench = Bench()
    transaction = bench.open(INVITE)
    assert transaction.request is INVITE
    bench.respond(transaction, 200, INVITE)
    assert transaction.answered
    assert transaction.data == b""
    with pytest.raises(LocalProtocolError):
        _ = transaction.request
