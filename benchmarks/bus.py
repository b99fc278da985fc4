"""What a round trip on the bus costs the frontend: ask, answer, both ways through protobuf.

    python benchmarks/bus.py [--json FILE]

The listener runs in this process, the worker in a child; each is pinned to its own core. CPU is this process's,
ZeroMQ's I/O thread included, from getrusage around the steady part. Open loop at fixed rates, then as fast as it goes
with a window of unanswered requests. The first line is what building and reading the messages costs without any bus.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import uvloop

from switchroom.bus import Dialler, Listener, Peer
from switchroom.errors import BusError
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from switchroom.v1.envelope_pb2 import Envelope, Hello

SECONDS = 3.0
RATES = (500, 2_000, 5_000, 10_000)
WINDOWS = (1, 100)


def activation() -> Envelope:
    """What the frontend sends for an INVITE: one event, one call."""
    envelope = Envelope()
    body = envelope.activation
    body.run_id = "8c2d1c5e-run"
    body.lease = 1
    event = body.events.add()
    event.seq = 1
    event.call_id = "8c2d1c5e-0"
    event.invited.request = b"INVITE sip:600@127.0.0.1 SIP/2.0\r\n" + b"x" * 500
    call = body.calls.add()
    call.call_id = event.call_id
    call.caller.user, call.called.user = "1001", "600"
    call.destination = "sip:600@127.0.0.1"
    call.sip_call_id = "a84b4c76e66710@pc33.example.com"
    return envelope


def work(endpoint: str, core: int) -> None:
    """The child: answers each activation by ring and answer."""
    pin(core)

    def decide(dialler: Dialler, envelope: Envelope) -> None:
        reply = Envelope()
        reply.decision.run_id = envelope.activation.run_id
        reply.decision.lease = envelope.activation.lease
        for number in (1, 2):
            command = reply.decision.commands.add()
            command.command_id = number
            command.call_id = envelope.activation.calls[0].call_id
            (command.ring if number == 1 else command.answer).SetInParent()
        dialler.respond(envelope, reply)

    async def serve() -> None:
        lost = asyncio.Event()
        dialler = Dialler(
            asyncio.get_running_loop(),
            endpoint,
            Hello(role=ROLE_CALL_WORKER, name="worker-1"),
            on_welcome=lambda *_: None,
            on_message=decide,
            on_lost=lambda *_: lost.set(),
        )
        dialler.start()
        await lost.wait()
        await dialler.close()

    uvloop.run(serve())


def pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


class Round:
    """One measurement."""

    def __init__(self, listener: Listener, peer: Peer) -> None:
        self._listener = listener
        self._peer = peer
        self._cpu = 0.0
        self._began = 0.0
        self.times: list[float] = []
        self.failed = 0

    def ask(self, then: Callable[[], None]) -> None:
        asked_at = time.perf_counter()

        def settle(outcome: Envelope | BusError) -> None:
            if isinstance(outcome, BusError):
                self.failed += 1
            else:
                self.times.append(time.perf_counter() - asked_at)
                assert len(outcome.decision.commands) == 2
            then()

        self._listener.request(self._peer, activation(), 0.5, settle)

    def begin(self) -> None:
        self.times.clear()
        self._cpu, self._began = cpu_s(), time.perf_counter()

    def result(self, name: str) -> dict[str, float | str]:
        cpu, wall = cpu_s() - self._cpu, time.perf_counter() - self._began
        done = sorted(self.times)
        return {
            "what": name,
            "round_trips_per_s": round(len(done) / wall),
            "cpu_us_per_round_trip": round(cpu / len(done) * 1e6, 1),
            "p50_us": round(done[len(done) // 2] * 1e6),
            "p99_us": round(done[len(done) * 99 // 100] * 1e6),
            "failed": self.failed,
        }


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def open_loop(listener: Listener, peer: Peer, rate: int) -> dict[str, float | str]:
    """Requests every millisecond or so, whatever became of the earlier ones."""
    measured = Round(listener, peer)
    loop = asyncio.get_running_loop()
    measured.begin()
    start, asked = loop.time(), 0
    while loop.time() - start < SECONDS:
        due = int((loop.time() - start) * rate)
        while asked < due:
            measured.ask(lambda: None)
            asked += 1
        await asyncio.sleep(max(0.001, 1 / rate))  # uvloop counts in milliseconds
    await asyncio.sleep(0.1)
    return measured.result(f"{rate}/s open loop")


async def closed_loop(listener: Listener, peer: Peer, window: int) -> dict[str, float | str]:
    """Each answer asks anew."""
    measured = Round(listener, peer)
    stop_at = asyncio.get_running_loop().time() + SECONDS
    done = asyncio.Event()
    running = window

    def again() -> None:
        nonlocal running
        if asyncio.get_running_loop().time() < stop_at:
            measured.ask(again)
        else:
            running -= 1
            if running == 0:
                done.set()

    measured.begin()
    for _ in range(window):
        measured.ask(again)
    await done.wait()
    return measured.result(f"window of {window}")


def without_bus() -> dict[str, float | str]:
    """Build, serialise and parse both messages: the part of a round trip that no transport can spare."""
    count = 20_000
    reply = Envelope()
    for number in (1, 2):
        reply.decision.commands.add().command_id = number
    frame = reply.SerializeToString()
    began = cpu_s()
    for _ in range(count):
        activation().SerializeToString()
        assert len(Envelope.FromString(frame).decision.commands) == 2
    return {"what": "messages alone", "cpu_us_per_round_trip": round((cpu_s() - began) / count * 1e6, 1)}


async def measure(endpoint: str) -> list[dict[str, float | str]]:
    joined: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()
    listener = Listener(
        asyncio.get_running_loop(),
        bind=[endpoint],
        name="frontend-1",
        on_joined=joined.set_result,
        on_message=lambda *_: None,
        on_suspect=lambda *_: None,
        on_lost=lambda *_: None,
    )
    listener.start()
    peer = await asyncio.wait_for(joined, 10)
    rows = [without_bus()]
    rows += [await open_loop(listener, peer, rate) for rate in RATES]
    rows += [await closed_loop(listener, peer, window) for window in WINDOWS]
    rows.append({"what": "found by the safety tick only", "messages": listener.late_finds})
    await listener.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the rows there too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        endpoint = f"ipc://{folder}/f"
        worker = multiprocessing.get_context("spawn").Process(target=work, args=(endpoint, 1), daemon=True)
        worker.start()
        pin(0)
        rows = uvloop.run(measure(endpoint))
        worker.join(5)
    for row in rows:
        print("  ".join(f"{key}={value}" for key, value in row.items()))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
