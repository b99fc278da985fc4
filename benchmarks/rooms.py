"""Rooms: CPU per member and tick of 20 ms as rooms grow, all members talking, on one packet thread.

About as many members each time, in rooms of 3 to one room of 1,500: what a member costs must not depend on the room.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from benchmarks.report import Result
from benchmarks.rtp import ENGINE, FIRST_PORT, Work, load, running
from benchmarks.sipp import GENERATOR_CORE

SIZES = (3, 8, 50, 300, 1500)
MEMBERS = 1500
TICKS_PER_S = 50


def once(size: int, window_s: float) -> dict[str, float]:
    """One engine full of rooms of that size."""
    members = MEMBERS // size * size
    work = Work(f"rooms-{size}", members, load=("--listen",))
    with running([sys.executable, "-m", "benchmarks.rtp_host", work.name, str(members), str(FIRST_PORT)]) as pid:
        figures = load(pid, work, window_s)
    cost = figures["us_per_packet"]  # one in and one out: a member's tick
    return {
        "us_per_member_tick": cost,
        "members_a_core": round(1e6 / TICKS_PER_S / cost) if cost else 0,
        "members": members,
        "core_share": figures["cpu_share"],
        "sent_share": figures["sent"] / (members * TICKS_PER_S * window_s),
        "lost_share": figures["lost_share"],
    }


def measure(quick: bool) -> Result:
    """The median of three runs of each size."""
    subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "rtp_bench"], cwd=ENGINE, check=True)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    result = Result("rooms", "CPU per member and tick of 20 ms in conferences, all talking, PCMU, one packet thread")
    for size in SIZES:
        runs = [once(size, 4.0 if quick else 8.0) for _ in range(1 if quick else 3)]
        median = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
        result.add(f"rooms of {size}", median)
    return result
