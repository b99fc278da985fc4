"""The media worker process. Nothing but wiring.

Exit codes: 0 asked to stop, 1 failed, 2 a setting is wrong, 3 an address or port is taken.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from media_workers.worker import MediaWorker
from switchroom.bus import load_client_keys
from switchroom.clock import SystemClock
from switchroom.logs import get_logger
from switchroom.process import Process, main


async def serve(process: Process) -> None:
    """Run until the process is asked to stop; then finish what can be finished in time, and leave."""
    config = process.config
    worker = MediaWorker(
        asyncio.get_running_loop(),
        config.media,
        list(config.bus.frontends),
        SystemClock(),
        get_logger("media"),
        keys=load_client_keys(Path(config.bus.key_dir), config.media.name),
        insecure=config.bus.insecure,
    )
    worker.start()
    process.ready(address=config.media.address, ports=list(config.media.ports))
    await process.stopping.wait()
    await worker.drain(config.media.drain_s)
    await worker.close()


if __name__ == "__main__":
    sys.exit(main("media", serve))
