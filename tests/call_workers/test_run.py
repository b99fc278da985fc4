"""A run: numbering, order, what failing scripts do, what stays of a run that is over."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from typing import Any

import pytest

from call_workers import Call, CallEnded, CommandRejected
from call_workers.run import Run, Script
from call_workers.testing import Exchange
from switchroom.v1.call_pb2 import CommandResult, DigitReceived, Ended, TimerFired
from switchroom.v1.envelope_pb2 import ERROR_CODE_NOT_SUPPORTED
from tests.call_workers.scripts import HandHost, activation, event, invited, kinds, worker_of


async def echo(call: Call) -> None:
    await call.ring()
    await call.answer()
    await call.audio.echo()


def test_commands_are_numbered_and_one_decision_ends_in_finish() -> None:
    run = Run(HandHost(echo), "r", 3)
    decision = run.activate(activation(invited(), lease=3)).decision
    assert (decision.run_id, decision.lease) == ("r", 3)
    assert kinds(decision.commands) == ["ring", "answer", "echo", "finish"]
    assert [command.command_id for command in decision.commands] == [1, 2, 3, 4]
    assert [command.call_id for command in decision.commands] == ["a", "a", "a", ""]
    assert run.over


def test_events_seen_before_are_ignored() -> None:
    got: list[str] = []

    async def script(call: Call) -> None:
        while True:
            got.append(str(await call.wait_for_events(timeout_s=None)))

    run = Run(HandHost(script), "r", 1)
    one = event(2, digit=DigitReceived(digit="1"))
    run.activate(activation(invited(), one))
    run.activate(activation(one, event(3, digit=DigitReceived(digit="2"))))
    assert got == ["1", "2"]
    run.abandon()  # else its script is found pending by the garbage collector, and told of during another test


def test_each_event_is_seen_before_the_next_happens() -> None:
    states: list[str] = []

    async def script(call: Call) -> None:
        await call.wait_for_events("1")
        states.append(call.state.name)
        await call.wait_for_hangup()
        states.append(call.state.name)

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited(), event(2, digit=DigitReceived(digit="1")), event(3, ended=Ended())))
    assert states == ["TRYING", "ENDED"]


@pytest.mark.covers("CM-007")
def test_an_uncaught_error_is_fail_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    async def script(call: Call) -> None:
        await call.answer()
        raise KeyError("oops")

    run = Run(HandHost(script), "r", 1)
    decision = run.activate(activation(invited())).decision
    assert kinds(decision.commands) == ["answer", "fail"]
    assert decision.commands[1].fail.reason == "KeyError: 'oops'"
    assert not decision.commands[1].fail.diverged
    out = capsys.readouterr().out
    assert out.count("script.failed") == 1
    assert "raise KeyError" in out


@pytest.mark.covers("CM-007")
def test_call_ended_is_a_normal_end(capsys: pytest.CaptureFixture[str]) -> None:
    async def script(call: Call) -> None:
        await asyncio.sleep(9)

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    decision = run.activate(activation(event(2, ended=Ended()))).decision
    assert kinds(decision.commands) == ["cancel_timer", "finish"]
    assert capsys.readouterr().out == ""


def refused(command_id: int) -> CommandResult:
    return CommandResult(command_id=command_id, error_code=ERROR_CODE_NOT_SUPPORTED, error="not yet")


def test_a_refused_command_is_told_where_the_script_waits() -> None:
    errors: list[CommandRejected] = []

    async def script(call: Call) -> None:
        await call.hold()
        try:
            await asyncio.sleep(9)
        except CommandRejected as error:
            errors.append(error)

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    run.activate(activation(event(2, command_result=refused(1))))
    assert [(error.verb, error.code) for error in errors] == [("hold", "NOT_SUPPORTED")]
    assert str(errors[0]) == "hold: NOT_SUPPORTED: not yet"


def test_a_refused_command_is_told_at_the_next_verb_otherwise() -> None:
    async def script(call: Call) -> None:
        await call.hold()
        await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))
        with pytest.raises(CommandRejected):
            await call.answer()
        await call.answer()

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    run.activate(activation(event(2, command_result=refused(1))))
    run.activate(activation(event(3, timer_fired=TimerFired(timer_id=1))))
    decision = run.activate(activation(event(4, timer_fired=TimerFired(timer_id=2)))).decision
    assert kinds(decision.commands) == ["answer", "finish"]


def test_a_refusal_of_what_is_waited_for_is_raised_there() -> None:
    async def script(call: Call) -> None:
        with pytest.raises(CommandRejected, match="dial: NOT_SUPPORTED"):
            await call.dial(contact="sip:x@h")

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    decision = run.activate(activation(event(2, command_result=refused(1)))).decision
    assert kinds(decision.commands) == ["finish"]


def test_an_endless_script_fails() -> None:
    async def script(call: Call) -> None:
        while True:
            await asyncio.sleep(0)

    run = Run(HandHost(script), "r", 1)
    decision = run.activate(activation(invited())).decision
    assert kinds(decision.commands) == ["fail"]
    assert "EndlessScript" in decision.commands[0].fail.reason
    run.close()


def test_time_is_that_of_the_event() -> None:
    times: list[float] = []

    async def script(call: Call) -> None:
        loop = asyncio.get_running_loop()
        times.append(loop.time())
        await call.wait_for_events()
        times.append(loop.time())

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    run.activate(activation(event(2, at_s=2.5, digit=DigitReceived(digit="1"))))
    assert times[1] - times[0] == 2.5


async def held_up(call: Call) -> None:
    await call.answer()
    call.vars["a"] = 1
    await call.wait_for_events()


async def patient(call: Call) -> None:
    await call.answer()
    await call.wait_for_events(timeout_s=None)


async def playing(call: Call) -> None:
    await call.answer()
    await call.audio.play("uk.ringing", wait=True)


async def transferring(call: Call) -> None:
    await call.answer()
    await call.refer("sip:a@b")


async def dialling(call: Call) -> None:
    await call.dial(contact="sip:a@b")


async def stepping(call: Call) -> None:
    await call.answer()
    with contextlib.suppress(CallEnded):
        await call.wait_for_any_event(timeout_s=None)
    await call.wait_for_hangup()


_SCRIPTS: list[Script] = [echo, held_up, patient, playing, transferring, dialling, stepping]


@pytest.mark.parametrize("script", _SCRIPTS)
def test_a_run_that_is_over_is_freed_at_once(script: Script) -> None:
    gc.collect()
    gc.disable()
    try:
        run = Run(HandHost(script), "r", 1)
        run.activate(activation(invited()))
        calls = list(run.calls.values())
        gone: list[weakref.ref[Any]] = [weakref.ref(run), weakref.ref(run.loop)]
        if not run.over:
            run.activate(activation(event(2, ended=Ended())))
        assert run.over
        run.close()
        del run, calls
        assert [ref() for ref in gone] == [None, None]
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_abandon_ends_the_script_without_commands() -> None:
    seen: list[str] = []

    async def script(call: Call) -> None:
        try:
            await call.wait_for_hangup()
        finally:
            seen.append("finally")
            await call.hangup()

    run = Run(HandHost(script), "r", 1)
    envelope = run.activate(activation(invited()))
    run.abandon()
    assert seen == ["finally"]
    assert len(envelope.decision.commands) == 0


@pytest.mark.asyncio
@pytest.mark.covers("CM-013", "CM-016")
async def test_data_of_a_call() -> None:
    seen: dict[str, object] = {}

    async def script(call: Call) -> None:
        call.vars["n"] = {"a": (1, 2)}
        await call.answer()
        await asyncio.sleep(2)
        try:
            await call.wait_for_events()
        except CallEnded:
            seen.update(
                vars=dict(call.vars),
                duration=call.duration,
                billing=call.billing_duration,
                header=call.sip.header("x-mark"),
                headers=call.sip.headers("Supported"),
                cause=str(call.hangup_cause),
                whole=isinstance(call.epochs.end, int),
            )
            del call.vars["n"]

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600", headers={"X-Mark": "1", "k": "timer"})
        assert caller.message.vars["n"] == '{"a":[1,2]}'
        await x.advance(5)
        await caller.hangup()
        assert dict(caller.message.vars) == {}
    assert seen == {
        "vars": {"n": {"a": [1, 2]}},
        "duration": 5,
        "billing": 5,
        "header": "1",
        "headers": ["timer"],
        "cause": "NORMAL_CLEARING",
        "whole": True,
    }
