"""OPTIONS to the peers of a trunk, and what becomes of calls when they do not answer."""

from __future__ import annotations

import pytest

from tests.sip_frontend.calls.test_dialling import finished
from tests.sip_frontend.trunks.support import ONE, TWO, Carrier

PING = {"ping_s": 10, "ping_misses": 3, "peers": (ONE, TWO)}


def up(carrier: Carrier) -> list[bool]:
    return [peer.up for peer in carrier.state.peers]


def ping(carrier: Carrier, *answers: tuple[str, int], status: int = 200) -> None:
    """One interval, in which *answers* answer."""
    carrier.frontend.advance(10)
    for peer in answers:
        carrier.answer(status, "OPTIONS", peer)


def test_each_peer_is_asked_at_its_interval() -> None:
    carrier = Carrier(**PING)
    for _ in range(4):
        ping(carrier, ONE, TWO)
    assert len(carrier.sent("OPTIONS", ONE)) == len(carrier.sent("OPTIONS", TWO)) == 4
    first, second = carrier.sent("OPTIONS", ONE)[:2]
    assert (second.call_id, second.cseq) == (first.call_id, first.cseq + 1)
    assert up(carrier) == [True, True]


def test_three_misses_and_calls_go_to_the_next_peer_until_it_answers_again() -> None:
    carrier = Carrier(**PING)
    for _ in range(3):
        ping(carrier, TWO)
    assert up(carrier) == [True, True]
    ping(carrier, TWO)
    assert up(carrier) == [False, True]
    carrier.dial()
    assert (len(carrier.sent("INVITE", ONE)), len(carrier.sent("INVITE", TWO))) == (0, 1)
    ping(carrier, ONE, TWO)
    assert up(carrier) == [True, True]
    carrier.dial()
    assert len(carrier.sent("INVITE", ONE)) == 1
    events = [line.event for line in carrier.frontend.logged if line.event.startswith("trunk.")]
    assert events == ["trunk.peer_down", "trunk.peer_up"]


def test_one_answer_forgives_the_misses_before() -> None:
    carrier = Carrier(**PING)
    for _ in range(3):
        ping(carrier, TWO)
        ping(carrier, TWO)
        ping(carrier, ONE, TWO)
    assert up(carrier) == [True, True]


@pytest.mark.parametrize(("status", "there"), [(404, True), (405, True), (503, False), (408, False)])
def test_a_refusal_is_an_answer_but_unavailable_is_not(status: int, there: bool) -> None:
    carrier = Carrier(**PING)
    for _ in range(4):
        ping(carrier, ONE, TWO, status=status)
    assert up(carrier) == [there, there]


def test_with_all_peers_down_a_call_is_refused_at_once() -> None:
    carrier = Carrier(**PING)
    for _ in range(5):
        ping(carrier)
    carrier.dial()
    assert not carrier.sent("INVITE")
    assert finished(carrier.frontend).cause.sip_status == 503  # type: ignore[attr-defined]


def test_a_named_peer_that_cannot_be_found_is_down_too() -> None:
    carrier = Carrier(ping_s=10, peers=(("nowhere.example", 0),))
    carrier.frontend.advance(50)
    assert up(carrier) == [False]


def test_after_a_stop_nobody_is_asked() -> None:
    carrier = Carrier(**PING)
    carrier.trunks.stop(lambda: None)
    carrier.frontend.advance(100)
    assert not carrier.sent("OPTIONS")
