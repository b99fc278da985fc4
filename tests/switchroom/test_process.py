"""How a process begins and ends, seen from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "import sys, asyncio, gc\nfrom switchroom import process\n"
WAITS = HEAD + "async def serve(p):\n  p.ready(port=7)\n  await p.stopping.wait()\n"
TAIL = "sys.exit(process.main('media', serve, {arguments}))\n"


def start(program: str, arguments: list[str] | None = None, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program + TAIL.format(arguments=arguments or [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | env,
    )


def events(text: str) -> list[str]:
    return [json.loads(line)["event"] for line in text.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_order(number: signal.Signals) -> None:
    running = start(WAITS)
    assert running.stdout is not None
    first = json.loads(running.stdout.readline())
    assert (first["event"], first["process"], first["port"], first["pid"]) == (
        "process.ready",
        "media-1",
        7,
        running.pid,
    )
    running.send_signal(number)
    out, err = running.communicate(timeout=20)
    assert (events(out), err, running.returncode) == (["process.stopping", "process.stopped"], "", 0)


def test_a_second_signal_does_not_wait() -> None:
    stuck = HEAD + "async def serve(p):\n  p.ready()\n  await p.stopping.wait()\n  await asyncio.sleep(600)\n"
    running = start(stuck)
    assert running.stdout is not None
    running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 128 + signal.SIGTERM


def test_a_wrong_setting_is_two(tmp_path: Path) -> None:
    file = tmp_path / "switchroom.toml"
    file.write_text("[media]\nportss = [1, 2]\n")
    _, err = (running := start(WAITS, ["--config", str(file)])).communicate(timeout=20)
    assert running.returncode == 2
    assert f"{file}: media.portss: no such key; did you mean ports?" in err


def test_a_taken_address_is_three() -> None:
    taken = HEAD + "async def serve(p):\n  raise OSError(98, 'ipc://x: in use')\n"
    out, _ = (running := start(taken)).communicate(timeout=20)
    assert (events(out), running.returncode) == (["process.failed"], 3)


def test_a_fault_is_one_and_says_where() -> None:
    out, _ = (running := start(HEAD + "async def serve(p):\n  raise KeyError('x')\n")).communicate(timeout=20)
    assert running.returncode == 1
    assert "KeyError" in json.loads(out)["exception"]


def test_start_up_is_frozen_and_arguments_are_passed_on() -> None:
    program = HEAD + (
        "async def serve(p):\n  p.ready()\n"
        "  print([p.arguments, gc.get_freeze_count() > 10000, gc.get_threshold()[0]], flush=True)\n"
    )
    out, _ = start(program, ["a.py", "--reload"]).communicate(timeout=20)
    assert "[['a.py', '--reload'], True, 2500]" in out
