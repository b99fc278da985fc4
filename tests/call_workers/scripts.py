"""What tests of scripts share: a worker from one script, and a run whose activations are written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from call_workers import CallWorker
from call_workers.routes import Route
from call_workers.run import Run, Script
from call_workers.values import Party
from switchroom.v1.call_pb2 import CALL_STATE_TRYING, CALL_TYPE_UAS, Call, CallEvent
from switchroom.v1.worker_pb2 import Activation, Command

START_S = 1_700_000_000


def worker_of(script: Script) -> CallWorker:
    """A worker with one script for every call."""
    worker = CallWorker()
    worker.routes.add(Route(script))
    return worker


class HandHost:
    """Hosts one run; steps wait in a list until the test gives their outcome."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.begun: list[int] = []

    def find_script(self, called: Party) -> Script | None:
        return self.script

    def start_step(self, run: Run, step_id: int, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.begun.append(step_id)


def call_message(call_id: str = "a", **fields: Any) -> Call:
    """A call as it rides in activations."""
    return Call(call_id=call_id, type=CALL_TYPE_UAS, state=CALL_STATE_TRYING, **fields)


def invited(call_id: str = "a") -> CallEvent:
    """The first event of a run."""
    event = CallEvent(seq=1, call_id=call_id)
    event.at.seconds = START_S
    event.invited.request = (
        b"INVITE sip:600@pbx.test SIP/2.0\r\nX-Mark: 1\r\nk: timer\r\nX-Mark: 2\r\n folded\r\n\r\nbody"
    )
    return event


def event(seq: int, call_id: str = "a", *, at_s: float = 0.0, **fields: Any) -> CallEvent:
    """Any event: ``event(2, digit=DigitReceived(digit="5"))``."""
    made = CallEvent(seq=seq, call_id=call_id, **fields)
    made.at.seconds = START_S + int(at_s)
    made.at.nanos = round(at_s % 1 * 1e9)
    return made


def activation(*events: CallEvent, lease: int = 1, calls: tuple[Call, ...] = ()) -> Activation:
    """An activation of run ``r``."""
    return Activation(run_id="r", lease=lease, events=events, calls=calls or (call_message(),))


def kinds(commands: Any) -> list[str]:
    """What was commanded, in words."""
    return [_kind(command) for command in commands]


def _kind(command: Command) -> str:
    return command.WhichOneof("command") or ""
