"""When a process collects its garbage: not while there is work."""

from __future__ import annotations

from switchroom.garbage import DUE_AFTER, IDLE_SHARE, IdleCollector


class Machine:
    """What a collector looks at."""

    def __init__(self) -> None:
        self.cpu_s = 5.0
        self.due = 0
        self.collector = IdleCollector(lambda: self.cpu_s, lambda: self.due)

    def works(self, cpu_s: float, allocates: int) -> bool:
        """Ten seconds go by."""
        self.cpu_s += cpu_s
        self.due += allocates
        return self.collector.look(10.0)


def test_work_puts_it_off_until_the_first_quiet_look() -> None:
    machine = Machine()
    assert not machine.works(cpu_s=7.0, allocates=DUE_AFTER)
    assert not machine.works(cpu_s=10 * IDLE_SHARE, allocates=DUE_AFTER)
    assert machine.works(cpu_s=0.1, allocates=0)


def test_a_process_that_did_nothing_has_nothing_to_collect() -> None:
    machine = Machine()
    assert not machine.works(cpu_s=0.0, allocates=DUE_AFTER - 1)
    assert machine.works(cpu_s=0.0, allocates=1)
