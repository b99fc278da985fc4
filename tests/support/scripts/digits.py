"""Sends digits: some that are none, of which it tells what it hears, then one that is held down for long."""

from __future__ import annotations

import asyncio

from call_workers import Call, CallWorker, CommandRejected

worker = CallWorker()


@worker.call
async def digits(call: Call) -> None:
    """One event ``digits.refused``, with the reason."""
    await call.answer()
    await call.audio.dtmf("12w3")
    try:
        await asyncio.sleep(5)
    except CommandRejected as error:
        await call.publish("digits.refused", verb=error.verb, code=error.code, reason=str(error))
    await call.audio.dtmf("7", duration_ms=400)
    await asyncio.sleep(5)
