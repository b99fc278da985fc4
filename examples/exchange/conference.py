"""Dial 602: a conference; everybody who dials it hears everybody else, and no beep tells who comes and goes."""

from __future__ import annotations

from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call(user="602")
async def conference(call: Call) -> None:
    """Join before the answer, so that the media is opened where the room is."""
    await call.auth()
    await call.audio.conference(call.called_id.user)
    await call.answer()


if __name__ == "__main__":
    worker.run()
