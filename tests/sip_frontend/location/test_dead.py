"""The short memory of places that failed."""

from __future__ import annotations

from sip_frontend.location import Dead, Hop
from sip_frontend.location.dead import DEAD_S, LONGEST_S

ONE, TWO, THREE = (Hop("UDP", f"192.0.2.{index}", 5060) for index in (1, 2, 3))


def test_the_dead_are_tried_last_and_come_back() -> None:
    dead = Dead()
    dead.add("UDP", ONE.remote, 100.0)
    assert dead.last([ONE, TWO, THREE], 101.0) == [TWO, THREE, ONE]
    assert dead.last([ONE, TWO], 100.0 + DEAD_S) == [ONE, TWO]
    assert len(dead) == 0


def test_when_all_are_dead_all_are_tried() -> None:
    dead = Dead()
    for hop in (ONE, TWO):
        dead.add("UDP", hop.remote, 100.0)
    assert dead.last([ONE, TWO], 100.0) == [ONE, TWO]


def test_another_transport_of_the_same_address_lives() -> None:
    dead = Dead()
    dead.add("TCP", ONE.remote, 100.0)
    assert not dead.holds("UDP", ONE.remote, 100.0)
    assert dead.holds("TCP", ONE.remote, 100.0)


def test_an_answer_makes_alive() -> None:
    dead = Dead()
    dead.add("UDP", ONE.remote, 100.0)
    dead.remove("UDP", ONE.remote)
    assert not dead.holds("UDP", ONE.remote, 100.0)


def test_a_retry_after_of_a_year_is_not_believed() -> None:
    dead = Dead()
    dead.add("UDP", ONE.remote, 100.0, 31_536_000)
    assert not dead.holds("UDP", ONE.remote, 100.0 + LONGEST_S)


def test_the_memory_has_an_end() -> None:
    dead = Dead()
    for index in range(10_000):
        dead.add("UDP", ("192.0.2.1", index), float(index) / 1000)
    assert len(dead) <= 4096
    assert dead.holds("UDP", ("192.0.2.1", 9_999), 10.0)
