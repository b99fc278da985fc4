"""RTP: CPU per packet and added latency of the engine, each beside a bare epoll loop in the same minute.

A packet is one in and one out. The engine has one core, the generator (``rtp_bench``) the other.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import pin, udp_drops
from benchmarks.report import Result
from benchmarks.sipp import EXCHANGE_CORE, GENERATOR_CORE
from tests.support.exchange import ROOT

ENGINE = ROOT / "media_workers" / "engine"
TOOL = ENGINE / "target" / "release" / "rtp_bench"
FIRST_PORT = 24_000


@dataclass(frozen=True, slots=True)
class Work:
    """What is measured, and what of the bare loop it is compared with."""

    name: str
    flows: int
    bare: tuple[str, ...] = ()
    load: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        return f"{self.name}, {self.flows} flows"


_PAIR = ("pair",)
WORKS = (
    Work("echo", 500),
    Work("relay", 500, _PAIR, ("--pair",)),
    Work("transcode", 500, _PAIR, ("--pair", "--law-in", "8")),
    Work("wideband", 500, _PAIR, ("--pair", "--law-in", "9", "--listen")),
    Work("play", 500, (), ("--listen",)),
    Work("rooms", 496, (), ("--listen",)),
    Work("echo", 50),
    Work("echo", 1000),
    Work("echo", 2000),
    Work("relay", 2000, _PAIR, ("--pair",)),
)


@contextmanager
def running(command: Sequence[str]) -> Iterator[int]:
    """A process on the engine's core that has said ready; its pid."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{command[0]} did not start")
        pin([process.pid], EXCHANGE_CORE)
        yield process.pid
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(10)
        process.stdout.close()


def load(pid: int, work: Work, window_s: float) -> dict[str, Any]:
    """What the generator saw and the engine's process used."""
    words = [str(TOOL), "load", str(work.flows), str(FIRST_PORT), "--pid", str(pid), "--window", str(window_s)]
    before = udp_drops()
    done = subprocess.run([*words, *work.load], capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    figures["kernel_drops"] = udp_drops() - before
    return figures


def once(work: Work, window_s: float) -> dict[str, float]:
    """The bare loop, then the engine."""
    with running([str(TOOL), "bare", str(work.flows), str(FIRST_PORT), *work.bare]) as pid:
        bare = load(pid, Work(work.name, work.flows, load=work.load[:1] if work.bare else ()), window_s)
    with running([sys.executable, "-m", "benchmarks.rtp_host", work.name, str(work.flows), str(FIRST_PORT)]) as pid:
        ours = load(pid, work, window_s)
    return {
        "ratio": ours["us_per_packet"] / bare["us_per_packet"],
        "us_per_packet": ours["us_per_packet"],
        "bare_us": bare["us_per_packet"],
        "p50_ms": ours["p50_ms"],
        "p99_ms": ours["p99_ms"],
        "bare_p50_ms": bare["p50_ms"],
        "bare_p99_ms": bare["p99_ms"],
        "lost_share": ours["lost_share"],
        "core_share": ours["cpu_share"],
    }


def measure(quick: bool) -> Result:
    """The median of three runs of each work, the yardstick beside each."""
    subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "rtp_bench"], cwd=ENGINE, check=True)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    result = Result("rtp", "CPU per packet (one in, one out) of one packet thread against a bare epoll echo loop")
    for work in WORKS[:6] if quick else WORKS:
        runs = [once(work, 4.0 if quick else 8.0) for _ in range(1 if quick else 3)]
        median = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
        result.add(work.line, median)
    return result
