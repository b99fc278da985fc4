"""Runs of the load generator against an engine, each beside a bare epoll loop that has the same packets.

A packet is one in and one out. The engine has one core, the generator (``rtp_bench``) the other. The bare loop is run
before and after the works that are compared with it: where the two differ much (``bare_spread``), the machine did, and
what is told of the works between them is as uncertain.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from benchmarks.processes import pin, udp_drops
from benchmarks.sipp import EXCHANGE_CORE, GENERATOR_CORE
from tests.support.exchange import ROOT

FIRST_PORT = 24_000
LISTEN = "--listen"
_ENGINE = ROOT / "media_workers" / "engine"
_TOOL = _ENGINE / "target" / "release" / "rtp_bench"
_WARM_UP_S = 1.0
_LATENCY = ("p50_ms", "p99_ms", "max_ms")

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Work:
    """What is measured: the host's word, and the generator's."""

    name: str
    flows: int
    pair: bool = False
    codecs: str = "PCMU"
    listen: bool = False
    burst_us: int = 0

    @property
    def line(self) -> str:
        return f"{self.name}, {self.flows} flows"

    @property
    def words(self) -> list[str]:
        """For the generator."""
        flags = ["--pair"] * self.pair + [LISTEN] * self.listen
        return [*flags, "--codecs", self.codecs, "--burst-us", str(self.burst_us)]

    @property
    def yardstick(self) -> Work:
        """The same packets at the same times, for a loop that only passes them on."""
        return Work("bare", self.flows, pair=self.pair, burst_us=self.burst_us)


def prepare() -> None:
    """Build the generator, and leave the engine's core to the engine."""
    subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "rtp_bench"], cwd=_ENGINE, check=True)
    os.sched_setaffinity(0, {GENERATOR_CORE})


def host(work: Work) -> AbstractContextManager[int]:
    """The engine with the channels of *work*, or the bare loop; its pid."""
    size = [str(work.flows), str(FIRST_PORT)]
    if work.name == "bare":
        return _running([str(_TOOL), "bare", *size, *["pair"] * work.pair])
    return _running([sys.executable, "-m", "benchmarks.rtp_host", work.name, *size])


@contextmanager
def _running(command: Sequence[str]) -> Iterator[int]:
    """A process on the engine's core that has said ready."""
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


def load(pid: int, work: Work, window_s: float) -> Figures:
    """What the generator saw and the process used; latencies only where a packet can be known again."""
    words = [str(_TOOL), "load", str(work.flows), str(FIRST_PORT), "--pid", str(pid)]
    words += ["--warm-up", str(_WARM_UP_S), "--window", str(window_s)]
    before = udp_drops()
    done = subprocess.run([*words, *work.words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{work.line}: {done.stderr.strip()}")
    figures: Figures = json.loads(done.stdout)
    figures["kernel_drops"] = udp_drops() - before
    if work.listen:
        for name in _LATENCY:
            del figures[name]
    return figures


def once(work: Work, window_s: float) -> Figures:
    """One run of an engine, or of the bare loop, started for it."""
    with host(work) as pid:
        return load(pid, work, window_s)


def side_by_side(works: Sequence[Work], window_s: float, rounds: int = 1) -> list[Figures]:
    """Of each work the medians of so many rounds: the bare loop, all works, the bare loop again."""
    found: list[list[Figures]] = [[] for _ in works]
    for _ in range(rounds):
        first = once(works[0].yardstick, window_s)
        ours = [once(work, window_s) for work in works]
        second = once(works[0].yardstick, window_s)
        for runs, figures in zip(found, ours, strict=True):
            runs.append(compared(figures, first, second))
    return [medians(runs) for runs in found]


def compared(ours: Figures, first: Figures, second: Figures) -> Figures:
    """One run between two of the bare loop."""
    bare_us = (first["us_per_packet"] + second["us_per_packet"]) / 2
    figures = {
        "ratio": ours["us_per_packet"] / bare_us,
        "us_per_packet": ours["us_per_packet"],
        "bare_us": bare_us,
        "bare_spread": abs(first["us_per_packet"] - second["us_per_packet"]) / bare_us,
    }
    for name in _LATENCY:
        if name in ours:
            figures[name] = ours[name]
            figures[f"bare_{name}"] = (first[name] + second[name]) / 2
    return figures | noticed(ours)


def noticed(ours: Figures) -> Figures:
    """How full the core was, what was lost, and what was not the engine's doing."""
    names = ("lost_share", "kernel_drops", "late_share", "late_p99_ms", "generator_share", "stolen_share")
    return {"core_share": ours["cpu_share"], **{name: ours[name] for name in names}}


def medians(runs: Sequence[Figures]) -> Figures:
    """Figure by figure, to what can be told apart."""
    return rounded({name: statistics.median(run[name] for run in runs) for name in runs[0]})


def rounded(figures: Figures) -> Figures:
    """Counts are whole; shares of packets are small."""
    return {
        name: int(value) if float(value).is_integer() else round(value, 5 if name == "lost_share" else 3)
        for name, value in figures.items()
    }


def columns(names: Iterable[str], figures: Figures) -> Figures:
    """Those of the figures that there are."""
    return {name: figures[name] for name in names if name in figures}
