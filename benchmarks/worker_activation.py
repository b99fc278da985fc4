"""What a call costs in a call worker: bytes of an activation in, script run, bytes of the decision out; CPU, one core.

The bus is left out (``benchmarks.bus`` has it). The figures are the process's own CPU, in microseconds.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

from benchmarks.report import Result
from call_workers import Call
from call_workers.routes import Route, Routes
from call_workers.run import Script
from call_workers.runs import Runs
from switchroom import garbage
from switchroom.v1.call_pb2 import CALL_STATE_TRYING, CALL_TYPE_UAS
from switchroom.v1.envelope_pb2 import KIND_REQUEST, KIND_RESPONSE, Envelope

_INVITE = (
    b"INVITE sip:600@pbx.test SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-524287-1---7b1d7f8c\r\n"
    b"Max-Forwards: 70\r\nContact: <sip:1001@127.0.0.1:5061>\r\nTo: <sip:600@pbx.test>\r\n"
    b'From: "Ann" <sip:1001@pbx.test>;tag=3f2a\r\nCall-ID: 84b4c76e66710\r\nCSeq: 1 INVITE\r\n'
    b"Content-Type: application/sdp\r\nContent-Length: 142\r\n\r\n" + b"v=0\r\n" * 28
)
_AT = 1_700_000_000


async def echo(call: Call) -> None:
    """One activation, one decision."""
    await call.auth()
    await call.ring()
    await call.answer()
    await call.audio.echo()


async def digits(call: Call) -> None:
    """Waits with a timeout: four activations, three timers."""
    await call.answer()
    for _ in range(3):
        await call.wait_for_events(timeout_s=5)


def first(run: int) -> bytes:
    """The activation that begins a run."""
    envelope = Envelope(kind=KIND_REQUEST, correlation_id=run, deadline_ms=500)
    activation = envelope.activation
    activation.run_id = f"run-{run}"
    activation.lease = 1
    activation.at.seconds = _AT
    event = activation.events.add(seq=1, call_id=f"call-{run}")
    event.at.seconds = _AT
    event.invited.request = _INVITE
    call = activation.calls.add(call_id=f"call-{run}", type=CALL_TYPE_UAS, state=CALL_STATE_TRYING, trusted=True)
    call.caller.name, call.caller.user, call.caller.host = "Ann", "1001", "pbx.test"
    call.called.user, call.called.host = "600", "pbx.test"
    call.destination = "sip:600@pbx.test"
    call.sip_call_id, call.local_tag, call.remote_tag = "84b4c76e66710", "a1b2c3", "3f2a"
    call.network.transport = "UDP"
    call.network.remote.address, call.network.remote.port = "127.0.0.1", 5061
    return envelope.SerializeToString()


def digit(run: int, seq: int) -> bytes:
    """An activation with one digit."""
    envelope = Envelope(kind=KIND_REQUEST, correlation_id=run, deadline_ms=500)
    envelope.activation.run_id = f"run-{run}"
    envelope.activation.lease = 1
    event = envelope.activation.events.add(seq=seq, call_id=f"call-{run}")
    event.at.seconds = _AT + seq
    event.digit.digit = "5"
    return envelope.SerializeToString()


def echo_calls(count: int) -> list[bytes]:
    """Activations of *count* calls to the echo script."""
    return [first(run) for run in range(count)]


def digit_calls(count: int) -> list[bytes]:
    """Activations of *count* calls that wait for three digits."""
    return [frame for run in range(count) for frame in (first(run), *(digit(run, seq) for seq in (2, 3, 4)))]


async def cpu_us(script: Script, frames: list[bytes], calls: int) -> float:
    """CPU of one call in microseconds."""
    runs = Runs(Routes([Route(script)]), lambda envelope: None)
    garbage.settle()
    began = time.process_time()
    for frame in frames:
        request = Envelope.FromString(frame)
        reply = runs.activate(request.activation)
        reply.kind = KIND_RESPONSE
        reply.correlation_id = request.correlation_id
        reply.SerializeToString()
    spent = time.process_time() - began
    if len(runs):
        raise RuntimeError(f"{len(runs)} runs did not end")
    return 1_000_000 * spent / calls


def measure(quick: bool) -> Result:
    """Medians of three (five thousand calls each)."""
    calls = 1_000 if quick else 5_000
    result = Result("worker_activation", "CPU of one call in a call worker without the bus, script and SDK in Python")
    cases: dict[str, tuple[Script, Callable[[int], list[bytes]]]] = {
        "echo: one activation": (echo, echo_calls),
        "three digits with timeouts: four activations": (digits, digit_calls),
    }
    for name, (script, make) in cases.items():
        frames = make(calls)
        spent = [asyncio.run(cpu_us(script, frames, calls)) for _ in range(1 if quick else 3)]
        result.add(name, {"us_per_call": round(statistics.median(spent), 1), "calls": calls})
    return result


if __name__ == "__main__":
    found = measure(quick=False)
    found.save()
    print(found.lines)
