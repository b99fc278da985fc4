"""Peers that talk, each in a tone of its own, and what of it is in what was heard."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.media_workers.engine.rig import Peer
from tests.support.tones import RATE, sine


def level(samples: Sequence[int], hertz: float) -> float:
    """Amplitude of a frequency, 1.0 being full scale."""
    step = 2 * math.pi * hertz / RATE
    real = sum(sample * math.cos(step * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / max(1, len(samples)) / 32768


def paced(count: int, step_s: float = 0.02) -> Iterator[int]:
    """Numbers, one each step: however long the caller takes with one, the others keep their time."""
    due = time.monotonic()
    for number in range(count):
        yield number
        due += step_s
        time.sleep(max(0.0, due - time.monotonic()))  # speech takes its time


@contextmanager
def talking(peers: list[tuple[Peer, int, int]]) -> Iterator[None]:
    """Each peer says its tone to its port, until the end."""
    stop = threading.Event()

    def run() -> None:
        audio = [sine(hertz, 2.0) for _, _, hertz in peers]
        due = time.monotonic()
        for frame in range(100_000):
            for (peer, port, _), codes in zip(peers, audio, strict=True):
                at = frame * 160 % len(codes)
                peer.talk(port, codes[at : at + 160])
            due += 0.02
            if stop.wait(max(0.0, due - time.monotonic())):
                return

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join()
