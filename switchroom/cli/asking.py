"""Ask the processes over the bus, as a tool."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from switchroom.bus import Dialler, load_client_keys
from switchroom.config import Config
from switchroom.errors import BusError
from switchroom.v1.common_pb2 import ROLE_TOOL
from switchroom.v1.envelope_pb2 import Envelope, Hello, Status
from switchroom.version import version

# The frontend gives its peers 400 ms to answer before it answers itself.
ANSWER_S = 1.5


async def ask_status(config: Config, endpoint: str, join_s: float) -> Status | BusError:
    """The status of one frontend and all that have joined it."""
    name = f"tool-{os.getpid()}"
    dialler = Dialler(
        asyncio.get_running_loop(),
        endpoint,
        Hello(role=ROLE_TOOL, name=name, version=version(), pid=os.getpid()),
        keys=load_client_keys(Path(config.bus.key_dir), "tool"),
        insecure=config.bus.insecure,
        on_welcome=lambda *_: None,
        on_message=lambda *_: None,
        on_lost=lambda *_: None,
    )
    dialler.start()
    try:
        await dialler.wait_joined(join_s)
        question = Envelope()
        question.status_request.SetInParent()
        return (await dialler.ask(question, ANSWER_S)).status
    except BusError as error:
        return error
    finally:
        await dialler.close()


async def ask_all(config: Config, join_s: float = 1.0) -> dict[str, Status | BusError]:
    """Every frontend of the configuration, at the same time."""
    endpoints = config.bus.frontends
    answers = await asyncio.gather(*(ask_status(config, endpoint, join_s) for endpoint in endpoints))
    return dict(zip(endpoints, answers, strict=True))
