"""When is the exchange up? When every kind of process has joined the first frontend."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from switchroom.bus import Dialler
from switchroom.cli.asking import STATUS_S, dialled, status_request
from switchroom.config import Config
from switchroom.errors import BusError
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER, ROLE_MEDIA_WORKER, ROLE_REGISTRAR
from switchroom.v1.envelope_pb2 import Status

_NEEDED = {ROLE_REGISTRAR: "registrar", ROLE_MEDIA_WORKER: "media worker", ROLE_CALL_WORKER: "call worker"}
# Asked seldom enough to leave the processors to those that are starting.
_PAUSE_S = 0.1


async def missing_after(config: Config, timeout_s: float, stopped: Callable[[], bool]) -> str:
    """Wait until nobody is missing; else the kind of process that was, after *timeout_s* or when *stopped* says so."""
    end = time.monotonic() + timeout_s
    async with dialled(config, config.bus.frontends[0]) as dialler:
        missing = "frontend"
        while missing and not stopped() and time.monotonic() < end:
            missing = await _missing(dialler)
            if missing:
                await asyncio.sleep(_PAUSE_S)
        return missing


async def _missing(dialler: Dialler) -> str:
    """A kind of process that is not there yet; empty when all are."""
    try:
        await dialler.wait_joined(_PAUSE_S)
        status = (await dialler.ask(status_request(), STATUS_S)).status
    except BusError:
        return "frontend"
    return missing_of(status)


def missing_of(status: Status) -> str:
    """A kind of process that has not joined, or does not answer; empty when there is none."""
    there = {peer.role for peer in status.peers if "silent" not in peer.values}
    return next((kind for role, kind in _NEEDED.items() if role not in there), "")
