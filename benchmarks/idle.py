"""Memory and CPU of each process that has nothing to do, and how long from `make run` to the first answered call."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.processes import memory_mb, usage
from benchmarks.report import Result
from benchmarks.running import pids, pinned
from tests.support.exchange import ROOT
from tests.support.ports import free_block, free_port

QUIET_S = 10
REPEATS = 3


def measure(quick: bool) -> Result:
    """Memory after a while without work; start-up is the median of three."""
    result = Result("idle", "memory and CPU of idle processes; from `make run` to the first answered call")
    with pinned() as exchange:
        time.sleep(2)
        before = usage(pids(exchange))
        time.sleep(QUIET_S)
        after = usage(pids(exchange))
        for name, pid in pids(exchange).items():
            cpu = 100 * (after.by_name[name] - before.by_name[name]) / QUIET_S
            result.add(
                name, {**{f"{key}_mb": value for key, value in memory_mb(pid).items()}, "cpu_percent": round(cpu, 2)}
            )
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    runs = [start_up() for _ in range(1 if quick else REPEATS)]
    result.add("make run", {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]})
    return result


def start_up() -> dict[str, float]:
    """`make run` on ports of its own; then INVITEs without credentials until the script answers with its challenge."""
    port = free_port()
    first, end = free_block(200)
    with tempfile.TemporaryDirectory(prefix="sw-") as name:
        endpoint = f"ipc://{name}/frontend"
        env = os.environ | {
            "SWITCHROOM_FRONTEND__UDP": f"127.0.0.1:{port}",
            "SWITCHROOM_FRONTEND__TCP": f"127.0.0.1:{port}",
            "SWITCHROOM_FRONTEND__TLS": "[]",
            "SWITCHROOM_FRONTEND__WS": "[]",
            "SWITCHROOM_FRONTEND__WSS": "[]",
            "SWITCHROOM_FRONTEND__BUS": endpoint,
            "SWITCHROOM_FRONTEND__EVENTS": f"{endpoint}.events",
            "SWITCHROOM_BUS__FRONTENDS": endpoint,
            "SWITCHROOM_REGISTRAR__STORE": f"sqlite:{name}/registrar.sqlite",
            "SWITCHROOM_MEDIA__PORTS": f"[{first}, {end - 1}]",
        }
        log = Path(name) / "make.log"
        began = time.monotonic()
        with log.open("wb") as output:
            run = subprocess.Popen(
                ["make", "run"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            took = _first_answer(port, began, log)
        finally:
            stopping = time.monotonic()
            os.killpg(run.pid, signal.SIGINT)
            run.wait(10)
        return {"first_call_s": took, "stopped_s": time.monotonic() - stopping}


def _first_answer(port: int, began: float, log: Path) -> float:
    """When `switchroom call` tells that 600 has answered, in the first call that ends well."""
    command = [str(ROOT / ".venv/bin/switchroom"), "call", f"sip:600@127.0.0.1:{port}", "--duration", "1"]
    while time.monotonic() - began < 30:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("127.0.0.1", port))
            probe.settimeout(0.02)
            try:
                probe.send(_options(port, probe.getsockname()[1]))
                probe.recv(4096)
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.02)
                continue
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as call:
            assert call.stdout
            answered = next((time.monotonic() for line in call.stdout if line.startswith("answered")), None)
            call.stdout.read()
        if call.returncode == 0 and answered:
            return answered - began
    raise RuntimeError(f"no call was answered in 30 s:\n{log.read_text()}")


def _options(port: int, mine: int) -> bytes:
    unique = time.monotonic_ns()
    return (
        f"OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{mine};branch=z9hG4bK{unique}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:bench@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {unique}\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()
