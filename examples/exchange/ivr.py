"""Dial 601 and press keys: after #, or three seconds, they are spoken back; as often as you like."""

from __future__ import annotations

from call_workers import Call, CallEnded, CallWorker

worker = CallWorker()

BEEP = "440*0.3:200"
FILES = {"*": "star"}


@worker.call(user="601")
async def ivr(call: Call) -> None:
    """Collect strings of digits, publish each and speak it back."""
    await call.auth()
    await call.answer()
    await call.audio.play(BEEP)
    while True:
        digits = await collect(call)
        await call.publish("ivr.digits", digits=digits)
        if digits:
            await call.audio.play(spoken(digits), interruptible=True)


async def collect(call: Call) -> str:
    """Digits up to #, to three seconds of silence, or to the end of the call; the # is not among them."""
    digits = ""
    try:
        while True:
            digit = await call.wait_for_events(timeout_s=3.0 if digits else None)
            if digit is None or digit == "#":
                return digits
            digits += digit
    except CallEnded:
        if not digits:
            raise
        return digits


def spoken(digits: str) -> list[str]:
    """The prompts that speak *digits*."""
    return [f"digits/{FILES.get(digit, digit.lower())}.wav" for digit in digits]


if __name__ == "__main__":
    worker.run()
