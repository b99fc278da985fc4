"""Workers in other languages, without the SDK: each leads calls of a real listener."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from switchroom.bus import Peer
from switchroom.v1.call_pb2 import Authenticated, AuthFailed, Ended
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from switchroom.v1.worker_pb2 import Activation, LogEntry
from tests.call_workers.frontend import Frontend
from tests.call_workers.scripts import activation, call_message, event, invited, kinds

ROOT = Path(__file__).parents[2]
WORKERS = ROOT / "examples" / "workers"
COMMANDS = {
    "python": [sys.executable, str(WORKERS / "python" / "echo_worker.py")],
    "node": [shutil.which("node") or "node", str(WORKERS / "node" / "echo_worker.js")],
    "go": [str(WORKERS / "go" / "build" / "echo_worker")],
    "rust": [str(WORKERS / "rust" / "target" / "debug" / "echo_worker")],
}
BUILT = {"node": WORKERS / "node" / "node_modules", "go": Path(COMMANDS["go"][0]), "rust": Path(COMMANDS["rust"][0])}

pytestmark = pytest.mark.asyncio


def _built(language: str) -> bool:
    return language == "python" or (BUILT[language].exists() and shutil.which(COMMANDS[language][0]) is not None)


languages = pytest.mark.parametrize(
    "language",
    [
        pytest.param(
            one, marks=pytest.mark.skipif(not _built(one), reason=f"deploy/build_workers.sh made none in {one}")
        )
        for one in COMMANDS
    ],
)


@contextlib.asynccontextmanager
async def running(language: str, tmp_path: Path) -> AsyncIterator[tuple[Frontend, Peer, asyncio.subprocess.Process]]:
    """The worker's process, joined to a frontend; it is ended whatever happens."""
    async with Frontend(f"ipc://{tmp_path}/bus") as frontend:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = await asyncio.create_subprocess_exec(*COMMANDS[language], frontend.endpoint, env=environment)
        try:
            yield frontend, await frontend.joined(f"echo-{language}"), process
        finally:
            if process.returncode is None:
                process.terminate()
                async with asyncio.timeout(10):
                    await process.wait()


@languages
async def test_echo_of_a_challenged_caller(language: str, tmp_path: Path) -> None:
    async with running(language, tmp_path) as (frontend, peer, _):
        assert peer.hello.role == ROLE_CALL_WORKER
        decision = await frontend.activate(peer, activation(invited(), lease=4))
        assert (decision.run_id, decision.lease, kinds(decision.commands)) == ("r", 4, ["authenticate"])
        decision = await frontend.activate(peer, activation(event(2, authenticated=Authenticated()), lease=4))
        assert kinds(decision.commands) == ["ring", "answer", "echo", "finish"]
        assert [command.command_id for command in decision.commands] == [2, 3, 4, 5]
        assert [command.call_id for command in decision.commands] == ["a", "a", "a", ""]


@languages
async def test_echo_of_a_trunk_takes_one_decision(language: str, tmp_path: Path) -> None:
    async with running(language, tmp_path) as (frontend, peer, _):
        taken = activation(invited(), calls=(call_message(trusted=True),))
        assert kinds((await frontend.activate(peer, taken)).commands) == ["ring", "answer", "echo", "finish"]


@languages
async def test_refusal_leaving_and_take_over(language: str, tmp_path: Path) -> None:
    async with running(language, tmp_path) as (frontend, peer, _):
        log = [LogEntry(event=invited())]
        failed = event(2, auth_failed=AuthFailed(sip_status=403))
        taken = Activation(run_id="r", lease=2, log=log, events=[failed], calls=[call_message()])
        decision = await frontend.activate(peer, taken)
        assert kinds(decision.commands) == ["authenticate", "hangup", "finish"]
        left = Activation(run_id="s", lease=1, events=[invited(), event(2, ended=Ended())], calls=[call_message()])
        assert kinds((await frontend.activate(peer, left)).commands) == ["authenticate", "finish"]


@languages
async def test_it_leaves_with_a_goodbye_and_joins_again_after_silence(language: str, tmp_path: Path) -> None:
    async with running(language, tmp_path) as (frontend, _, process):
        await asyncio.sleep(1.3)  # longer than a silent peer is kept: it has sent heartbeats
        assert frontend.left == []
        process.terminate()
        await frontend.until(lambda: frontend.left)
        assert frontend.left[0].endswith("goodbye")


@languages
async def test_it_joins_a_frontend_that_comes_back(language: str, tmp_path: Path) -> None:
    async with running(language, tmp_path) as (frontend, _, process):
        await frontend.listener.close()
        async with Frontend(frontend.endpoint) as again:
            assert (await again.joined(f"echo-{language}")).name == f"echo-{language}"
            process.terminate()
            await again.until(lambda: again.left)
