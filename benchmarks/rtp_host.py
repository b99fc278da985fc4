"""``python -m benchmarks.rtp_host WORK FLOWS FIRST_PORT``: an engine with one packet thread and that many channels.

WORK: echo, relay, transcode (PCMU-PCMA pairs), wideband (PCMU-G.722 pairs), opus (PCMU-Opus pairs), play, rooms (of
eight), rooms-N-W (of N, the first W of each with G.722), idle (nobody sends), churn (echo, while 167 channels a second
are opened and closed beside them). Prints ``ready``, ends when its standard input does.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import rtp_engine

HOST = "127.0.0.1"
CLIENT_PORT = 20_000
CHURNING = 332
"""Ports of the channels that come and go: two seconds of them."""
PCMU, G722 = ("PCMU", 0, 8000, 1), ("G722", 9, 8000, 1)
ODD = {"transcode": ("PCMA", 8, 8000, 1), "wideband": G722, "opus": ("opus", 111, 48_000, 2)}
SIZES = {"relay": 2, "transcode": 2, "wideband": 2, "opus": 2, "rooms": 8}


def prompt(folder: Path) -> str:
    """Ten seconds of something that is not silence."""
    path = folder / "prompt.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(range(250)) * 640)
    return str(path)


def channel(work: str, flow: int, file: str) -> rtp_engine.ChannelSpec:
    """What one channel does."""
    name, *numbers = work.split("-")
    size = int(numbers[0]) if numbers else SIZES.get(name, 0)
    wide = int(numbers[1]) if len(numbers) > 1 else 0
    speaks = ODD.get(name, PCMU) if flow % 2 == 1 else PCMU
    if size and flow % size < wide:
        speaks = G722
    player = None
    if work == "play":
        player = rtp_engine.PlayerSpec("p", [(0, file, 0, 0, 0xFFFF_FFFF, 0)])
    return rtp_engine.ChannelSpec(
        formats=[speaks],
        remote=(HOST, CLIENT_PORT + flow),
        echo=work in ("echo", "churn"),
        group=f"g{flow // size}" if size else "",
        player=player,
    )


def main(work: str, flows: int, first_port: int) -> None:
    """Open, say so, wait."""
    engine = rtp_engine.Engine(threads=1)
    with TemporaryDirectory() as folder:
        file = prompt(Path(folder))
        for flow in range(flows):
            engine.set_channel(flow, HOST, first_port + 2 * flow, channel(work, flow, file))
        engine.request_stats(flows - 1, 1)
        engine.flush()
        while not any(event.kind == "stats" for event in engine.take_events()):
            pass
        print("ready", flush=True)
        if work == "churn":
            churn(engine, flows, first_port + 2 * flows)
        else:
            sys.stdin.read()
    engine.shutdown()


def await_end(ended: threading.Event) -> None:
    """Standard input is closed."""
    sys.stdin.read()
    ended.set()


def churn(engine: rtp_engine.Engine, first_handle: int, first_port: int) -> None:
    """Until standard input ends: a channel every 6 ms, each closed a second later, told only by what engines tell."""
    engine.bind_block(HOST, first_port, CHURNING)
    ended = threading.Event()
    threading.Thread(target=await_end, args=(ended,), daemon=True).start()
    due = time.monotonic()
    for number in itertools.count():
        handle, slot = first_handle + number, number % CHURNING
        engine.set_channel(handle, HOST, first_port + 2 * slot, channel("churn", 0, ""))
        if number >= CHURNING // 2:
            engine.close_channel(handle - CHURNING // 2, "requested")
        engine.flush()
        while engine.take_events():
            pass
        due += 0.006
        if ended.wait(max(0.0, due - time.monotonic())):
            return


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
