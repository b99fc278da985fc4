"""The process: python -m call_workers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from switchroom.v1.call_pb2 import Ended
from tests.call_workers.frontend import Frontend
from tests.call_workers.scripts import activation, event, invited, kinds

pytestmark = pytest.mark.asyncio

ROOT = Path(__file__).parents[2]
SCRIPT = """
from call_workers import Call, CallWorker
worker = CallWorker()
@worker.call
async def script(call: Call) -> None:
    await call.{verb}()
    await call.wait_for_hangup()
"""


@contextlib.asynccontextmanager
async def process(tmp_path: Path, *arguments: str, name: str = "w9") -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SWITCHROOM_BUS__FRONTENDS": f"ipc://{tmp_path}/bus",
        "SWITCHROOM_WORKER__NAME": name,
    }
    made = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "call_workers",
        *arguments,
        env=environment,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield made
    finally:
        if made.returncode is None:
            made.terminate()
            async with asyncio.timeout(15):
                await made.communicate()


def write(tmp_path: Path, verb: str) -> str:
    file = tmp_path / "script.py"
    file.write_text(SCRIPT.format(verb=verb))
    return str(file)


async def test_a_worker_takes_calls_and_leaves_on_sigterm(tmp_path: Path) -> None:
    async with Frontend(f"ipc://{tmp_path}/bus") as frontend, process(tmp_path, write(tmp_path, "ring")) as worker:
        peer = await frontend.joined("w9")
        decision = await frontend.activate(peer, activation(invited()))
        assert kinds(decision.commands) == ["ring"]
        worker.send_signal(signal.SIGTERM)
        await frontend.until(lambda: peer.draining)
        assert kinds((await frontend.activate(peer, activation(event(2, ended=Ended())))).commands) == ["finish"]
        async with asyncio.timeout(10):
            output, _ = await worker.communicate()
        assert worker.returncode == 0, output.decode()
        assert frontend.left == ["w9 goodbye"]
        assert '"error"' not in output.decode()


async def test_workers_that_nobody_named_live_side_by_side(tmp_path: Path) -> None:
    script = write(tmp_path, "ring")
    async with (
        Frontend(f"ipc://{tmp_path}/bus") as frontend,
        process(tmp_path, script, name="") as one,
        process(tmp_path, script, name="") as other,
    ):
        for worker in (one, other):
            await frontend.joined(f"worker-{socket.gethostname()}-{worker.pid}")
        assert not frontend.left


async def test_help_names_what_it_takes(tmp_path: Path) -> None:
    async with process(tmp_path, "--help") as worker:
        output, _ = await worker.communicate()
    assert worker.returncode == 0
    assert "[--reload] [SCRIPT ...]" in output.decode()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "there is no such file"),
        ("x = 1\n", "write: worker = CallWorker()"),
        ("raise KeyError('oops')\n", "oops"),
    ],
)
async def test_a_script_that_cannot_be_loaded_is_named(tmp_path: Path, text: str | None, complaint: str) -> None:
    file = tmp_path / "script.py"
    if text is not None:
        file.write_text(text)
    async with process(tmp_path, str(file)) as worker:
        async with asyncio.timeout(15):
            output, _ = await worker.communicate()
        assert worker.returncode == 2
        assert complaint in output.decode()
        assert "script.py" in output.decode()


async def test_reload_starts_anew_when_a_file_changes(tmp_path: Path) -> None:
    async with Frontend(f"ipc://{tmp_path}/bus") as frontend:
        async with process(tmp_path, "--reload", write(tmp_path, "ring")):
            first = await frontend.joined("w9")
            assert kinds((await frontend.activate(first, activation(invited()))).commands) == ["ring"]
            write(tmp_path, "answer")
            await frontend.until(lambda: len(frontend.peers) == 2)
            decision = await frontend.activate(frontend.peers[1], activation(invited(), lease=2))
            assert kinds(decision.commands) == ["answer"]
        await frontend.until(lambda: len(frontend.left) == 2)
