"""auth, ring, answer, busy, hangup: what is commanded, and what fails how."""

from __future__ import annotations

import asyncio

import pytest

from call_workers import AuthFailed, Call, CallEnded, CallState, Cause
from call_workers.testing import Exchange
from tests.call_workers.scripts import worker_of

pytestmark = pytest.mark.asyncio


async def test_echo_script_takes_one_activation_when_the_caller_is_trusted() -> None:
    async def script(call: Call) -> None:
        await call.auth()
        await call.ring()
        await call.answer()
        await call.audio.echo()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600", trusted=True)
        assert (caller.state, caller.echo) == ("established", True)
        assert x.activations == 1
        assert x.sim_runs[0].finished


async def test_auth_sets_the_entity() -> None:
    seen: list[str] = []

    async def script(call: Call) -> None:
        await call.auth()
        await call.auth()  # holds already: no second challenge
        assert call.entity is not None
        seen.append(call.entity.uri)

    async with Exchange(worker_of(script)) as x:
        await x.invite("600", from_user="1003")
        assert seen == ["1003@pbx.test"]
        assert x.sim_runs[0].accepted == 2  # authenticate, finish


async def test_failed_auth_refuses_the_call_quietly() -> None:
    async def script(call: Call) -> None:
        await call.auth()
        await call.answer()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600", credentials=False)
        assert (caller.state, caller.status, x.failures) == ("ended", 403, [])


@pytest.mark.covers("CM-067")
async def test_failed_auth_can_be_caught() -> None:
    async def script(call: Call) -> None:
        try:
            await call.auth()
        except AuthFailed as error:
            await call.hangup(Cause.PAYMENT_REQUIRED, text=error.reason)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600", credentials=False)
        assert (caller.status, caller.text) == (402, "wrong credentials")


async def test_ring_is_sent_once_and_plays_to_an_answered_call() -> None:
    async def script(call: Call) -> None:
        await call.ring()
        await call.ring()
        await call.answer()
        await call.ring()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert caller.heard == ["ring"]
        assert x.sim_runs[0].accepted == 4  # ring, answer, ring, finish


async def test_answer_twice_is_one_answer() -> None:
    async def script(call: Call) -> None:
        await call.answer(early=True)
        assert call.state is CallState.EARLY
        await call.answer(headers={"X-Mark": "1"})
        await call.answer()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert caller.headers == {"X-Mark": "1"}
        assert x.sim_runs[0].accepted == 3


async def test_busy_is_486() -> None:
    async with Exchange(worker_of(Call.busy)) as x:
        assert (await x.invite("600")).status == 486


async def test_after_hangup_verbs_raise_and_a_second_hangup_does_nothing() -> None:
    raised: list[CallEnded] = []

    async def script(call: Call) -> None:
        await call.hangup(Cause.DECLINED, text="not today")
        await call.hangup(Cause.USER_BUSY)
        await asyncio.sleep(1)  # our own hang-up does not interrupt the script
        try:
            await call.answer()
        except CallEnded as error:
            raised.append(error)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await x.advance(1)
        assert (caller.status, caller.text) == (603, "not today")
        assert raised[0].cause.cause is Cause.DECLINED


async def test_hangup_with_tone_plays_it_for_five_seconds() -> None:
    async def script(call: Call) -> None:
        await call.answer()
        await call.hangup(Cause.USER_BUSY, tone=True)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert (caller.state, caller.heard) == ("established", ["busy"])
        await x.advance(5)
        assert caller.state == "ended"


async def test_redirect_names_the_contact() -> None:
    async def script(call: Call) -> None:
        await call.hangup(Cause.MOVED_TEMPORARILY, contact="sip:1002@pbx.test")

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert (caller.status, caller.contact) == (302, "sip:1002@pbx.test")
