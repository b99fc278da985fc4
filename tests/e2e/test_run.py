"""``switchroom run`` and ``switchroom call``, as a newcomer uses them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exchange import Exchange
from tests.support.users import phone

pytestmark = pytest.mark.timeout(120)
SWITCHROOM = Path(sys.executable).with_name("switchroom")


def _run(exchange: Exchange, rtp_ports: int = 0) -> subprocess.Popen[str]:
    first, end = exchange.rtp_block
    end = first + rtp_ports if rtp_ports else end
    return subprocess.Popen(
        [str(SWITCHROOM), "run", "--config", str(exchange.config)],
        cwd=exchange.folder,
        env=os.environ | {"SWITCHROOM_MEDIA__PORTS": f"[{first}, {end - 1}]"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _read_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout
    seen = ""
    for line in process.stdout:
        seen += line
        if word in line:
            return seen
    raise AssertionError(f"ended without {word!r}:\n{seen}")


def _of_session(folder: Path) -> list[int]:
    """Processes whose working directory is the exchange's."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture
def prepared() -> Iterator[Exchange]:
    """Configuration, ports and a folder; nothing runs yet, and at the end nothing may run any more."""
    exchange = Exchange()
    yield exchange
    for pid in _of_session(exchange.folder):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(exchange.folder)


def _call(exchange: Exchange, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(SWITCHROOM), "call", f"sip:600@127.0.0.1:{exchange.port}", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=exchange.folder)


def test_run_prints_the_screen_takes_a_call_and_leaves_nothing(prepared: Exchange) -> None:
    run = _run(prepared)
    try:
        _read_until(run, "600")
        call = _call(prepared)
        assert call.returncode == 0, call.stdout + call.stderr
        assert "1000 Hz" in call.stdout
        refused = subprocess.run(
            [str(SWITCHROOM), "call", f"sip:4711@127.0.0.1:{prepared.port}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=prepared.folder,
        )
        assert refused.returncode == 1
        assert "404" in refused.stdout + refused.stderr
    finally:
        stopping = time.monotonic()
        run.send_signal(signal.SIGINT)
        run.wait(10)
    assert time.monotonic() - stopping < 3
    assert run.returncode == 0
    assert not _of_session(prepared.folder)
    assert not [path for path in prepared.var.rglob("*") if path.is_socket()]
    prepared.assert_clean_logs()


@pytest.mark.covers("ND-014")
def test_it_stops_at_once_though_calls_are_there(prepared: Exchange) -> None:
    """The media worker has nothing to wait for: the frontend stops before it and ends them."""

    async def stop_during_a_call() -> float:
        async with phone(prepared, "1001") as caller:
            call = await caller.answered_call("600")
            since = time.monotonic()
            run.send_signal(signal.SIGINT)
            await call.ended()
            return since

    run = _run(prepared)
    try:
        _read_until(run, "600")
        asyncio.run(prepared.ready({"registrar-1", "media-1", "worker-1"}))
        since = asyncio.run(stop_during_a_call())
        assert run.wait(10) == 0
    finally:
        run.kill()
    assert time.monotonic() - since < 6
    assert "process.stopped" in [line["event"] for line in prepared.lines("media-1")]


def test_run_says_who_holds_the_port(prepared: Exchange) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(prepared.sip)
        run = _run(prepared)
        output, _ = run.communicate(timeout=30)
    assert run.returncode != 0
    assert str(prepared.port) in output
    assert str(os.getpid()) in output
    assert "frontend.udp" in output or "SWITCHROOM_FRONTEND__UDP" in output


def test_run_says_who_holds_the_rtp_ports(prepared: Exchange) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", prepared.rtp_block[0]))
        run = _run(prepared, rtp_ports=4)
        output, _ = run.communicate(timeout=30)
    assert run.returncode == 3
    assert str(prepared.rtp_block[0]) in output
    assert str(os.getpid()) in output
    assert "media.ports (or SWITCHROOM_MEDIA__PORTS)" in output


@pytest.mark.chaos
def test_every_process_is_started_again_after_a_kill(prepared: Exchange) -> None:
    run = _run(prepared)
    try:
        _read_until(run, "600")
        for kind in ("media_workers", "registrar", "call_workers", "sip_frontend"):
            pid = next(
                pid
                for pid in _of_session(prepared.folder)
                if kind in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            )
            os.kill(pid, signal.SIGKILL)
            asyncio.run(_takes_a_call(prepared))
    finally:
        run.send_signal(signal.SIGINT)
        run.wait(10)


async def _takes_a_call(exchange: Exchange) -> None:
    """Sooner or later; how soon is measured elsewhere."""
    async with asyncio.timeout(30):
        while True:
            async with phone(exchange, "1001") as caller:
                try:
                    response = await (await caller.call("600")).final(1.0)
                except TimeoutError:
                    continue
                if response.status == 200:
                    return
            await asyncio.sleep(0.05)
