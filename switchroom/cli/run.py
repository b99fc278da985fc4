"""`switchroom run`: supervisord in the foreground, looked after from first check to last socket."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from switchroom.cli.asking import ask_status
from switchroom.cli.ports import taken_of, wanted_by
from switchroom.cli.welcome import welcome
from switchroom.config import ENV_FILE, Config, find_file, load_config
from switchroom.errors import ConfigError
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER, ROLE_MEDIA_WORKER, ROLE_REGISTRAR
from switchroom.v1.envelope_pb2 import Status

# Where the clone is: deploy/ and examples/ are beside the package.
ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "exchange" / "switchroom.toml"
SUPERVISE = ROOT / "deploy" / "supervise.py"
LOGS = Path("var/log")

# Six processes start within two seconds on an idle machine; on a busy one it may take many times that.
READY_S = 60.0
# After Ctrl-C: what is not gone by then is killed. Three seconds are promised for all of it.
GRACE_S = 2.5
_NEEDED = {ROLE_REGISTRAR: "registrar", ROLE_MEDIA_WORKER: "media worker", ROLE_CALL_WORKER: "call worker"}


def run_exchange(path: Path | None) -> int:
    """Run until Ctrl-C or SIGTERM; the exit status."""
    file = find_file(path, os.environ)
    if file is None and DEMO.exists():
        os.chdir(ROOT)  # its paths are the clone's
        file = DEMO.relative_to(ROOT)
    config = load_config(file, os.environ)
    if not SUPERVISE.exists():
        raise ConfigError(str(SUPERVISE), "the file", "is missing: `switchroom run` wants a clone of the project")
    if complaints := [str(taken) for taken in map(taken_of, wanted_by(config)) if taken is not None]:
        print("\n".join(complaints), file=sys.stderr)
        return 3
    LOGS.mkdir(parents=True, exist_ok=True)
    return _Run(config, file).until_stopped()


class _Run:
    """One life of the process set."""

    def __init__(self, config: Config, file: Path | None) -> None:
        self._config = config
        self._file = file
        self._stopping = False
        self._stop_by = 0.0
        env = os.environ | ({ENV_FILE: str(file)} if file is not None else {})
        self._started_at = time.monotonic()
        # A session of its own: Ctrl-C reaches the set once, through us, and not every process of it by itself.
        self._supervisor = subprocess.Popen([sys.executable, str(SUPERVISE)], env=env, start_new_session=True)

    def until_stopped(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._welcome()
            while self._supervisor.poll() is None:
                self._wait()
        finally:
            self._clean_up()
        if self._stopping:
            return 0
        print(f"supervisord ended by itself with status {self._supervisor.returncode}", file=sys.stderr)
        return 1

    def _welcome(self) -> None:
        """Wait until every kind of process has joined the first frontend, then print the screen."""
        missing = "frontend"
        while not self._stopping and self._supervisor.poll() is None:
            missing = asyncio.run(_missing(self._config))
            if not missing:
                print(welcome(self._config, self._file, time.monotonic() - self._started_at), flush=True)
                return
            if time.monotonic() - self._started_at > READY_S:
                print(f"no {missing} after {READY_S:.0f} s; the last lines of its log:", file=sys.stderr)
                print(_last_words(), file=sys.stderr)
                return

    def _wait(self) -> None:
        left_s = max(self._stop_by - time.monotonic(), 0.0) if self._stopping else 1.0
        try:
            self._supervisor.wait(max(left_s, 0.05))
        except subprocess.TimeoutExpired:
            if self._stopping and time.monotonic() >= self._stop_by:
                self._kill()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            self._stop_by = time.monotonic() + GRACE_S
            if self._supervisor.poll() is None:
                self._supervisor.send_signal(signal.SIGTERM)
        else:
            self._stop_by = time.monotonic()

    def _kill(self) -> None:
        for pid in _descendants(self._supervisor.pid):
            _signal(pid, signal.SIGKILL)
        self._supervisor.kill()

    def _clean_up(self) -> None:
        """Nothing stays behind: no process, no socket."""
        if self._supervisor.poll() is None:
            self._kill()
        self._supervisor.wait()
        for endpoint in (*self._config.frontend.bus, *self._config.frontend.events):
            if endpoint.startswith("ipc://"):
                Path(endpoint.removeprefix("ipc://")).unlink(missing_ok=True)
        Path("var/supervisord.pid").unlink(missing_ok=True)


async def _missing(config: Config) -> str:
    """The kind of process that is not there yet; empty when all are."""
    status = await ask_status(config, config.bus.frontends[0], join_s=0.5)
    if not isinstance(status, Status):
        return "frontend"
    there = {peer.role for peer in status.peers if "silent" not in peer.values}
    return next((name for role, name in _NEEDED.items() if role not in there), "")


def _descendants(pid: int) -> list[int]:
    """Children and theirs, from /proc; empty where there is none."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            found += [int(child), *_descendants(int(child))]
    return found


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it went by itself


def _last_words() -> str:
    """The last line of every log of a process."""
    words = []
    for file in sorted(LOGS.glob("*.log")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        words.append(f"  {file}: {lines[-1] if lines else '(empty)'}")
    return "\n".join(words) or f"  (no logs in {LOGS})"
