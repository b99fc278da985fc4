"""What processes used, as /proc tells: CPU of all threads, context switches, memory; and what the kernel dropped."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """A moment's counters, summed over processes and by name."""

    cpu_s: float
    switches: int
    by_name: dict[str, float]


def usage(processes: dict[str, int]) -> Usage:
    """Of processes by name and pid."""
    by_name = {name: _cpu_s(pid) for name, pid in processes.items()}
    return Usage(sum(by_name.values()), sum(_switches(pid) for pid in processes.values()), by_name)


def memory_mb(pid: int) -> dict[str, float]:
    """Resident, and the share that is this process's own."""
    wanted = {"Rss:": "rss", "Pss:": "pss", "Private_Dirty:": "private"}
    found: dict[str, float] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        fields = line.split()
        if fields[0] in wanted:
            found[wanted[fields[0]]] = round(int(fields[1]) / 1024, 1)
    return found


def udp_drops() -> int:
    """Datagrams that found a receive buffer full, since boot."""
    rows = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Udp:")]
    return int(dict(zip(rows[0], rows[1], strict=True))["RcvbufErrors"])


def pin(pids: Iterable[int], core: int) -> None:
    """Every thread of these processes onto one core."""
    for pid in pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(thread), {core})


def _cpu_s(pid: int) -> float:
    text = Path(f"/proc/{pid}/stat").read_text()
    fields = text[text.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _switches(pid: int) -> int:
    total = 0
    for path in Path(f"/proc/{pid}/task").glob("*/status"):
        total += sum(int(line.split()[1]) for line in path.read_text().splitlines() if "_ctxt_switches" in line)
    return total
