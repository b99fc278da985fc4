"""dial: targets, the race, failures, hooks."""

from __future__ import annotations

import asyncio

import pytest

from call_workers import (
    Busy,
    Call,
    CallState,
    Cause,
    Declined,
    Direction,
    Entity,
    NoAnswer,
    Party,
    Strategy,
    Unreachable,
)
from call_workers.testing import Exchange
from tests.call_workers.scripts import worker_of

pytestmark = pytest.mark.asyncio


async def to_user(call: Call) -> None:
    """Ring the user and pass on why it failed."""
    leg = await call.dial(entity=call.called_id.user, timeout_s=30, follow_redirects=True, hangup_parent_on_hangup=True)
    if leg is None:
        assert call.dial_cause is not None
        await call.hangup(call.dial_cause.cause)


async def test_the_leg_that_answers_is_mixed_and_ends_the_caller_when_it_leaves() -> None:
    async with Exchange(worker_of(to_user)) as x:
        caller = await x.invite("1002")
        callee = x.leg("1002")
        await callee.ring()
        assert caller.state == "ringing"
        await callee.answer()
        assert (caller.state, caller.mixed_with) == ("established", callee)
        assert x.sim_runs[0].finished
        await callee.hangup()
        assert caller.state == "ended"


@pytest.mark.covers("CM-069")
@pytest.mark.parametrize(("status", "seen"), [(486, 486), (603, 603), (404, 404), (433, 487)])
async def test_failures_reach_the_caller(status: int, seen: int) -> None:
    async with Exchange(worker_of(to_user)) as x:
        caller = await x.invite("1002")
        await x.leg("1002").reject(status)
        assert caller.status == seen


async def test_unknown_unregistered_and_nobody_answers() -> None:
    async with Exchange(worker_of(to_user), users={"1002": 1, "1003": 0}) as x:
        assert (await x.invite("1009")).status == 404
        assert (await x.invite("1003")).status == 480
        caller = await x.invite("1002")
        await x.advance(29.9)
        assert not caller.ended
        await x.advance(0.2)
        assert caller.status == 408
        assert x.leg("1002").cause is Cause.REQUEST_TIMEOUT


@pytest.mark.covers("CM-085")
async def test_a_redirect_is_followed_once() -> None:
    async with Exchange(worker_of(to_user)) as x:
        caller = await x.invite("1002")
        await x.leg("1002").reject(302, contact="sip:1005@pbx.test")
        await x.leg("1005").reject(302, contact="sip:1006@pbx.test")
        assert caller.status == 302


@pytest.mark.covers("CM-074")
async def test_ring_group_first_answer_wins_and_busy_members_do_not_end_it() -> None:
    async def group(call: Call) -> None:
        await call.dial(entity=["1001", "1002", "1003"])

    async with Exchange(worker_of(group), users={"1001": 1, "1002": 2, "1003": 1}) as x:
        caller = await x.invite("603")
        assert [leg.user for leg in x.legs] == ["1001", "1002", "1002", "1003"]
        await x.legs[0].busy()
        await x.legs[3].decline()
        await x.legs[2].answer()
        assert caller.mixed_with is x.legs[2]
        assert x.legs[1].cause is Cause.LOSE_RACE


async def test_hunting_rings_one_after_the_other() -> None:
    async def hunt(call: Call) -> None:
        await call.dial(contact=["sip:a@h", "sip:b@h"], strategy=Strategy.HUNT)

    async with Exchange(worker_of(hunt)) as x:
        caller = await x.invite("603")
        assert [leg.user for leg in x.legs] == ["a"]
        await x.legs[0].busy()
        await x.legs[1].answer()
        assert caller.mixed_with is x.legs[1]


@pytest.mark.covers("CM-067", "CM-069")
@pytest.mark.parametrize(
    ("status", "error"), [(486, Busy), (600, Busy), (408, NoAnswer), (603, Declined), (404, Unreachable)]
)
async def test_must_answer_raises_what_it_was_and_uncaught_refuses_the_call(
    status: int, error: type[Exception]
) -> None:
    raised: list[BaseException] = []

    async def script(call: Call) -> None:
        try:
            await call.dial(contact="sip:x@h", must_answer=True)
        except error as caught:
            raised.append(caught)
            raise

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        await x.leg("x").reject(status)
        assert len(raised) == 1
        assert (caller.status, x.failures) == (status, [])


async def test_giving_up_cancels_the_legs() -> None:
    async def script(call: Call) -> None:
        try:
            async with asyncio.timeout(2):
                await call.dial(contact="sip:x@h")
        except TimeoutError:
            await call.hangup(Cause.TEMPORARILY_UNAVAILABLE)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        await x.advance(2)
        assert x.leg("x").ended
        assert caller.status == 480


async def test_the_caller_leaving_cancels_the_legs() -> None:
    async with Exchange(worker_of(to_user)) as x:
        caller = await x.invite("1002")
        await caller.hangup()
        assert x.leg("1002").cause is Cause.ORIGINATOR_CANCEL
        assert x.sim_runs[0].finished


@pytest.mark.covers("CM-072", "CM-086")
async def test_hooks_run_in_order_and_their_errors_are_ignored() -> None:
    order: list[str] = []

    async def script(call: Call) -> None:
        async def prebridge(leg: Call) -> str:
            order.append(f"prebridge {call.mixed_with}")
            await leg.audio.play("whisper.wav", wait=True)
            return "cookie"

        call.preconnect(lambda leg: order.append(f"preconnect {leg.called_id.user}"))
        call.postconnect(lambda leg: order.append(f"postconnect {leg.mixed_with is call}"))
        await call.dial(
            contact="sip:x@h",
            early=lambda leg: order.append("early"),
            prebridge=prebridge,
            confirm=lambda leg, cookie: order.append(f"confirm {cookie}"),
            onconnect=lambda leg: 1 / 0,
        )
        order.append("end")

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        callee = x.leg("x")
        await callee.ring()
        await callee.answer()
        assert (order, callee.playing) == (["early", "prebridge None"], ["whisper.wav"])
        assert caller.state == "ringing"
        await x.advance(1)
        assert order[2:] == ["preconnect x", "postconnect True", "confirm cookie", "end"]
        assert caller.mixed_with is callee
        assert caller.state == "established"


@pytest.mark.covers("CM-072")
async def test_fail_is_told_of_the_leg_that_failed() -> None:
    failed: list[str] = []

    async def script(call: Call) -> None:
        await call.dial(contact="sip:x@h", fail=lambda leg: failed.append(leg.called_id.user))

    async with Exchange(worker_of(script)) as x:
        await x.invite("1")
        await x.leg("x").busy()
    assert failed == ["x"]


@pytest.mark.covers("CM-015", "CM-102", "CM-104")
async def test_family_and_direction() -> None:
    checked: list[bool] = []

    async def script(call: Call) -> None:
        leg = await call.dial(contact="sip:x@h", party_calling=True)
        assert leg is not None
        assert call.direction is Direction.INBOUND
        assert leg.direction is Direction.INBOUND  # turned round by party_calling
        assert (leg.parent, call.children, call.other, leg.other) == (call, [leg], leg, call)
        assert leg.state is CallState.ESTABLISHED
        await leg.detach()
        assert (leg.parent, call.children) == (None, [])
        await call.adopt(leg, mix=True)
        assert leg.parent is call
        checked.append(True)

    async with Exchange(worker_of(script)) as x:
        await x.invite("1")
        await x.leg("x").answer()
        assert checked == [True]


@pytest.mark.covers("CM-071")
async def test_options_of_a_dial() -> None:
    async def script(call: Call) -> None:
        await call.dial(
            entity=Entity("1002", "pbx.test", max_calls=2),
            trunk="carrier",
            number="9123",
            headers={"X-A": "1"},
            caller_id=Party("77", "Ann"),
            auto_answer=True,
            timeout_s=1.5,
            codecs=["PCMA"],
            late=True,
            privacy=True,
            bridge=False,
            continue_on_other_hangup=True,
        )

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        dial = x.sim_runs[0].log[1].command.dial
        assert [target.WhichOneof("target") for target in dial.targets] == ["entity", "trunk"]
        assert (dial.targets[0].entity.max_calls, dial.targets[1].trunk.number) == (2, "9123")
        assert (dial.caller.user, dial.caller.name, dial.HasField("called")) == ("77", "Ann", False)
        assert (dial.HasField("auto_answer_s"), dial.auto_answer_s) == (True, 0)
        assert (dial.timeout.seconds, dial.timeout.nanos) == (1, 500_000_000)
        assert dial.late
        assert dial.privacy
        assert dial.policy.continue_on_other_hangup
        await x.leg("9123").answer()
        assert (caller.state, caller.mixed_with) == ("trying", None)


async def test_dial_needs_somebody_to_ring() -> None:
    async def script(call: Call) -> None:
        with pytest.raises(ValueError, match="contact, entity or trunk"):
            await call.dial()

    async with Exchange(worker_of(script)) as x:
        await x.invite("1")
