"""RTP: what a packet costs with more channels, and when they come in bursts, each beside the bare loop."""

from __future__ import annotations

from benchmarks.report import Result
from benchmarks.rtp_runs import Work, prepare, side_by_side

FLOWS = (50, 200, 500, 1000, 2000)
BURSTS_US = (1, 1000, 5000, 20_000)
BURSTING = 500
FRAME_US = 20_000


def measure(quick: bool) -> Result:
    """Under four minutes: one run of each between two of the bare loop, which gets the same bursts."""
    prepare()
    window_s = 1.0 if quick else 2.0
    result = Result("rtp_scale", "CPU per packet of one packet thread by number of channels, and by size of bursts")
    works = {f"echo, {flows} flows": Work("echo", flows) for flows in FLOWS}
    works |= {f"relay, {flows} flows": Work("relay", flows, pair=True) for flows in FLOWS[:: 2 if quick else 1]}
    for burst_us in BURSTS_US:
        packets = max(1, round(BURSTING * burst_us / FRAME_US))
        works[f"echo, {BURSTING} flows, {packets} packets at once"] = Work("echo", BURSTING, burst_us=burst_us)
    for line, work in works.items():
        result.add(line, side_by_side([work], window_s)[0])
    return result
