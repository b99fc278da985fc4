"""What the exchange does in a race: one number for each thing that a scenario needs from this side."""

from __future__ import annotations

import asyncio

from call_workers import Call, CallWorker, Cause

worker = CallWorker()

SOON_S = 0.3
"""Long enough for a scenario to have sent what it sends first."""


@worker.call(user="silent")
async def silent(call: Call) -> None:
    """100 and nothing more."""
    await call.wait_for_hangup()


@worker.call(user="ringing")
async def ringing(call: Call) -> None:
    """180, and nobody answers."""
    await call.ring()
    await call.wait_for_hangup()


@worker.call(user="early")
async def early(call: Call) -> None:
    """183 with early media."""
    await call.answer(early=True)
    await call.wait_for_hangup()


@worker.call(user="answered")
async def answered(call: Call) -> None:
    """180, 200, echo."""
    await call.ring()
    await call.answer()
    await call.audio.echo()


@worker.call(user="busy")
async def busy(call: Call) -> None:
    """486."""
    await call.busy()


@worker.call(user="holds")
async def holds(call: Call) -> None:
    """Answered, and held soon after: a re-INVITE of ours."""
    await call.answer()
    await asyncio.sleep(SOON_S)
    await call.hold()
    await call.wait_for_hangup()


@worker.call(user="ends")
async def ends(call: Call) -> None:
    """Answered, and hung up soon after."""
    await call.answer()
    await asyncio.sleep(SOON_S)
    await call.hangup()


@worker.call(user="refers")
async def refers(call: Call) -> None:
    """The peer is asked to call 600; when it has, its call here is over."""
    await call.answer()
    await asyncio.sleep(SOON_S)
    status = await call.refer("sip:600@pbx.test")
    await call.hangup(Cause.NORMAL_CLEARING if status == 200 else Cause.SERVER_ERROR)


async def _dial(call: Call, trunk: str, **options: object) -> None:
    leg = await call.dial(trunk=trunk, number="callee", hangup_parent_on_hangup=True, **options)  # type: ignore[arg-type]
    if leg is None and call.dial_cause is not None:
        await call.hangup(call.dial_cause.cause)


@worker.call(user="out")
async def out(call: Call) -> None:
    """Out by the peer."""
    await _dial(call, "peer")


@worker.call(user="out-briefly")
async def out_briefly(call: Call) -> None:
    """Out by the peer, who has one second."""
    await _dial(call, "peer", timeout_s=1)


@worker.call(user="out-late")
async def out_late(call: Call) -> None:
    """Out by the peer without an offer."""
    await _dial(call, "peer", late=True)


@worker.call(user="out-pair")
async def out_pair(call: Call) -> None:
    """Out by the trunk that has two places."""
    await _dial(call, "pair")


@worker.call(user="to-other")
async def to_other(call: Call) -> None:
    """To the other side of a race."""
    await _dial(call, "other")
