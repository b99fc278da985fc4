"""How long a caller waits for a prompt: from the order to the first packet of it.

A file that is known, one that is not, and one that is known while ten minutes of stereo are decoded for somebody else.
The tick of 20 ms is in it: who may begin at any time waits half of one in the mean.
"""

from __future__ import annotations

import itertools
import os
import select
import socket
import statistics
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import rtp_engine

from benchmarks.report import Result
from benchmarks.rtp_host import HOST, PCMU
from benchmarks.rtp_runs import FIRST_PORT

_STARTS = 300
_PATIENCE_S = 20.0


@dataclass(slots=True)
class Starts:
    """An engine, a phone that waits for the first packet of each prompt, and somebody else's."""

    engine: rtp_engine.Engine
    phone: socket.socket
    other: socket.socket
    handles: Iterator[int]

    def begin(self, file: Path, phone: socket.socket, port: int) -> int:
        """Have a new channel at *port* play this file to that phone."""
        handle = next(self.handles)
        player = rtp_engine.PlayerSpec("p", [(0, str(file), 0, 0, 0, 0)])
        spec = rtp_engine.ChannelSpec(formats=[PCMU], remote=phone.getsockname(), player=player)
        self.engine.set_channel(handle, HOST, port, spec)
        self.engine.flush()
        return handle

    def wait_ms(self, file: Path) -> float:
        """Order it, hear it, close the channel."""
        begun = time.perf_counter()
        handle = self.begin(file, self.phone, FIRST_PORT)
        if not select.select([self.phone], [], [], _PATIENCE_S)[0]:
            raise RuntimeError(f"{file.name} did not start within {_PATIENCE_S} s")
        waited = time.perf_counter() - begun
        self.end(handle)
        return waited * 1000

    def end(self, handle: int) -> None:
        """Nothing of this channel comes any more."""
        self.engine.close_channel(handle, "requested")
        self.engine.flush()
        while not any(event.kind == "closed" for event in self.engine.take_events()):
            pass
        while select.select([self.phone], [], [], 0)[0]:
            self.phone.recv(2048)


def measure(quick: bool) -> Result:
    """Ten seconds."""
    result = Result("prompt_start", "ms from the order to play a file to the first packet of it")
    count = _STARTS // 10 if quick else _STARTS
    with TemporaryDirectory() as folder, _starts() as starts:
        known = _sound(Path(folder) / "known.wav", 5)
        starts.wait_ms(known)
        result.add("known", _shown([starts.wait_ms(known) for _ in range(count)]))
        unknown = [_sound(Path(folder) / f"{number}.wav", 5) for number in range(count)]
        result.add("five seconds, not known", _shown([starts.wait_ms(file) for file in unknown]))
        result.add("known, beside a long one", _shown(list(_beside(starts, Path(folder), known, count))))
    return result


def _beside(starts: Starts, folder: Path, known: Path, count: int) -> Iterator[float]:
    """Starts of *known*, each ten just after somebody else has asked for what takes long to decode."""
    long = _sound(folder / "long.wav", 600, rate_hz=44_100, channels=2)
    for number in range(max(3, count // 100)):
        name = folder / f"long-{number}.wav"
        os.link(long, name)
        handle = starts.begin(name, starts.other, FIRST_PORT + 2)
        for _ in range(10):
            yield starts.wait_ms(known)
        starts.end(handle)


@contextmanager
def _starts() -> Iterator[Starts]:
    engine = rtp_engine.Engine(threads=1)
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as phone, socket.socket(type=socket.SOCK_DGRAM) as other:
            for one in (phone, other):
                one.bind((HOST, 0))
            yield Starts(engine, phone, other, itertools.count())
    finally:
        engine.shutdown()


def _sound(path: Path, length_s: int, rate_hz: int = 8000, channels: int = 1) -> Path:
    second = bytes(range(250)) * (rate_hz * channels * 2 // 250)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        for _ in range(length_s):
            out.writeframes(second)
    return path


def _shown(waits_ms: list[float]) -> dict[str, object]:
    waits_ms.sort()
    return {
        "starts": len(waits_ms),
        "p50_ms": round(statistics.median(waits_ms), 1),
        "p99_ms": round(waits_ms[len(waits_ms) * 99 // 100], 1),
        "max_ms": round(waits_ms[-1], 1),
    }
