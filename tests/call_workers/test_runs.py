"""The table of runs: leases, take-over, what is unknown."""

from __future__ import annotations

import pytest

from call_workers import Call
from call_workers.routes import Route, Routes
from call_workers.run import Script
from call_workers.runs import Runs
from switchroom.v1.call_pb2 import DigitReceived, Ended
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.worker_pb2 import Activation, LogEntry
from tests.call_workers.scripts import activation, call_message, event, invited, kinds

pytestmark = pytest.mark.asyncio


async def waits(call: Call) -> None:
    await call.ring()
    await call.wait_for_hangup()


def table(script: Script = waits, sent: list[Envelope] | None = None) -> Runs:
    return Runs(Routes([Route(script)]), (sent if sent is not None else []).append)


async def test_a_higher_lease_without_log_begins_anew() -> None:
    runs = table()
    runs.activate(activation(invited()))
    decision = runs.activate(activation(invited(), lease=2)).decision
    assert (kinds(decision.commands), decision.lease, len(runs)) == (["ring"], 2, 1)
    runs.abandon()


async def test_own_run_coming_back_with_its_log_is_replayed() -> None:
    runs = table()
    ring = runs.activate(activation(invited())).decision.commands[0]
    log = [LogEntry(event=invited()), LogEntry(command=ring)]
    taken = Activation(run_id="r", lease=2, log=log, calls=[call_message()])
    assert kinds(runs.activate(taken).decision.commands) == []
    assert runs.replayed == 1
    decision = runs.activate(activation(event(2, ended=Ended()), lease=2)).decision
    assert kinds(decision.commands) == ["finish"]
    assert len(runs) == 0


async def test_divergence_ends_the_run_here() -> None:
    runs = table()
    log = [LogEntry(event=invited())]
    wrong = [*log, LogEntry()]
    wrong[1].command.command_id = 1
    wrong[1].command.call_id = "a"
    wrong[1].command.hold.SetInParent()
    decision = runs.activate(Activation(run_id="r", lease=2, log=wrong, calls=[call_message()])).decision
    assert decision.commands[0].fail.diverged
    assert (len(runs), runs.diverged) == (0, 1)


async def test_an_unknown_run_without_its_log_is_told() -> None:
    decision = table().activate(activation(event(7, digit=DigitReceived(digit="1")))).decision
    assert decision.commands[0].fail.diverged


async def test_an_activation_that_crosses_the_finish_is_answered_with_nothing() -> None:
    async def short(call: Call) -> None:
        await call.busy()

    runs = table(short)
    runs.activate(activation(invited()))
    decision = runs.activate(activation(event(2, ended=Ended()))).decision
    assert (decision.run_id, len(decision.commands)) == ("r", 0)


async def test_no_script_for_a_call_is_a_failure_of_the_run() -> None:
    sent: list[Envelope] = []
    runs = Runs(Routes([Route(waits, "600")]), sent.append)
    decision = runs.activate(activation(invited(), calls=(call_message(),))).decision
    assert decision.commands[0].fail.reason.startswith("LookupError")


async def test_a_step_that_ends_after_its_run_was_lost_says_nothing() -> None:
    sent: list[Envelope] = []

    async def script(call: Call) -> None:
        await call.step(int)

    runs = table(script, sent)
    runs.activate(activation(invited()))
    steps = runs.steps_running()
    (step,) = steps
    runs.lose("r")
    await step
    assert (sent, len(runs)) == ([], 0)
