"""Ask the processes over the bus, as a tool."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from switchroom.bus import Dialler, load_client_keys
from switchroom.config import Config
from switchroom.errors import BusError
from switchroom.v1.common_pb2 import ROLE_TOOL
from switchroom.v1.envelope_pb2 import Envelope, Hello
from switchroom.version import version

JOIN_S = 1.0
# The frontend gives its peers 400 ms to answer before it answers itself.
STATUS_S = 1.5


@asynccontextmanager
async def dialled(config: Config, endpoint: str) -> AsyncIterator[Dialler]:
    """A dialler that tries to join the frontend at *endpoint* as a tool; it goes with the context."""
    dialler = Dialler(
        asyncio.get_running_loop(),
        endpoint,
        Hello(role=ROLE_TOOL, name=f"tool-{os.getpid()}", version=version(), pid=os.getpid()),
        keys=load_client_keys(Path(config.bus.key_dir), "tool"),
        insecure=config.bus.insecure,
        on_welcome=lambda *_: None,
        on_message=lambda *_: None,
        on_lost=lambda *_: None,
    )
    dialler.start()
    try:
        yield dialler
    finally:
        await dialler.close()


async def ask_one(config: Config, endpoint: str, question: Envelope, answer_s: float) -> Envelope | BusError:
    """The answer of the frontend at *endpoint*, or why there is none."""
    async with dialled(config, endpoint) as dialler:
        try:
            await dialler.wait_joined(JOIN_S)
            return await dialler.ask(question, answer_s)
        except BusError as error:
            return error


async def ask_all(config: Config, question: Envelope, answer_s: float) -> dict[str, Envelope | BusError]:
    """The answer of every frontend of the configuration, asked at the same time."""
    endpoints = config.bus.frontends
    answers = await asyncio.gather(*(ask_one(config, endpoint, question, answer_s) for endpoint in endpoints))
    return dict(zip(endpoints, answers, strict=True))


def status_request() -> Envelope:
    """What a frontend answers with its own status and that of all who have joined it."""
    question = Envelope()
    question.status_request.SetInParent()
    return question
