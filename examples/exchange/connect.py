"""What most extensions do in the end: ring somebody, and tell the caller why when nobody answers."""

from __future__ import annotations

from typing import Any

from call_workers import Call, Cause


async def connect(call: Call, **whom: Any) -> None:
    """Dial *whom*; both hang up together. A failure goes back to the caller as it is."""
    leg = await call.dial(**whom, hangup_parent_on_hangup=True)
    if leg is None:
        cause = call.dial_cause.cause if call.dial_cause is not None else Cause.TEMPORARILY_UNAVAILABLE
        await call.hangup(cause)
