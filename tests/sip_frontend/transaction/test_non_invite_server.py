"""RFC 3261 section 17.2.2: exact actions of the non-INVITE server transaction."""

from __future__ import annotations

import pytest

from sip_frontend.message import build_response
from sip_frontend.transaction import Failure, RequestReceived, Send, TransactionFailed
from tests.sip_frontend.transaction.support import TCP, UDP, Bench, request

OPTIONS = request("OPTIONS")


def answer(status: int) -> bytes:
    return build_response(OPTIONS, status, to_tag="near")


def test_new_request_is_delivered_and_nothing_sent() -> None:
    bench = Bench()
    actions = bench.receive(OPTIONS)
    received = actions[0]
    assert isinstance(received, RequestReceived)
    assert actions == [RequestReceived(received.transaction, OPTIONS, UDP)]


@pytest.mark.covers("DR-003")
def test_repetition_before_the_answer_is_swallowed() -> None:
    bench = Bench()
    bench.open(OPTIONS)
    assert bench.receive(request("OPTIONS")) == []


def test_repetition_gets_the_last_response() -> None:
    bench = Bench()
    transaction = bench.open(OPTIONS)
    assert bench.respond(transaction, 100, OPTIONS) == [Send(UDP, answer(100))]
    assert bench.receive(request("OPTIONS")) == [Send(UDP, answer(100))]
    assert bench.respond(transaction, 200, OPTIONS) == [Send(UDP, answer(200))]
    assert bench.receive(request("OPTIONS")) == [Send(UDP, answer(200))]
    assert bench.respond(transaction, 404, OPTIONS) == []


def test_answer_is_kept_for_timer_j() -> None:
    bench = Bench()
    bench.respond(bench.open(OPTIONS), 200, OPTIONS)
    assert bench.pass_time(31.9) == []
    assert bench.receive(request("OPTIONS")) == [Send(UDP, answer(200))]
    assert bench.pass_time(0.2) == []
    assert bench.held() == (0, 0)
    assert isinstance(bench.receive(request("OPTIONS"))[0], RequestReceived)


def test_reliable_transaction_ends_with_its_answer() -> None:
    bench = Bench()
    transaction = bench.open(OPTIONS, TCP)
    assert bench.respond(transaction, 200, OPTIONS) == [Send(TCP, answer(200))]
    assert bench.held() == (0, 0)
    assert transaction.data == b""


@pytest.mark.covers("DR-012")
@pytest.mark.parametrize("flow", [UDP, TCP])
def test_request_nobody_answers_is_given_up(flow: object) -> None:
    bench = Bench()
    transaction = bench.open(OPTIONS, TCP if flow is TCP else UDP)
    assert bench.pass_time(33) == [(32.0, TransactionFailed(transaction, Failure.TIMEOUT))]
    assert bench.held() == (0, 0)


def test_answer_that_cannot_be_sent_fails_it() -> None:
    bench = Bench()
    transaction = bench.open(OPTIONS)
    send = bench.respond(transaction, 200, OPTIONS)[0]
    assert isinstance(send, Send)
    bench.layer.send_failed(send, bench.now)
    assert bench.layer.take_actions() == [TransactionFailed(transaction, Failure.TRANSPORT)]
    assert bench.held() == (0, 0)
