"""Prompts: how long after one is asked for its first packet is at a phone. Twenty milliseconds are promised.

For a tone and a file that are known, for a known file while another thread decodes a long one, and for a file that
nobody has played yet. The engine has one packet thread.
"""

from __future__ import annotations

import os
import socket
import time
import wave
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import rtp_engine

from benchmarks.report import Result
from tests.support.ports import free_block

HOST = "127.0.0.1"
QUIET_S = 0.05
"""With nothing in it for so long, a prompt has ended."""
TONE, FILE = 1, 0


class Phone:
    """A channel, and the socket that its prompts reach."""

    def __init__(self, engine: rtp_engine.Engine, handle: int, port: int) -> None:
        self._engine, self._handle, self._port = engine, handle, port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._count = 0

    def ask(self, kind: int = FILE, name: str | Path = "") -> float:
        """Play that, or nothing; when it was asked for."""
        self._count += 1
        player = rtp_engine.PlayerSpec(f"{self._count}", [(kind, str(name), 0, 0, 0, 0)]) if name else None
        address = self._socket.getsockname()
        asked = time.monotonic()
        spec = rtp_engine.ChannelSpec(formats=[("PCMU", 0, 8000, 1)], remote=address, player=player)
        self._engine.set_channel(self._handle, HOST, self._port, spec)
        self._engine.flush()
        return asked

    def wait_ms(self, kind: int, name: str | Path) -> float:
        """Until its first packet is here."""
        asked = self.ask(kind, name)
        return (self.begun() - asked) * 1000

    def begun(self) -> float:
        """When the first packet of what was asked for is here; afterwards all is quiet again."""
        self._socket.settimeout(10.0)
        self._socket.recv(2048)
        begun = time.monotonic()
        self.ask()
        self._socket.settimeout(QUIET_S)
        try:
            while True:
                self._socket.recv(2048)
        except TimeoutError:
            self._engine.take_events()
            return begun

    def close(self) -> None:
        self._socket.close()


def measure(quick: bool) -> Result:
    """Under a minute."""
    runs = 30 if quick else 200
    result = Result("prompts", "From asking for a prompt to its first packet, in milliseconds")
    engine = rtp_engine.Engine(threads=1)
    first, _ = free_block(4)
    engine.bind_block(HOST, first, 2)
    phone, other = Phone(engine, 1, first), Phone(engine, 2, first + 2)
    with TemporaryDirectory() as folder:
        short = silence(Path(folder) / "short.wav", rate_hz=8000, channels=1, seconds=2)
        long = silence(Path(folder) / "long.wav", rate_hz=44_100, channels=2, seconds=600)

        def beside_a_long_one() -> float:
            os.utime(long)  # another sound, for all that anybody knows
            other.ask(FILE, long)
            waited_ms = phone.wait_ms(FILE, short)
            other.begun()
            return waited_ms

        def never_played() -> float:
            os.utime(short)
            return phone.wait_ms(FILE, short)

        phone.wait_ms(TONE, "400:2000")
        phone.wait_ms(FILE, short)
        add(result, "a known tone", runs, lambda: phone.wait_ms(TONE, "400:2000"))
        add(result, "a known file", runs, lambda: phone.wait_ms(FILE, short))
        add(result, "a known file, a long one being decoded", runs // 10, beside_a_long_one)
        add(result, "a file of two seconds, never played", runs, never_played)
    for one in (phone, other):
        one.close()
    engine.shutdown()
    return result


def add(result: Result, line: str, runs: int, wait_ms: Callable[[], float]) -> None:
    """A line of the result."""
    waits = sorted(wait_ms() for _ in range(runs))
    shares = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    figures = {name: round(waits[min(runs - 1, int(share * runs))], 1) for name, share in shares.items()}
    result.add(line, {"prompts": runs} | figures)


def silence(path: Path, *, rate_hz: int, channels: int, seconds: int) -> Path:
    """A WAV file."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        for _ in range(seconds):
            out.writeframesraw(bytes(2 * channels * rate_hz))
    return path
