"""The rate of new requests follows the lateness of work."""

from __future__ import annotations

from sip_frontend.guard import Guard, Overload
from sip_frontend.guard.overload import INTERVAL_S
from tests.sip_frontend.guard.support import policy


class Load:
    """So many requests a second, against an exchange that is late above its capacity."""

    def __init__(self, capacity: float) -> None:
        self.overload = Overload(0.2, floor_per_s=10.0)
        self.capacity = capacity
        self.queue = 0.0
        self.now = 0.0

    def run(self, offered: float, seconds: float) -> float:
        """Returns how many were admitted a second."""
        admitted = 0
        for _ in range(round(seconds / INTERVAL_S)):
            for request in range(round(offered * INTERVAL_S)):
                at = self.now + request / offered
                if self.overload.admits(at):
                    admitted += 1
                    self.queue += 1
            self.now += INTERVAL_S
            self.queue = max(0.0, self.queue - self.capacity * INTERVAL_S)
            self.overload.tick(self.queue / self.capacity, self.now)
        return admitted / seconds


def test_within_its_capacity_nothing_is_shed() -> None:
    load = Load(500)
    assert load.run(400, 10) == 400
    assert not load.overload.shedding


def test_at_ten_times_the_capacity_about_as_much_is_admitted_as_can_be_done() -> None:
    load = Load(500)
    load.run(5000, 10)
    assert 350 < load.run(5000, 20) < 550
    assert load.queue / load.capacity < 1.0


def test_after_the_flood_everything_is_taken_again() -> None:
    load = Load(500)
    load.run(5000, 10)
    load.run(100, 10)
    assert not load.overload.shedding
    assert load.overload.rate == 0.0


def test_one_late_tick_is_no_overload() -> None:
    overload = Overload(0.2)
    for late_s in (0.0, 5.0, 0.0, 5.0, 0.0):
        overload.tick(late_s, 1.0)
        assert not overload.shedding


def test_a_machine_that_stood_still_turns_away_nobody_below_the_floor() -> None:
    overload = Overload(0.2, floor_per_s=100.0)
    overload.tick(3.0, 1.0)
    overload.tick(3.0, 1.05)
    assert overload.shedding
    assert all(overload.admits(1.1 + number / 90) for number in range(90))


def test_far_too_late_not_even_refusals_are_sent() -> None:
    overload = Overload(0.2)
    guarding = Guard(policy(), overload)
    for late_s, refused in ((2.0, True), (2.0, False), (0.5, True)):
        overload.tick(late_s, 1.0)
        assert guarding.refuses(1.0) is refused
    assert guarding.drops.refusals_rate == 1
