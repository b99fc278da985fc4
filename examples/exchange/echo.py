"""Dial 600: the exchange sends back what you say."""

from __future__ import annotations

from call_workers import Call, CallWorker

worker = CallWorker()


@worker.call(user="600")
async def echo(call: Call) -> None:
    """Answer and echo; the call needs no script after that."""
    await call.auth()
    await call.ring()
    await call.answer()
    await call.audio.echo()


if __name__ == "__main__":
    worker.run()
