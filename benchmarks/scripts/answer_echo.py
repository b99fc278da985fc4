"""The call that `make bench` measures: answered, an echo channel, hung up by the caller. Nobody is challenged."""

from __future__ import annotations

from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call
async def echo(call: Call) -> None:
    """Answer and echo."""
    await call.answer()
    await call.audio.echo()
