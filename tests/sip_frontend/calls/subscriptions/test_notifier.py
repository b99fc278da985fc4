"""NOTIFY: one at a time, and what its failure means (RFC 6665 section 4.2.2)."""

from __future__ import annotations

import pytest

from sip_frontend.calls.subscriptions import notifier
from sip_frontend.calls.subscriptions.message_summary import Counts
from tests.sip_frontend.calls.harness import Frontend
from tests.sip_frontend.calls.subscriptions.support import notifies, subscribed, take


def lamp() -> Frontend:
    return subscribed("message-summary", "1001")


def mail(frontend: Frontend, new: int) -> None:
    frontend.exchange.message_summary.set(frontend.exchange, "1001@pbx.test", Counts(new))
    frontend.settle()


def test_a_change_is_told_in_the_dialog() -> None:
    frontend = lamp()
    mail(frontend, 2)
    first, second = notifies(frontend)
    assert second.cseq == first.cseq + 1
    assert b"Voice-Message: 2/0" in second.body


def test_the_next_waits_for_the_answer_and_tells_the_latest() -> None:
    frontend = lamp()
    for new in (1, 2, 3):
        mail(frontend, new)
    assert len(notifies(frontend)) == 2
    take(frontend)
    assert b"Voice-Message: 3/0" in take(frontend).body
    assert len(notifies(frontend)) == 3


@pytest.mark.parametrize("status", [481, 489, 404, 408, 501, 604])
def test_an_answer_that_means_the_end_ends_it(status: int) -> None:
    frontend = lamp()
    mail(frontend, 1)
    take(frontend, status)
    assert not frontend.exchange.subscriptions.by_dialog
    mail(frontend, 2)
    assert len(notifies(frontend)) == 2


def test_silence_ends_it() -> None:
    frontend = lamp()
    mail(frontend, 1)
    frontend.advance(33)
    assert not frontend.exchange.subscriptions.by_dialog


def test_any_other_refusal_does_not() -> None:
    frontend = lamp()
    mail(frontend, 1)
    take(frontend, 400)
    mail(frontend, 2)
    assert len(notifies(frontend)) == 3


def test_who_is_busy_is_told_later() -> None:
    frontend = lamp()
    mail(frontend, 1)
    take(frontend, 503, "Retry-After: 7\n")
    frontend.advance(6.9)
    assert len(notifies(frontend)) == 2
    frontend.advance(0.2)
    assert b"Voice-Message: 1/0" in take(frontend).body


def test_it_ends_with_its_time() -> None:
    frontend = lamp()
    frontend.advance(601)
    assert take(frontend).get("Subscription-State") == "terminated;reason=timeout"
    assert not frontend.exchange.subscriptions.by_dialog
    assert not len(frontend.exchange.timers)


def test_who_answers_last_words_badly_is_forgotten_as_well() -> None:
    frontend = lamp()
    frontend.advance(601)
    take(frontend, 503, "Retry-After: 7\n")
    assert not frontend.exchange.subscriptions.by_dialog
    frontend.advance(100)
    assert len(notifies(frontend)) == 2


def test_an_end_behind_an_unanswered_notify_is_told_after_it() -> None:
    frontend = lamp()
    frontend.advance(599)
    mail(frontend, 1)
    frontend.advance(2)
    take(frontend)
    assert take(frontend).get("Subscription-State") == "terminated;reason=timeout"
    assert not frontend.exchange.subscriptions.by_dialog


def test_a_stop_asks_to_come_back() -> None:
    frontend = lamp()
    notifier.stop(frontend.exchange)
    frontend.settle()
    assert notifies(frontend)[-1].get("Subscription-State") == "terminated;reason=probation;retry-after=10"


def test_a_new_contact_in_the_answer_is_taken_over() -> None:
    frontend = lamp()
    mail(frontend, 1)
    take(frontend, extra="Contact: <sip:elsewhere@127.0.0.1:5075>\n")
    mail(frontend, 2)
    assert notifies(frontend)[-1].uri.startswith("sip:")
