"""How long garbage collections stop the frontend, and what of it callers feel: ``python -m benchmarks gc_pauses``.

Some thousand calls stand while others come and go, so that a collection of everything has much to walk over.
``GC_SETTING=700,10,10`` measures other thresholds than the product's; the line says which.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.idle_calls import WaitingPhones
from benchmarks.probe import Probe
from benchmarks.report import Result
from benchmarks.running import SCRIPT, pids, pinned
from benchmarks.sipp import run
from switchroom.garbage import THRESHOLDS

STANDING = 5_000
WATCH = Path(__file__).with_name("gc_watch")
RUNS = 3


def measure(quick: bool) -> Result:
    """At the rate ``RATE`` (500 calls/s); the worst run counts."""
    what = f"garbage collections of the frontend while {STANDING} calls begin and stand and others come and go"
    result = Result("gc_pauses", f"{what}, by thresholds; CPU milliseconds, p50 and p99 of INVITE to 200")
    rate = int(os.environ.get("RATE", "500"))
    for setting in os.environ.get("GC_SETTINGS", _product()).split():
        with tempfile.TemporaryDirectory() as folder, _watching(folder, setting):
            result.add(setting, _line(rate, Path(folder), 1 if quick else RUNS))
    return result


def _product() -> str:
    return ",".join(map(str, THRESHOLDS))


def _line(rate: int, folder: Path, runs: int) -> dict[str, object]:
    with pinned(
        {"frontend": {"media_idle_s": 0, "max_calls": 3 * STANDING}, "media": {"max_channels": 3 * STANDING}},
        script=SCRIPT,
        rtp_ports=2 * STANDING + 4_000,
    ) as exchange:
        pauses = folder / str(pids(exchange)["frontend-1"])
        before = len(pauses.read_text().splitlines())
        phones = WaitingPhones(exchange.sip)
        phones.call(STANDING)
        rows = [
            run("answer_echo", exchange.sip, pids(exchange), rate, lambda: Probe(exchange.sip)) for _ in range(runs)
        ]
        lines = [line.split() for line in pauses.read_text().splitlines()[before:]]
        phones.hang_up()
    took = {number: [float(ms) for generation, ms in lines if generation == number] for number in "012"}
    figures: dict[str, object] = {
        "calls_per_s": rate,
        "cpu_share": max(row.cpu_share for row in rows),
        "p50_ms": max(row.p50_ms for row in rows),
        "p99_ms": max(row.p99_ms for row in rows),
        "failed": max(row.failed for row in rows),
    }
    for number, each in took.items():
        figures[f"gen{number}_pauses"] = len(each)
        figures[f"gen{number}_longest_ms"] = round(max(each, default=0.0), 1)
    return figures


@contextmanager
def _watching(folder: str, setting: str) -> Iterator[None]:
    """Processes started inside write down their pauses."""
    old = os.environ.get("PYTHONPATH", "")
    os.environ |= {"GC_WATCH": folder, "GC_SETTING": setting, "PYTHONPATH": f"{WATCH}:{old}".rstrip(":")}
    try:
        yield
    finally:
        os.environ["PYTHONPATH"] = old
        del os.environ["GC_WATCH"], os.environ["GC_SETTING"]
