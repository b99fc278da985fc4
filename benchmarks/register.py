"""REGISTER with digest, 1,000 users in turn: 401, then 200."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.probe import Probe
from benchmarks.report import Result, median_row
from benchmarks.running import pids, pinned, write_users
from benchmarks.sipp import run

RATES = (100, 1_500)
USERS = 1_000
REPEATS = 3


def measure(quick: bool) -> Result:
    """Medians of three."""
    result = Result("register", f"REGISTER, 401, REGISTER with digest, 200; {USERS} users, all processes on one core")
    with tempfile.TemporaryDirectory() as name:
        users, rows, names = write_users(Path(name), USERS)
        with pinned({"registrar": {"users": str(users)}}) as exchange:
            for rate in RATES:
                runs = [
                    run("register", exchange.sip, pids(exchange), rate, lambda: Probe(exchange.sip, names), rows)
                    for _ in range(1 if quick else REPEATS)
                ]
                result.add_row(f"at {rate}/s", median_row(runs))
    return result
