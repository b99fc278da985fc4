"""A local process's death is seen when it happens."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from switchroom.bus.death import DeathWatch
from switchroom.machine import machine_id
from tests.switchroom.bus.exchange import Happened

WAITS_FOR_ITS_END = [sys.executable, "-c", "import sys; sys.stdin.read()"]
DIALS = """
import asyncio, sys
from switchroom.bus import Dialler
from switchroom.v1.envelope_pb2 import Hello
async def main():
    nothing = lambda *_: None
    dialler = Dialler(asyncio.get_running_loop(), sys.argv[1], Hello(role=1, name="w1"),
                      on_welcome=nothing, on_message=nothing, on_lost=nothing)
    dialler.start()
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.asyncio
async def test_the_kill_of_a_watched_process_is_told_once() -> None:
    process = await asyncio.create_subprocess_exec(*WAITS_FOR_ITS_END, stdin=subprocess.PIPE)
    died = Happened()
    watch = DeathWatch(asyncio.get_running_loop())
    try:

        def tell() -> None:
            watch.forget("one")
            died.add("died")

        watch.watch("one", machine_id(), process.pid, tell)
        process.kill()
        await died.wait()
        await asyncio.sleep(0)
        assert died.items == ["died"]
    finally:
        await process.wait()
        watch.close()


@pytest.mark.asyncio
async def test_a_process_that_is_gone_already_is_told_and_one_of_elsewhere_never() -> None:
    process = await asyncio.create_subprocess_exec(*WAITS_FOR_ITS_END, stdin=subprocess.PIPE)
    process.kill()
    await process.wait()
    died = Happened()
    watch = DeathWatch(asyncio.get_running_loop())
    watch.watch("elsewhere", "another/machine/pid", process.pid, lambda: died.add("elsewhere"))
    watch.watch("here", machine_id(), process.pid, lambda: died.add("here"))
    assert await died.wait() == ["here"]
    watch.close()


@pytest.mark.asyncio
async def test_a_listener_loses_a_killed_peer_at_once(tmp_path: Path) -> None:
    from switchroom.bus import Listener, Timing

    joined, lost = Happened(), Happened()
    endpoint = f"ipc://{tmp_path}/bus"
    patient = Timing(heartbeat_s=1.0, suspect_s=30.0, lost_s=60.0, lease_s=0.5)
    listener = Listener(
        asyncio.get_running_loop(),
        bind=[endpoint],
        name="f1",
        timing=patient,
        on_joined=lambda peer: joined.add(peer.name),
        on_message=lambda peer, envelope: None,
        on_suspect=lambda peer, is_suspect: None,
        on_lost=lambda peer, reason: lost.add((peer.name, reason)),
    )
    listener.start()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DIALS, endpoint)
    try:
        await joined.wait()
        process.kill()
        assert await lost.wait() == [("w1", "died")]
    finally:
        await process.wait()
        await listener.close()
