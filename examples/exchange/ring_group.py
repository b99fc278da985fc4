"""Dial 603: 1001, 1002 and 1003 ring; the first that answers has the call."""

from __future__ import annotations

from connect import connect

from call_workers import Call, CallWorker

worker = CallWorker()

MEMBERS = ["1001", "1002", "1003"]


@worker.call(user="603")
async def ring_group(call: Call) -> None:
    """Ring all members on all their devices; a busy or declining one does not end it."""
    await call.auth()
    await connect(call, entity=MEMBERS, timeout_s=30)


if __name__ == "__main__":
    worker.run()
