"""SIPp as the generator: a rate, a steady window in the middle of it, and what the exchange used in that window.

The window begins and ends with rows of SIPp's own statistics, so calls and CPU are of the same seconds. SIPp runs on
core 0, the exchange on core 1; above 70 % of its core SIPp is the limit, and the row says so.
"""

from __future__ import annotations

import csv
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.probe import Probe, percentile
from benchmarks.processes import udp_drops, usage

SCENARIOS = Path(__file__).with_name("sipp")
GENERATOR_CORE, EXCHANGE_CORE = 0, 1
WARM_UP_S, WINDOW_S = 4, 10


@dataclass(frozen=True, slots=True)
class Row:
    """One run at one rate."""

    rate: float
    completed_per_s: float
    failed: int
    repeated: int
    cpu_us: float
    cpu_share: float
    switches: float
    p50_ms: float
    p99_ms: float
    generator_share: float
    kernel_drops: int
    by_process_us: dict[str, float]

    @property
    def clean(self) -> bool:
        """Everything answered, hardly anything repeated, and the offered rate kept up."""
        done = self.completed_per_s >= 0.98 * self.rate
        return done and not self.failed and not self.kernel_drops and self.repeated <= 0.001 * self.rate * WINDOW_S

    def as_dict(self) -> dict[str, object]:
        """For the results file."""
        return asdict(self)


def run(
    scenario: str,
    target: tuple[str, int],
    processes: dict[str, int],
    rate: int,
    probe: Callable[[], Probe],
    users: Path | None = None,
) -> Row:
    """Offer *rate* for warm-up and window; the row of the window."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        statistics = folder / "statistics.csv"
        generator = _start(scenario, target, rate, folder, statistics, users)
        try:
            with probe() as measured:
                first = _row_after(statistics, WARM_UP_S, generator)
                before, cpu, drops = usage(processes), usage({"sipp": generator.pid}), udp_drops()
                measured.clear()
                began = time.monotonic()
                last = _row_after(statistics, WARM_UP_S + WINDOW_S, generator)
                after, cpu_after = usage(processes), usage({"sipp": generator.pid})
                seconds = time.monotonic() - began
                latencies = measured.taken()
        finally:
            generator.kill()
            generator.wait()
    completed = _number(last, "SuccessfulCall(C)") - _number(first, "SuccessfulCall(C)")
    calls = max(completed, 1)
    return Row(
        rate=rate,
        completed_per_s=round(completed / seconds, 1),
        failed=_number(last, "FailedCall(C)") - _number(first, "FailedCall(C)"),
        repeated=_number(last, "Retransmissions(C)") - _number(first, "Retransmissions(C)"),
        cpu_us=round(1e6 * (after.cpu_s - before.cpu_s) / calls, 1),
        cpu_share=round((after.cpu_s - before.cpu_s) / seconds, 3),
        switches=round((after.switches - before.switches) / calls, 1),
        p50_ms=percentile(latencies, 0.50),
        p99_ms=percentile(latencies, 0.99),
        generator_share=round((cpu_after.cpu_s - cpu.cpu_s) / seconds, 2),
        kernel_drops=udp_drops() - drops,
        by_process_us={
            name: round(1e6 * (after.by_name[name] - before.by_name[name]) / calls, 1) for name in sorted(after.by_name)
        },
    )


def _start(
    scenario: str, target: tuple[str, int], rate: int, folder: Path, statistics: Path, users: Path | None
) -> subprocess.Popen[bytes]:
    command = [
        "sipp", f"{target[0]}:{target[1]}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", "600", "-i", "127.0.0.1",
        "-r", str(rate), "-m", str(rate * (WARM_UP_S + WINDOW_S + 4)), "-l", str(max(200, rate * 4)), "-nostdin",
        "-trace_stat", "-stf", str(statistics), "-fd", "1", "-buff_size", "4194304",
    ]  # fmt: skip
    if users:
        command += ["-inf", str(users)]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {GENERATOR_CORE}),
    )


def _row_after(statistics: Path, seconds: int, generator: subprocess.Popen[bytes]) -> dict[str, str]:
    """The statistics row of this second, as soon as SIPp has written it."""
    while True:
        if statistics.exists():
            lines = statistics.read_text().split("\n")[:-1]
            rows = list(csv.DictReader(lines, delimiter=";"))
            if len(rows) > seconds:
                return rows[seconds]
        if generator.poll() is not None:
            raise RuntimeError(f"SIPp ended with {generator.returncode} in the {seconds}th second")
        time.sleep(0.005)


def _number(row: dict[str, str], name: str) -> int:
    return int(float(row[name]))
