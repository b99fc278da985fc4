"""RTP: what one core carries, and what those on it notice.

- 250 Opus-PCMU calls, 2,500 echo channels: CPU and loss;
- 1,000 channels on which nobody says anything: CPU;
- added latency when the packet thread is 80 % busy, forwarding and transcoding;
- latency of 200 running channels while 10,000 others a minute are opened and closed beside them.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import usage
from benchmarks.report import Result
from benchmarks.rtp import ENGINE, FIRST_PORT, Work, load, running
from benchmarks.rtp_scale import rounded
from benchmarks.sipp import GENERATOR_CORE

OPUS_SAMPLE = ENGINE / "rtp_core" / "tests" / "data" / "sounds" / "tone.opus"
BUSY = 0.8
_MOST_FLOWS = 3600
_SHOWN = ("flows", "cpu_share", "us_per_packet", "p50_ms", "p99_ms", "max_ms", "lost_share", "kernel_drops")


def measure(quick: bool) -> Result:
    """Under three minutes."""
    subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "rtp_bench"], cwd=ENGINE, check=True)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    window_s = 3.0 if quick else 8.0
    result = Result("rtp_limits", "What one packet thread on one core carries, and what is noticed of it")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "opus"
        file.write_bytes(b"".join(struct.pack("!H", len(p)) + p for p in ogg_packets(OPUS_SAMPLE.read_bytes())))
        words = ("--pair", "--odd-payloads", str(file), "--odd-ticks", "960", "--law-in", "111", "--listen")
        add(result, "250 Opus-PCMU calls", Work("opus", 500, load=words), window_s)
    add(result, "2,500 echo channels", Work("echo", 2500), window_s)
    result.add("1,000 idle channels", {"channels": 1000, "cpu_share": round(idle_share(1000, window_s), 4)})
    for name, pair in (("relay", ("--pair",)), ("transcode", ("--pair", "--law-in", "8"))):
        flows = busy_flows(name, pair)
        add(result, f"{name} at about 80 % of a core", Work(name, flows, load=pair), window_s)
    for name, line in (("echo", "200 channels, nothing beside"), ("churn", "200 channels, 10,000 a minute beside")):
        add(result, line, Work(name, 200), window_s)
    return result


def add(result: Result, line: str, work: Work, window_s: float) -> None:
    """One run, without the bare loop."""
    with host(work) as pid:
        figures = load(pid, work, window_s)
    result.add(line, rounded({name: figures[name] for name in _SHOWN}))


def host(work: Work) -> AbstractContextManager[int]:
    """The engine with the channels of *work*."""
    return running([sys.executable, "-m", "benchmarks.rtp_host", work.name, str(work.flows), str(FIRST_PORT)])


def idle_share(flows: int, window_s: float) -> float:
    """Of a core, with nobody sending."""
    with host(Work("idle", flows)) as pid:
        time.sleep(1.0)
        before = usage({"engine": pid}).cpu_s
        time.sleep(window_s)
        return (usage({"engine": pid}).cpu_s - before) / window_s


def busy_flows(name: str, words: tuple[str, ...]) -> int:
    """How many flows make the packet thread as busy as wanted, by what few of them cost."""
    work = Work(name, 1000, load=words)
    with host(work) as pid:
        share = float(load(pid, work, 2.0)["cpu_share"])
    return min(_MOST_FLOWS, round(1000 * BUSY / share) // 2 * 2)


def ogg_packets(file: bytes) -> Iterator[bytes]:
    """The audio packets of an Ogg file with one stream (RFC 3533 section 6)."""
    at, packet, found = 0, b"", 0
    while file[at : at + 4] == b"OggS":
        count = file[at + 26]
        sizes = file[at + 27 : at + 27 + count]
        at += 27 + count
        for size in sizes:
            packet += file[at : at + size]
            at += size
            if size < 255:
                found += 1
                if found > 2 and len(packet) <= 160:  # after the two headers
                    yield packet
                packet = b""
