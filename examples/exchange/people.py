"""Dial 1001 to 1010: that user's phones ring, all at once."""

from __future__ import annotations

from connect import connect

from call_workers import Call, CallWorker

worker = CallWorker()

PEOPLE = [str(number) for number in range(1001, 1011)]


@worker.call(user=PEOPLE)
async def person(call: Call) -> None:
    """No answer in 30 s is 408, registered nowhere 480; a phone that is forwarded (302) is followed."""
    await call.auth()
    await connect(call, entity=call.called_id.user, timeout_s=30, follow_redirects=True)


if __name__ == "__main__":
    worker.run()
