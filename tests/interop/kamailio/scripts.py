"""What the exchange does with the carriers: 600 echoes, 8 and 7 and a number call out, 1001 rings."""

from __future__ import annotations

from call_workers import Call, CallWorker, Cause

worker = CallWorker()


@worker.call(user="600")
async def echo(call: Call) -> None:
    """Say by which trunk it came and who calls, and echo."""
    await call.auth()
    await call.publish("carrier.reached", by=call.trunk, caller=call.caller_id.user)
    await call.answer()
    await call.audio.echo()


async def _out(call: Call, trunk: str) -> None:
    await call.auth()
    leg = await call.dial(trunk=trunk, number=call.called_id.user[1:], hangup_parent_on_hangup=True)
    if leg is None:
        await call.hangup(call.dial_cause.cause if call.dial_cause is not None else Cause.TEMPORARILY_UNAVAILABLE)


@worker.call(user="8*")
async def by_registered(call: Call) -> None:
    """Out by the carrier we are registered with."""
    await _out(call, "registered")


@worker.call(user="7*")
async def by_static(call: Call) -> None:
    """Out by the carrier with two places."""
    await _out(call, "static")


@worker.call(user="1001")
async def person(call: Call) -> None:
    """1001 rings."""
    await call.dial(entity="1001", hangup_parent_on_hangup=True)
