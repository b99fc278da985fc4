"""Take-over: the script is executed again over the log and goes on at the same step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_workers import Call, CallEnded, Party, StepFailed
from call_workers.errors import ReplayDiverged
from call_workers.replay import diverged, replay
from call_workers.run import Run, Script
from call_workers.testing import Exchange
from switchroom.v1.call_pb2 import CallEvent, DigitReceived, Ended, TimerFired
from switchroom.v1.worker_pb2 import Activation, Decision, LogEntry
from tests.call_workers.scripts import HandHost, activation, call_message, event, invited, kinds, worker_of


class Frontend:
    """Keeps the log of one run, as a frontend does."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.log: list[LogEntry] = []
        self.lease = 1
        self.host = HandHost(script)
        self.run = Run(self.host, "r", 1)

    def deliver(self, *events: CallEvent) -> Decision:
        self.log.extend(LogEntry(event=one) for one in events)
        return self.accept(self.run.activate(activation(*events, lease=self.lease)).decision)

    def accept(self, decision: Decision) -> Decision:
        self.log.extend(LogEntry(command=one) for one in decision.commands)
        return decision

    def step_done(self, step_id: int, value: str = "", error: str = "") -> None:
        envelope = self.run.step_done(step_id, value, error)
        assert envelope is not None
        self.accept(envelope.decision)

    def take_over(self, *events: CallEvent) -> Decision:
        self.run.abandon()
        self.lease += 1
        self.host = HandHost(self.script)
        self.run = Run(self.host, "r", self.lease)
        taken = Activation(run_id="r", lease=self.lease, log=self.log, events=events, calls=[call_message()])
        self.log.extend(LogEntry(event=one) for one in events)
        return self.accept(replay(self.run, taken).decision)


FrontendOf = Callable[[Script], Frontend]


@pytest.fixture
def frontend_of() -> Iterator[FrontendOf]:
    """Makes frontends; what runs they have at the end are abandoned, as their worker would."""
    made: list[Frontend] = []

    def make(script: Script) -> Frontend:
        made.append(Frontend(script))
        return made[-1]

    yield make
    for frontend in made:
        frontend.run.abandon()


async def waits(call: Call) -> None:
    await call.ring()
    digit = await call.wait_for_events(timeout_s=5)
    await call.answer()
    await asyncio.sleep(2)
    await call.audio.dtmf(digit or "0")


def test_the_script_goes_on_at_the_same_step_without_acting_again(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(waits)
    frontend.deliver(invited())
    frontend.deliver(event(2, digit=DigitReceived(digit="7")))
    decision = frontend.take_over()
    assert (decision.lease, len(decision.commands)) == (2, 0)
    decision = frontend.deliver(event(3, at_s=2, timer_fired=TimerFired(timer_id=2)))
    assert kinds(decision.commands) == ["send_dtmf", "finish"]
    assert decision.commands[0].send_dtmf.digits == "7"


def test_new_events_ride_with_the_log(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(waits)
    frontend.deliver(invited())
    decision = frontend.take_over(event(2, digit=DigitReceived(digit="7")))
    assert kinds(decision.commands) == ["cancel_timer", "answer", "start_timer"]


def test_commands_that_never_arrived_are_sent_again(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(waits)
    frontend.deliver(invited())
    del frontend.log[1:]  # the worker died before its decision left
    decision = frontend.take_over()
    assert kinds(decision.commands) == ["ring", "start_timer"]
    assert [command.command_id for command in decision.commands] == [1, 2]


async def steps(call: Call) -> None:
    first = await call.step(int)
    try:
        second = await call.step(int)
    except StepFailed as error:
        second = str(error)
    await call.publish("got", first=first, second=second)


def test_steps_are_answered_from_the_log(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(steps)
    frontend.deliver(invited())
    frontend.step_done(1, "41")
    frontend.step_done(2, "", "OSError: gone")
    assert frontend.host.begun == [1, 2]
    decision = frontend.take_over()
    assert frontend.host.begun == []
    assert kinds(decision.commands) == []
    published = frontend.log[-2].command.publish_event
    assert published.payload == '{"first":41,"second":"OSError: gone"}'


def test_a_step_without_outcome_is_performed_again(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(steps)
    frontend.deliver(invited())
    frontend.step_done(1, "41")
    frontend.take_over()
    assert frontend.host.begun == [2]


async def races(call: Call) -> None:
    """What the script does depends on whether the digit or the outcome of the step came first."""
    step = asyncio.ensure_future(call.step(int))
    digit = asyncio.ensure_future(call.wait_for_events(timeout_s=None))
    done, _ = await asyncio.wait([step, digit], return_when=asyncio.FIRST_COMPLETED)
    await call.publish("first", step=step in done)
    await call.wait_for_hangup()


@pytest.mark.parametrize("step_first", [True, False])
def test_outcomes_come_at_the_place_they_came_the_first_time(frontend_of: FrontendOf, step_first: bool) -> None:
    frontend = frontend_of(races)
    frontend.deliver(invited())
    digit = event(2, digit=DigitReceived(digit="1"))
    if step_first:
        # The frontend logs the digit when it sends it, before it hears of the step that the worker finished first.
        envelope = frontend.run.step_done(1, "1", "")
        assert envelope is not None
        frontend.log.append(LogEntry(event=digit))
        frontend.accept(envelope.decision)
        frontend.accept(frontend.run.activate(activation(digit)).decision)
    else:
        frontend.deliver(digit)
        frontend.step_done(1, "1")
    assert kinds(frontend.take_over().commands) == []


def test_a_changed_script_diverges(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(waits)
    frontend.deliver(invited())

    async def changed(call: Call) -> None:
        await call.answer()

    frontend.script = changed
    with pytest.raises(ReplayDiverged, match="command 1 was ring, is now answer"):
        frontend.take_over()


def test_other_fields_diverge_too(frontend_of: FrontendOf) -> None:
    delay = [5.0]

    async def script(call: Call) -> None:
        await call.wait_for_events(timeout_s=delay[0])

    frontend = frontend_of(script)
    frontend.deliver(invited())
    delay[0] = 6.0
    with pytest.raises(ReplayDiverged, match="command 1 was start_timer"):
        frontend.take_over()


def test_a_script_that_does_less_diverges(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(waits)
    frontend.deliver(invited())

    async def less(call: Call) -> None:
        await call.ring()
        await call.wait_for_hangup()

    frontend.script = less
    with pytest.raises(ReplayDiverged, match="the log has 2 commands, the script gave 1"):
        frontend.take_over()


def test_divergence_is_told_to_the_exchange(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(waits)
    frontend.deliver(invited())
    taken = Activation(run_id="r", lease=9, log=frontend.log)
    decision = diverged(taken, ReplayDiverged("why")).decision
    assert (decision.lease, decision.commands[0].command_id) == (9, 3)
    assert (decision.commands[0].fail.reason, decision.commands[0].fail.diverged) == ("why", True)


def test_vars_set_later_are_not_seen_earlier(frontend_of: FrontendOf) -> None:
    async def script(call: Call) -> None:
        if "seen" not in call.vars:
            call.vars["seen"] = True
            await call.ring()
        await call.wait_for_hangup()

    frontend = frontend_of(script)
    frontend.deliver(invited())
    frontend.run.abandon()
    run = Run(frontend.host, "r", 2)
    now = call_message(vars={"seen": "true"})
    taken = Activation(run_id="r", lease=2, log=frontend.log, calls=[now])
    assert kinds(replay(run, taken).decision.commands) == []
    run.abandon()


async def everything(call: Call) -> None:
    """A script with a bit of all that waits."""
    await call.answer()
    taken = ""
    try:
        while len(taken) < 6:
            async with asyncio.timeout(4):
                digit = await call.wait_for_events("[0-9]", timeout_s=3)
            if digit is None:
                await call.audio.play("350+440:1000")
                continue
            taken += digit
            value = await call.step(lambda: 1)
            call.vars["taken"] = [taken, value]
            await asyncio.gather(asyncio.sleep(0.5), asyncio.sleep(float(digit) / 10))
    except (CallEnded, TimeoutError):
        await call.publish("left", taken=taken)


_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("digits"), st.text("0123456789#", min_size=1, max_size=3)),
        st.tuples(st.just("advance"), st.sampled_from([0.2, 0.5, 1.0, 3.0, 4.0])),
        st.tuples(st.just("take_over"), st.just("")),
    ),
    max_size=8,
)


@given(_ACTS, st.booleans())
def test_takeovers_change_nothing_that_can_be_seen(acts: list[tuple[str, Any]], leave: bool) -> None:
    async def play(with_takeovers: bool) -> list[bytes]:
        async with Exchange(worker_of(everything)) as x:
            caller = await x.invite("600")
            for act, argument in acts:
                if act == "digits":
                    await caller.digits(argument)
                elif act == "advance":
                    await x.advance(argument)
                elif with_takeovers:
                    await x.take_over()
            if leave:
                await caller.hangup()
            return [entry.command.SerializeToString() for entry in x.sim_runs[0].log if entry.HasField("command")]

    assert asyncio.run(play(True)) == asyncio.run(play(False))


def test_ended_in_the_log_is_told_again(frontend_of: FrontendOf) -> None:
    frontend = frontend_of(everything)
    frontend.deliver(invited())
    frontend.deliver(event(2, ended=Ended()))
    assert kinds(frontend.take_over().commands) == []
    assert frontend.run.over


@pytest.mark.asyncio
async def test_ids_that_changed_are_seen_as_they_were_at_their_time() -> None:
    async def script(call: Call) -> None:
        await call.publish("before", caller=call.caller_id.user, destination=call.destination)
        await call.auth()
        await call.publish("authed", caller=call.caller_id.user, called=call.called_id.user)
        await call.answer()
        leg = await call.dial(contact="sip:1002@pbx.test")
        assert leg is not None
        await call.publish("leg", caller=leg.caller_id.user)
        await leg.update(caller_id=Party("42", "Info"))
        await call.publish("updated", caller=leg.caller_id.user, name=leg.caller_id.name)
        await call.wait_for_hangup()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600", from_user="anybody", credentials_of="1001")
        leg = x.leg("1002")
        await leg.answer()
        await x.take_over()
        await leg.hangup()
        await x.take_over()
        await caller.hangup()
        seen = [event.payload for event in x.published]
        assert [one.get("caller") for one in seen] == ["anybody", "1001", "1001", "42"]


@pytest.mark.asyncio
async def test_the_old_run_of_a_transferred_leg_replays_as_it_went() -> None:
    async def script(call: Call) -> None:
        await call.publish("begun", called=call.called_id.user)
        if call.called_id.user == "600":
            await call.answer()
            leg = await call.dial(contact="sip:1002@pbx.test")
            assert leg is not None
            await call.publish("leg", called=leg.called_id.user, destination=leg.destination)
        await call.wait_for_events("1", timeout_s=None)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await x.leg("1002").answer()
        await caller.refer("601")
        await x.take_over()
        assert [event.payload.get("called") for event in x.published] == ["600", "1002", "601"]
        await x.leg("601").digits("1")
        assert [run.finished for run in x.sim_runs] == [False, True]
