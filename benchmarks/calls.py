"""A call answered, its echo channel opened, hung up at once: CPU of all processes, set-up latency, highest rate."""

from __future__ import annotations

from benchmarks.probe import Probe
from benchmarks.report import Result, median_row
from benchmarks.running import pids, pinned
from benchmarks.sipp import Row, run

RATES = (100, 1_000)
REPEATS = 3
RAMP_FROM, RAMP_FACTOR, RAMP_END = 1_250, 1.25, 12_000


def measure(quick: bool) -> Result:
    """Medians of three at each rate, then up until a call is lost or the generator is the limit."""
    result = Result("calls", "answered + echo channel + hung up, one call worker, all processes on one core")
    with pinned() as exchange:

        def once(rate: int) -> Row:
            return run("answer_echo", exchange.sip, pids(exchange), rate, lambda: Probe(exchange.sip))

        for rate in RATES:
            result.add_row(f"at {rate}/s", median_row([once(rate) for _ in range(1 if quick else REPEATS)]))
        rate, best, limit = RAMP_FROM, None, "the ramp's end"
        while not quick and rate <= RAMP_END:
            row = once(rate)
            if not row.clean:
                limit = f"{row.failed} failed, {row.repeated} repeated, {row.kernel_drops} dropped at {rate}/s"
                break
            best = row
            if row.generator_share > 0.7:
                limit = f"the generator, at {row.generator_share:.0%} of its core"
                break
            rate = round(rate * RAMP_FACTOR)
        if best:
            result.add_row(f"highest clean rate (limit: {limit})", best)
    return result
