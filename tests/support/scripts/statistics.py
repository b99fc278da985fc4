"""Records whoever calls, and tells how they are heard: when they press a digit, and when they have gone."""

from __future__ import annotations

import msgspec

from call_workers import Call, CallWorker, ChannelStats

worker = CallWorker()


@worker.call
async def statistics(call: Call) -> None:
    """One event ``stats.live`` for each digit, one ``stats.final``."""
    await call.answer()
    await call.audio.record("heard.wav")
    async for event in call.events():
        if event.name == "channel" and event["action"] == "telephone-event":
            await _tell(call, "stats.live", await call.audio.stats())
        elif event.name == "call.reporting":
            await _tell(call, "stats.final", event["stats"])


async def _tell(call: Call, name: str, stats: ChannelStats) -> None:
    await call.publish(name, **msgspec.to_builtins(stats))
