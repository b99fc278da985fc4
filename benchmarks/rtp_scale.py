"""RTP: what a packet costs with more channels, and when they come in bursts, each beside the bare loop."""

from __future__ import annotations

import os
import subprocess

from benchmarks.report import Result
from benchmarks.rtp import ENGINE, Work, once
from benchmarks.sipp import GENERATOR_CORE

FLOWS = (50, 200, 500, 1000, 2000)
BURSTS_US = (1, 1000, 5000, 20_000)
_PAIR = ("pair",)


def measure(quick: bool) -> Result:
    """Under three minutes: one run of each."""
    subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "rtp_bench"], cwd=ENGINE, check=True)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    window_s = 1.5 if quick else 3.0
    result = Result("rtp_scale", "CPU per packet of one packet thread by number of channels, and by size of bursts")
    for flows in FLOWS:
        result.add(f"echo, {flows} flows", rounded(once(Work("echo", flows), window_s)))
    for flows in FLOWS[:: 2 if quick else 1]:
        result.add(f"relay, {flows} flows", rounded(once(Work("relay", flows, _PAIR, ("--pair",)), window_s)))
    for burst_us in BURSTS_US:
        flows = 500
        work = Work("echo", flows, load=("--burst-us", str(burst_us)))
        packets = max(1, round(flows * burst_us / 20_000))
        result.add(f"echo, 500 flows, {packets} packets at once", rounded(once(work, window_s)))
    return result


def rounded(figures: dict[str, float]) -> dict[str, float]:
    """To what can be told apart."""
    return {name: round(value, 4 if name == "lost_share" else 3) for name, value in figures.items()}
