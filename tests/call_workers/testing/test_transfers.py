"""Blind transfers of the simulated exchange."""

from __future__ import annotations

import pytest

from call_workers import Call, Cause
from call_workers.testing import Exchange
from tests.call_workers.scripts import worker_of

pytestmark = pytest.mark.asyncio


async def connects(call: Call) -> None:
    """Rings whom it is for; a service when that is 600."""
    await call.auth()
    if call.called_id.user == "600":
        await call.answer()
        return
    leg = await call.dial(contact=f"sip:{call.called_id.user}@pbx.test")
    if leg is None:
        await call.hangup(Cause.USER_BUSY)


@pytest.mark.covers("CM-037", "CM-132", "CM-021")
async def test_the_script_of_the_target_begins_for_the_leg_that_is_moved() -> None:
    async with Exchange(worker_of(connects)) as x:
        caller = await x.invite("1002", from_user="1001")
        callee = x.leg("1002")
        await callee.answer()
        await caller.refer("1003")
        target = x.leg("1003")
        assert (target.message.caller.user, caller.state) == ("1002", "established")
        await target.answer()
        assert target.mixed_with is callee
        assert (caller.refer_status, caller.cause) == (200, Cause.BLIND_TRANSFER)
        await callee.hangup()
        assert target.ended


async def test_a_busy_target_brings_the_two_together_again() -> None:
    async with Exchange(worker_of(connects)) as x:
        caller = await x.invite("1002")
        callee = x.leg("1002")
        await callee.answer()
        await callee.refer("1003")
        assert x.leg("1003").message.caller.user == "1001"
        await x.leg("1003").busy()
        assert (callee.refer_status, caller.mixed_with) == (486, callee)
        assert not callee.ended


async def test_a_service_that_answers_is_a_success() -> None:
    async with Exchange(worker_of(connects)) as x:
        caller = await x.invite("1002")
        callee = x.leg("1002")
        await callee.answer()
        await callee.refer("600")
        assert callee.ended
        assert (callee.refer_status, caller.state, caller.mixed_with) == (200, "established", None)


async def test_whoever_talks_to_nobody_has_nobody_to_transfer() -> None:
    async with Exchange(worker_of(connects)) as x:
        caller = await x.invite("600")
        with pytest.raises(AssertionError, match="nobody it could transfer"):
            await caller.refer("1003")
