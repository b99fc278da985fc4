"""The test phones against each other, without an exchange: what they cannot do here they cannot prove there."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.phone import Phone
from tests.support.tones import hears, sine
from tests.support.wire import UdpWire


def _aim(callee: Phone, caller: Phone) -> None:
    assert isinstance(callee.wire, UdpWire)
    callee.wire.aim(caller.wire.local)


@pytest.mark.asyncio
async def test_two_phones_hear_each_other_and_digits() -> None:
    async with Phone(("127.0.0.1", 9), "callee") as callee, Phone(callee.wire.local, "caller") as caller:
        _aim(callee, caller)
        out = await caller.call("callee")
        into = await callee.next_call()
        into.ring()
        await into.answer()
        assert (await out.final()).status == 200
        assert out.statuses == [180, 200]
        out.rtp.say(sine(440, 1.0))
        into.rtp.say(sine(1000, 1.0))
        at_caller, at_callee = await asyncio.gather(out.rtp.listen(0.8), into.rtp.listen(0.8))
        assert hears(at_caller, 1000, [440])
        assert hears(at_callee, 440, [1000])
        await out.rtp.press("15#")
        await asyncio.sleep(0.05)
        assert into.rtp.events() == "15#"
        await into.hang_up()
        await out.ended()


@pytest.mark.asyncio
async def test_cancel_and_refusal() -> None:
    async with Phone(("127.0.0.1", 9), "callee") as callee, Phone(callee.wire.local, "caller") as caller:
        _aim(callee, caller)
        out = await caller.call("callee")
        into = await callee.next_call()
        into.ring()
        assert (await out.cancel()).status == 200
        assert (await out.final()).status == 487
        await into.ended()
        busy = await caller.call("callee")
        (await callee.next_call()).refuse(486)
        assert (await busy.final()).status == 486
