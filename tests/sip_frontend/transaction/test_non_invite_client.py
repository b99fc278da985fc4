"""RFC 3261 section 17.1.2: exact actions of the non-INVITE client transaction."""

from __future__ import annotations

import pytest

from sip_frontend.transaction import Failure, ResponseReceived, Send, State, Timers, TransactionFailed
from tests.sip_frontend.transaction.support import TCP, UDP, Bench, our_request, response_to, words

BYE = our_request("BYE")


@pytest.mark.covers("DR-001", "DR-014")
def test_timer_e_doubles_up_to_t2_until_timer_f() -> None:
    bench = Bench()
    transaction = bench.request(BYE, "BYE")
    times = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    expected = [(time, Send(UDP, BYE)) for time in times]
    assert bench.pass_time(33) == [*expected, (32.0, TransactionFailed(transaction, Failure.TIMEOUT))]
    assert bench.held() == (0, 0)


@pytest.mark.covers("DR-001")
def test_other_timer_values_are_obeyed() -> None:
    bench = Bench(Timers(t1_s=0.1, t2_s=0.2, give_up_t1s=8))
    transaction = bench.request(BYE, "BYE")
    expected = [(time, Send(UDP, BYE)) for time in (0.1, 0.3, 0.5, 0.7)]
    assert bench.pass_time(2) == [*expected, (0.8, TransactionFailed(transaction, Failure.TIMEOUT))]


def test_provisional_slows_repeating_to_t2() -> None:
    bench = Bench()
    transaction = bench.request(BYE, "BYE")
    bench.pass_time(0.6)
    response = response_to(BYE, 100)
    assert bench.receive(response) == [ResponseReceived(transaction, response)]
    assert [time for time, _ in bench.pass_time(12)] == [0.9, 4.9, 8.9]
    assert transaction.state is State.PROCEEDING


@pytest.mark.parametrize("status", [200, 302, 481, 503, 600])
def test_final_response_is_delivered_once_and_kept_for_timer_k(status: int) -> None:
    bench = Bench()
    transaction = bench.request(BYE, "BYE")
    response = response_to(BYE, status)
    assert bench.receive(response) == [ResponseReceived(transaction, response)]
    assert bench.receive(response) == []
    assert bench.pass_time(4.9) == []
    assert bench.held() == (0, 1)
    bench.pass_time(0.2)
    assert bench.held() == (0, 0)
    assert words(bench.receive(response)) == [f"stray {status}"]


def test_response_after_timeout_is_stray() -> None:
    bench = Bench()
    bench.request(BYE, "BYE")
    bench.pass_time(32)
    assert words(bench.receive(response_to(BYE, 200))) == ["stray 200"]


def test_reliable_transaction_neither_repeats_nor_lingers() -> None:
    bench = Bench()
    transaction = bench.request(BYE, "BYE", TCP)
    assert bench.pass_time(10) == []
    response = response_to(BYE, 200)
    assert bench.receive(response, TCP) == [ResponseReceived(transaction, response)]
    assert bench.held() == (0, 0)
    assert bench.layer.next_timeout() is None


@pytest.mark.parametrize("proceeding", [False, True])
def test_lost_connection_fails_it(proceeding: bool) -> None:
    bench = Bench()
    transaction = bench.request(BYE, "BYE", TCP)
    if proceeding:
        bench.receive(response_to(BYE, 100), TCP)
    assert bench.fail(TCP) == [TransactionFailed(transaction, Failure.TRANSPORT)]
    assert bench.held() == (0, 0)


def test_response_of_another_method_with_the_same_branch_is_stray() -> None:
    bench = Bench()
    bench.request(BYE, "BYE")
    assert words(bench.receive(response_to(our_request("INFO"), 200))) == ["stray 200"]
