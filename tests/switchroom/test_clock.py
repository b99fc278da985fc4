"""The clock of tests."""

from __future__ import annotations

import time

import pytest

from switchroom.clock import Clock, ManualClock, SystemClock


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = ManualClock(now=5.0, unix=100.0)
    assert (clock.now(), clock.unix()) == (5.0, 100.0)
    clock.advance(1.5)
    assert (clock.now(), clock.unix()) == (6.5, 101.5)


def test_a_manual_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        ManualClock().advance(-1)


def test_the_system_clock_is_the_machines() -> None:
    clock: Clock = SystemClock()
    before = time.monotonic()
    assert before <= clock.now() <= time.monotonic()
    assert abs(clock.unix() - time.time()) < 5
