"""Everybody who calls is told that there is no such number: what is left to see is what the exchange itself thinks."""

from __future__ import annotations

from call_workers import Call, CallWorker, Cause

worker = CallWorker()


@worker.call
async def nobody(call: Call) -> None:
    """404."""
    await call.hangup(Cause.UNALLOCATED_NUMBER)
