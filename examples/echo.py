"""Dial anything: you hear yourself. Run: switchroom worker examples/echo.py"""

from __future__ import annotations

from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call
async def echo(call: Call) -> None:
    """The smallest script there is."""
    await call.auth()
    await call.ring()
    await call.answer()
    await call.audio.echo()


if __name__ == "__main__":
    worker.run()
