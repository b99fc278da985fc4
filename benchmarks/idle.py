"""Memory and CPU of each process that has nothing to do, and how long from `make run` to the first answered call."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.processes import memory_mb, usage
from benchmarks.report import Result
from benchmarks.running import pids, pinned
from benchmarks.sip import Packet, authorization, find
from tests.support.exchange import ROOT
from tests.support.ports import free_block, free_port

QUIET_S = 10
REPEATS = 3


def measure(quick: bool) -> Result:
    """Memory after a while without work; start-up is the median of three."""
    result = Result("idle", "memory and CPU of idle processes; from `make run` to the first answered call")
    with pinned() as exchange:
        time.sleep(2)  # what starting up left to do is over; nothing tells it
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
    """`make run` on ports of its own, and calls until one is answered."""
    port = free_port()
    first, end = free_block(1_600)
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
    """When 600 has answered user 1001; asked again until it does."""
    while time.monotonic() - began < 30:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.bind(("127.0.0.1", 0))
            line.connect(("127.0.0.1", port))
            line.settimeout(0.5)
            try:
                if _is_answered(line, port):
                    return time.monotonic() - began
            except (TimeoutError, ConnectionRefusedError):
                pass
        time.sleep(0.02)  # nothing can be awaited of a process that does not listen yet
    raise RuntimeError(f"no call was answered in 30 s:\n{log.read_text()}")


def _is_answered(line: socket.socket, port: int) -> bool:
    """One call: challenged, answered, hung up."""
    packet = Packet(line.getsockname(), ("127.0.0.1", port))
    uri, call_id = f"sip:600@127.0.0.1:{port}", uuid.uuid4().hex
    line.send(packet.invite(uri, call_id, user="1001"))
    refusal = _final(line)
    line.send(packet.request("ACK", uri, call_id, 1, to=find(refusal, "To"), user="1001"))
    if not refusal.startswith("SIP/2.0 407"):
        return False
    credentials = authorization(find(refusal, "Proxy-Authenticate"), "1001", "secret1001", "INVITE", uri)
    line.send(packet.invite(uri, call_id, user="1001", cseq=2, extra=f"Proxy-Authorization: {credentials}\r\n"))
    answer = _final(line)
    if not answer.startswith("SIP/2.0 200"):
        return False
    for method, cseq in (("ACK", 2), ("BYE", 3)):
        line.send(packet.request(method, uri, call_id, cseq, to=find(answer, "To"), user="1001"))
    return True


def _final(line: socket.socket) -> str:
    while True:
        text = line.recv(65_536).decode()
        if int(text[8:11]) >= 200:
            return text
