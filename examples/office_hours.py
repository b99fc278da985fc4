"""Dial 701: by day 1002 rings, by night you hear that nobody is there."""

from __future__ import annotations

from datetime import datetime

from call_workers import Call, CallWorker, Cause

worker = CallWorker()


def hour() -> int:
    """The clock is outside of the call: a script that is executed again must get the same answer."""
    return datetime.now().hour


@worker.call(user="701")
async def office(call: Call) -> None:
    """``call.step`` asks the world once; the answer is kept with the call."""
    await call.auth()
    if not 8 <= await call.step(hour) < 18:
        await call.answer()
        await call.hangup(Cause.TEMPORARILY_UNAVAILABLE, tone=True)
        return
    if await call.dial(entity="1002", timeout_s=20, hangup_parent_on_hangup=True) is None:
        await call.busy()


if __name__ == "__main__":
    worker.run()
