"""Dial 606 to 609: not built yet, and the refusal says so."""

from __future__ import annotations

from call_workers import Call, CallWorker, Cause

worker = CallWorker()

PLANNED = {
    "606": "voicemail",
    "607": "queue",
    "608": "park",
    "609": "retrieve a parked call",
}


@worker.call(user=list(PLANNED))
async def not_built(call: Call) -> None:
    """404 with a Warning."""
    await call.auth()
    number = call.called_id.user
    await call.hangup(Cause.UNALLOCATED_NUMBER, text=f"{number} ({PLANNED[number]}) is not built yet")


if __name__ == "__main__":
    worker.run()
