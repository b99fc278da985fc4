"""The SIP frontend process: ``python -m sip_frontend --config switchroom.toml``. Wiring only.

Exit codes are those of ``switchroom.process``: 0 asked to stop, 1 failed, 2 a setting is wrong, 3 an address is taken.
"""

from __future__ import annotations

import asyncio
import sys

from sip_frontend.server import Server
from switchroom import process


async def serve(this: process.Process) -> None:
    """Start a frontend, wait for the signal, stop it."""
    server = Server(asyncio.get_running_loop(), this.config)
    await server.start()
    section = this.config.frontend
    this.ready(udp=list(section.udp), tcp=list(section.tcp), bus=list(section.bus))
    try:
        await this.stopping.wait()
    finally:
        await server.stop()


if __name__ == "__main__":
    sys.exit(process.main("frontend", serve))
