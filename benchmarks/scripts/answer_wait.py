"""The call of ``benchmarks idle_calls``: answered, an echo channel, and a script that waits for digits all along."""

from __future__ import annotations

from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call
async def wait(call: Call) -> None:
    """Answer, echo, wait."""
    await call.answer()
    await call.audio.echo()
    await call.wait_for_events(timeout_s=None)
