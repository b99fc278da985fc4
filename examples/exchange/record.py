"""Dial 605: the call is recorded, you on the left, the exchange on the right; meanwhile you hear yourself."""

from __future__ import annotations

from datetime import UTC, datetime

from call_workers import Call, CallWorker, RecordOptions

worker = CallWorker()


@worker.call(user="605")
async def record(call: Call) -> None:
    """Record from the answer to the end of the call, into a file named by the time and the call."""
    await call.auth()
    await call.answer()
    await call.audio.record(file_name(call), RecordOptions(channels=2))
    await call.audio.echo()


def file_name(call: Call) -> str:
    """Sorted by time, unique by the id; the same when the script is executed again."""
    begun = datetime.fromtimestamp(call.epochs.start or 0, UTC)
    return f"{begun:%Y%m%d-%H%M%S}-{call.id}.wav"


if __name__ == "__main__":
    worker.run()
