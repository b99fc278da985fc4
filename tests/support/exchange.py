"""The real process set on ports and folders of its own, for one test module.

    with Exchange() as exchange:          # ready when it returns: every process has joined the frontend
        phone = Phone(exchange.sip, "1001", "secret1001")
        ...
        await exchange.settled()          # nothing of any call is left

T1 is short, so that what waits 64 × T1 for late messages is gone 2 s after a call.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from switchroom.bus import Dialler
from switchroom.errors import BusError
from switchroom.v1.common_pb2 import ROLE_TOOL
from switchroom.v1.envelope_pb2 import Envelope, Hello, Status
from tests.support.ports import free_block, free_port

ROOT = Path(__file__).resolve().parents[2]
READY_S = 45.0
SETTLED_S = 12.0
STOP_S = 5.0
# What must be 0 once every call has ended.
_HELD = ("calls", "dialogs", "runs", "channels", "transactions.server_transactions", "transactions.client_transactions")
# Runs what comes after the name of a host under that name, as the same process.
_MACHINE = ["unshare", "--uts", "sh", "-c", 'echo "$0" > /proc/sys/kernel/hostname && exec "$@"']

Settings = Mapping[str, Mapping[str, Any]]


class Exchange:
    """One frontend, one registrar, one media worker, *call_workers* call workers, each a process of its own.

    *settings* are merged over the configuration, by section; *trunks* come after the one called carrier,
    *domain* takes the place of the default one. The media workers in *machines* say that they are on a machine of
    their own, which has that address.
    """

    def __init__(
        self,
        *,
        call_workers: int = 2,
        media_workers: int = 1,
        settings: Settings | None = None,
        scripts: list[Path] | None = None,
        trunks: Sequence[Mapping[str, Any]] = (),
        domain: Mapping[str, Any] | None = None,
        rtp_ports: int = 400,
        port: int = 0,
        machines: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sw-"))  # short: a path of a unix socket has 107 characters
        self.var = self.folder / "var"
        self.port = port or free_port()
        self.sip = ("127.0.0.1", self.port)
        self.trunk = ("127.0.0.1", free_port())
        self.endpoint = f"ipc://{self.var}/bus/frontend-1"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.expected_errors: set[str] = set()
        self.judge_logs = True
        self._machines = machines or {}
        self._blocks = [free_block(rtp_ports) for _ in range(media_workers)]
        self._modules = {"registrar-1": "registrar", "frontend-1": "sip_frontend"}
        self._modules |= {f"media-{number + 1}": "media_workers" for number in range(media_workers)}
        self._modules |= {f"worker-{number + 1}": "call_workers" for number in range(call_workers)}
        self.config = self.folder / "switchroom.toml"
        self._write_config(settings or {}, scripts or [ROOT / "examples" / "exchange" / "app.py"], trunks, domain)

    @property
    def rtp_block(self) -> tuple[int, int]:
        """First and one past the last RTP port of media-1."""
        return self._blocks[0]

    # -- life --------------------------------------------------------------------------------------------------

    def __enter__(self) -> Exchange:
        try:
            for name in self._modules:
                self.start(name)
            asyncio.run(self.ready())
        except BaseException:
            self._kill_all()
            print(self.tail())
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.stop()
            if kind is None and self.judge_logs:
                self.assert_clean_logs()
        finally:
            self._kill_all()
            if kind is None:
                shutil.rmtree(self.folder)

    def start(self, name: str) -> None:
        """Start one process, again if it had ended."""
        module = self._modules[name]
        section = {
            "sip_frontend": "FRONTEND",
            "media_workers": "MEDIA",
            "call_workers": "WORKER",
            "registrar": "REGISTRAR",
        }
        env = {key: value for key, value in os.environ.items() if not key.startswith("SWITCHROOM_")}
        env[f"SWITCHROOM_{section[module]}__NAME"] = name
        if module == "media_workers":
            first, end = self._blocks[int(name.rpartition("-")[2]) - 1]
            env["SWITCHROOM_MEDIA__PORTS"] = f"[{first}, {end - 1}]"
        command = [sys.executable, "-m", module, "--config", str(self.config)]
        if name in self._machines:
            env["SWITCHROOM_MEDIA__ADDRESS"] = self._machines[name]
            command = [*_MACHINE, name, *command]
        with (self.var / "log" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=self.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; after SIGKILL and SIGTERM wait for the end."""
        process = self.running[name]
        process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            process.wait(STOP_S)
            del self.running[name]

    def stop(self) -> None:
        """SIGTERM to all; each must end by itself, with status 0."""
        for process in self.running.values():
            process.terminate()
        for name, process in list(self.running.items()):
            status = process.wait(STOP_S)
            assert status == 0, f"{name} ended with {status}\n{self.tail()}"
            del self.running[name]

    def _kill_all(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    # -- what it says ------------------------------------------------------------------------------------------

    async def status(self, timeout_s: float = 3.0) -> Status:
        """The frontend's status, those of its peers inside, as ``switchroom status`` asks for it."""
        loop = asyncio.get_running_loop()
        dialler = Dialler(
            loop,
            self.endpoint,
            Hello(role=ROLE_TOOL, name=f"tests-{os.getpid()}-{time.monotonic_ns()}", version="tests"),
            on_welcome=lambda *_: None,
            on_message=lambda *_: None,
            on_lost=lambda *_: None,
        )
        dialler.start()
        try:
            await dialler.wait_joined(timeout_s)
            request = Envelope()
            request.status_request.SetInParent()
            return (await dialler.ask(request, timeout_s)).status
        finally:
            await dialler.close()

    async def ready(self, names: set[str] | None = None) -> None:
        """Wait until every process, or those named, has joined the frontend."""
        wanted = (names or set(self.running)) - {"frontend-1"}
        deadline = time.monotonic() + READY_S
        while True:
            self._assert_running()
            try:
                status = await self.status(1.0)
                if wanted <= {peer.name for peer in status.peers if not peer.values.get("silent")}:
                    return
            except BusError:
                pass  # not there yet
            assert time.monotonic() < deadline, f"not ready in {READY_S:.0f} s\n{self.tail()}"
            await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Assert that no call, dialog, run, channel or transaction is left, once late messages are waited for."""
        deadline = time.monotonic() + SETTLED_S
        while True:
            held = await self.held()
            if not held:
                return
            assert time.monotonic() < deadline, f"left behind: {held}\n{self.tail()}"
            await asyncio.sleep(0.1)

    async def held(self) -> dict[str, float]:
        """What is held for calls at the moment, by process and name."""
        status = await self.status()
        return {
            f"{each.name} {name}": each.values[name]
            for each in (status, *status.peers)
            for name in _HELD
            if each.values.get(name)
        }

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The log of one process."""
        text = (self.var / "log" / f"{name}.log").read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    async def logged(self, event: str, name: str = "", timeout_s: float = 5.0, **keys: object) -> dict[str, Any]:
        """Wait for a log line with this event and these keys, of one process or of any."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for each in [name] if name else self._modules:
                for line in self.lines(each):
                    if line.get("event") == event and all(line.get(key) == value for key, value in keys.items()):
                        return line
            await asyncio.sleep(0.02)
        raise AssertionError(f"no {event} {keys} in the log of {name or 'any process'}\n{self.tail()}")

    def assert_clean_logs(self) -> None:
        """No line of level error, no traceback, no panic, but what the test expects."""
        for path in sorted((self.var / "log").glob("*.log")):
            for text in path.read_text().splitlines():
                if text.startswith("{"):
                    line = json.loads(text)
                    fault = line.get("level") in ("error", "critical") and line.get("event") not in self.expected_errors
                else:
                    fault = bool(text.strip())
                assert not fault, f"{path.name}: {text}\n{self.tail(40)}"

    def tail(self, count: int = 15) -> str:
        """The last lines of every log, for a failure's report."""
        logs = sorted((self.var / "log").glob("*.log"))
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-count:]) for path in logs
        )

    # -- pieces ------------------------------------------------------------------------------------------------

    def _assert_running(self) -> None:
        for name, process in self.running.items():
            assert process.poll() is None, f"{name} ended with {process.returncode}\n{self.tail()}"

    def _write_config(
        self,
        settings: Settings,
        scripts: list[Path],
        trunks: Sequence[Mapping[str, Any]],
        domain: Mapping[str, Any] | None,
    ) -> None:
        here = f"127.0.0.1:{self.port}"
        sections: dict[str, dict[str, Any]] = {
            "bus": {"frontends": [self.endpoint]},
            "frontend": {
                "bus": [self.endpoint],
                "events": [f"{self.endpoint}.events"],
                "udp": [here],
                "tcp": [here],
                "tls": [],
                "ws": [],
                "wss": [],
                "t1_ms": 30,
                "t2_ms": 240,
                "t4_ms": 300,
            },
            "media": {"prompts": str(ROOT / "examples" / "exchange" / "prompts"), "threads": 1},
            "registrar": {"users": str(ROOT / "examples" / "exchange" / "users.toml"), "min_expires_s": 1},
            "worker": {"scripts": [str(script) for script in scripts]},
            "log": {"format": "json"},
        }
        for name, values in settings.items():
            sections.setdefault(name, {}).update(values)
        lines = []
        for name, values in sections.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]
        carrier = {"name": "carrier", "peers": [f"{self.trunk[0]}:{self.trunk[1]}"]}
        for trunk in (carrier, *trunks):
            lines += ["[[trunk]]", *(f"{key} = {json.dumps(value)}" for key, value in trunk.items()), ""]
        if domain:
            lines += ["[[domain]]", *(f"{key} = {json.dumps(value)}" for key, value in domain.items()), ""]
        (self.var / "log").mkdir(parents=True)
        self.config.write_text("\n".join(lines) + "\n")
