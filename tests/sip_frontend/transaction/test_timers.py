"""The timer queue: order, lateness, and no wake-ups for nothing."""

from __future__ import annotations

from sip_frontend.transaction import Timers
from sip_frontend.transaction.machine import ClientTransaction, Event, State
from sip_frontend.transaction.non_invite_client import NON_INVITE_CLIENT
from sip_frontend.transaction.timers import TimerQueue
from tests.sip_frontend.transaction.support import UDP, Bench, our_request, response_to, words


def transaction() -> ClientTransaction:
    return ClientTransaction(NON_INVITE_CLIENT, "INFO", "z9hG4bK1", "z9hG4bK1 INFO", UDP)


def test_timers_of_all_lengths_come_out_in_order() -> None:
    queue = TimerQueue()
    one = transaction()
    for length, now in ((32.0, 0.0), (0.5, 31.0), (5.0, 26.6), (0.5, 31.2)):
        queue.arm(one, Event.TIMER_E, length, now)
    assert queue.next_due() == 31.5
    assert [due for due, _, _ in queue.take_due(32.0)] == [31.5, 31.6, 31.7, 32.0]
    assert queue.next_due() is None


def test_outdated_timer_is_no_reason_to_wake_up() -> None:
    queue = TimerQueue()
    ended, live = transaction(), transaction()
    ended.state = State.TERMINATED
    queue.arm(ended, Event.TIMER_E, 0.5, 0.0)
    queue.arm(live, Event.TIMER_F, 32.0, 0.0)
    assert queue.next_due() == 32.0
    assert len(queue) == 1


def test_late_expiry_repeats_once_and_ends_in_order() -> None:
    """A process that was stopped for long does not send a burst when it goes on."""
    bench = Bench()
    bench.request(our_request("BYE"), "BYE")
    bench.now += 40
    bench.layer.expire(bench.now)
    assert words(bench.layer.take_actions()) == ["send BYE", "failed TIMEOUT"]


def test_answered_transactions_leave_no_live_timer() -> None:
    bench = Bench()
    invite = our_request()
    bench.request(invite, "INVITE")
    bench.receive(response_to(invite, 486))
    assert bench.layer.next_timeout() == bench.now + Timers().d_s
    bench.pass_time(32)
    assert bench.layer.next_timeout() is None
    assert bench.layer.counts()["timers"] == 0
