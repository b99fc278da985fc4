"""Dial 604: three seconds of a tone before the call is answered, then the same again."""

from __future__ import annotations

from call_workers import Call, CallWorker

worker = CallWorker()

TONE = "1000*0.5:3000"


@worker.call(user="604")
async def early_media(call: Call) -> None:
    """Media before the answer: 183 with SDP, the prompt, 200, the prompt."""
    await call.auth()
    await call.answer(early=True)
    await call.audio.play(TONE, wait=True)
    await call.answer()
    await call.audio.play(TONE)


if __name__ == "__main__":
    worker.run()
