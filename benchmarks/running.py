"""A process set of its own for a benchmark, pinned to one core; the generator has the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import pin
from benchmarks.sipp import EXCHANGE_CORE, GENERATOR_CORE
from tests.support.exchange import ROOT, Exchange, Settings

_RFC_TIMERS: Settings = {"frontend": {"t1_ms": 500, "t2_ms": 4000, "t4_ms": 5000}, "log": {"level": "INFO"}}
SCRIPT = ROOT / "benchmarks" / "scripts" / "answer_echo.py"


@contextmanager
def pinned(
    settings: Settings | None = None, call_workers: int = 1, script: Path = SCRIPT, rtp_ports: int = 4_000
) -> Iterator[Exchange]:
    """The exchange, ready; calls are answered and echoed, the RFC's timers hold."""
    merged = {name: dict(values) for name, values in _RFC_TIMERS.items()}
    for name, values in (settings or {}).items():
        merged.setdefault(name, {}).update(values)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    with Exchange(call_workers=call_workers, settings=merged, scripts=[script], rtp_ports=rtp_ports) as exchange:
        pin([process.pid for process in exchange.running.values()], EXCHANGE_CORE)
        exchange.judge_logs = False  # what overload makes it say is not a benchmark's business
        yield exchange


def pids(exchange: Exchange) -> dict[str, int]:
    """By name."""
    return {name: process.pid for name, process in exchange.running.items()}


def write_users(folder: Path, count: int) -> tuple[Path, Path, list[str]]:
    """The registrar's user list, SIPp's, and their names: 20000 and up."""
    names = [str(20_000 + number) for number in range(count)]
    users = folder / "users.toml"
    users.write_text("".join(f'[[user]]\nname = "{name}"\npassword = "secret{name}"\n\n' for name in names))
    rows = folder / "users.csv"
    rows.write_text(
        "SEQUENTIAL\n" + "".join(f"{name};[authentication username={name} password=secret{name}]\n" for name in names)
    )
    return users, rows, names
