"""Dial 700: 1001 rings, and before you are put through it hears a tone that you do not."""

from __future__ import annotations

from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call(user="700")
async def whisper(call: Call) -> None:
    """A hook between the answer of a leg and its mixing with the caller."""
    await call.auth()

    async def announce(leg: Call) -> None:
        await leg.audio.play("600:200/200/200/0", wait=True)

    leg = await call.dial(entity="1001", prebridge=announce, hangup_parent_on_hangup=True)
    if leg is None and call.dial_cause is not None:
        await call.hangup(call.dial_cause.cause)


if __name__ == "__main__":
    worker.run()
