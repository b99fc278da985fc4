"""`switchroom run` from start to Ctrl-C: the screen, a call, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_block, free_port

ROOT = Path(__file__).resolve().parents[2]
CODE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from switchroom.cli import main; main()"
ENDS_WITHIN_S = 3.0


def settings(port: int, first_rtp: int, last_rtp: int) -> str:
    return f"""
[frontend]
udp = ["127.0.0.1:{port}"]
tcp = ["127.0.0.1:{port}"]
tls = []
ws = []
wss = []
[media]
ports = [{first_rtp}, {last_rtp}]
prompts = "{ROOT}/examples/exchange/prompts"
[worker]
scripts = ["{ROOT}/examples/exchange/app.py"]
[registrar]
users = "{ROOT}/examples/exchange/users.toml"
"""


class Runner:
    """`switchroom` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        first, last = free_block(400)
        (folder / "switchroom.toml").write_text(settings(self.port, first, last - 1))
        self.env = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, "run"],
            cwd=folder, env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.screen: list[str] = []
        self.up = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.screen.append(line.rstrip())
            if "Ctrl-C ends it" in line:
                self.up.set()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", CODE, *arguments],
            cwd=self.folder, env=self.env, text=True, capture_output=True, timeout=60,
        )  # fmt: skip

    def alive(self) -> list[str]:
        """Processes whose working directory is ours."""
        found = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdecimal() and (process / "cwd").readlink() == self.folder:
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
        return found


@pytest.fixture
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    started = Runner(tmp_path_factory.mktemp("run"))
    try:
        assert started.up.wait(40), "\n".join(started.screen)
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def test_from_the_screen_to_ctrl_c(runner: Runner) -> None:
    screen = "\n".join(runner.screen)
    assert f"UDP 127.0.0.1:{runner.port}" in screen
    assert "1001 to 1010" in screen
    target = f"sip:600@127.0.0.1:{runner.port}"
    assert f"call {target}" in screen

    called = runner.command("call", target)
    assert called.returncode == 0, called.stdout
    assert "echo heard: 1000 Hz" in called.stdout

    asked = runner.command("status")
    assert asked.returncode == 0
    for name in ("frontend-1", "media-1", "registrar-1", "worker-1", "worker-2"):
        assert name in asked.stdout

    again = runner.command("run")
    assert again.returncode == 3
    assert f"UDP port {runner.port} on 127.0.0.1 is taken by" in again.stderr

    began = time.monotonic()
    runner.process.send_signal(signal.SIGINT)
    assert runner.process.wait(10) == 0
    assert time.monotonic() - began < ENDS_WITHIN_S
    assert runner.alive() == []
    assert list((runner.folder / "var" / "bus").iterdir()) == []


def test_a_process_that_does_not_stop_is_ended(runner: Runner) -> None:
    asked = runner.command("status", "--json")
    frozen = int(asked.stdout.partition('"name": "media-1"')[2].partition('"pid": ')[2].partition(",")[0])
    os.kill(frozen, signal.SIGSTOP)
    began = time.monotonic()
    runner.process.send_signal(signal.SIGTERM)
    assert runner.process.wait(10) == 0
    assert time.monotonic() - began < ENDS_WITHIN_S
    assert runner.alive() == []
