"""What the exchange does at the other side of the back-to-back user agent."""

from __future__ import annotations

import asyncio

from call_workers import Call, CallWorker, Cause

worker = CallWorker()


@worker.call(user="600")
async def echo(call: Call) -> None:
    """Ring, answer, echo."""
    await call.ring()
    await call.answer()
    await call.audio.echo()


@worker.call(user="hold")
async def hold(call: Call) -> None:
    """Hold the caller for half a second, take it back, and hang up."""
    await call.answer()
    await asyncio.sleep(0.3)
    await call.hold()
    await asyncio.sleep(0.5)
    await call.unhold()
    await asyncio.sleep(0.5)
    await call.hangup()


@worker.call(user="9*")
async def out(call: Call) -> None:
    """Out by the back-to-back user agent."""
    await call.auth()
    leg = await call.dial(trunk="b2bua", number=call.called_id.user[1:], hangup_parent_on_hangup=True)
    if leg is None:
        await call.hangup(call.dial_cause.cause if call.dial_cause is not None else Cause.TEMPORARILY_UNAVAILABLE)
