"""Dial 9 and a number: the call goes out by the carrier, the 9 with it."""

from __future__ import annotations

from connect import connect

from call_workers import Call, CallWorker, Cause

worker = CallWorker()

CARRIER = "carrier"
UPSTREAM = "upstream"


@worker.call(user="9*")
async def outside(call: Call) -> None:
    """Anybody who may call may call out."""
    await call.auth()
    await connect(call, trunk=CARRIER, number=call.called_id.user)


@worker.call
async def elsewhere(call: Call) -> None:
    """No extension of ours: from the upstream exchange it goes on to the carrier unchanged, else it is unknown."""
    if call.trunk == UPSTREAM:
        await connect(call, trunk=CARRIER, number=call.called_id.user, called_id=call.called_id)
        return
    await call.auth()
    await call.hangup(Cause.UNALLOCATED_NUMBER)


if __name__ == "__main__":
    worker.run()
