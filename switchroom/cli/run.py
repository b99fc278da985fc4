"""`switchroom run`: supervisord in the foreground, looked after from first check to last socket."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from switchroom.cli.here import missing_here
from switchroom.cli.ports import taken_of, wanted_by
from switchroom.cli.rtp_ports import rtp_complaint, rtp_notice, taken_rtp
from switchroom.cli.welcome import welcome
from switchroom.config import ENV_FILE, Config, find_file, load_config
from switchroom.errors import ConfigError

# Where the clone is: deploy/ and examples/ are beside the package.
ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "exchange" / "switchroom.toml"
SUPERVISE = ROOT / "deploy" / "supervise.py"
LOGS = Path("var/log")

# Six processes start within two seconds on an idle machine; on a busy one it may take many times that.
READY_S = 60.0
# After Ctrl-C: what is not gone by then is killed. Three seconds are promised for all of it.
GRACE_S = 2.5


def run_exchange(path: Path | None) -> int:
    """Run until Ctrl-C or SIGTERM; the exit status."""
    file = find_file(path, os.environ)
    if file is None and DEMO.exists():
        os.chdir(ROOT)  # its paths are the clone's
        file = DEMO.relative_to(ROOT)
    config = load_config(file, os.environ)
    if not SUPERVISE.exists():
        raise ConfigError(str(SUPERVISE), "the file", "is missing: `switchroom run` wants a clone of the project")
    if error := next(missing_here(config, str(file or "built-in defaults")), None):
        raise error
    complaints = [str(taken) for taken in map(taken_of, wanted_by(config)) if taken is not None]
    rtp = taken_rtp(config.media)
    if complaint := rtp_complaint(config.media, rtp):
        complaints.append(complaint)
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
        return 3
    LOGS.mkdir(parents=True, exist_ok=True)
    return _Run(config, file, rtp_notice(rtp)).until_stopped()


class _Run:
    """One life of the process set."""

    def __init__(self, config: Config, file: Path | None, rtp_notice: str) -> None:
        self._config = config
        self._file = file
        self._rtp_notice = rtp_notice
        self._stopping = False
        self._stop_by = 0.0
        env = os.environ | ({ENV_FILE: str(file)} if file is not None else {})
        self._started_at = time.monotonic()
        self._tell: Callable[[int], None] = lambda _: None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        # A session of its own: Ctrl-C reaches the set once, through us, and not every process of it by itself.
        self._supervisor = subprocess.Popen([sys.executable, str(SUPERVISE)], env=env, start_new_session=True)
        self._tell = self._supervisor.send_signal
        if self._stopping:  # there was nobody to tell it yet
            self._tell(signal.SIGTERM)

    def until_stopped(self) -> int:
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
        from switchroom.cli.readiness import missing_after  # the bus is loaded while the processes start

        missing = asyncio.run(missing_after(self._config, READY_S, self._is_over))
        if not missing:
            ready_s = time.monotonic() - self._started_at
            print(welcome(self._config, self._file, ready_s, self._rtp_notice), flush=True)
        elif not self._is_over():
            print(f"no {missing} after {READY_S:.0f} s; the last lines of its log:", file=sys.stderr)
            print(_last_words(), file=sys.stderr)

    def _is_over(self) -> bool:
        return self._stopping or self._supervisor.poll() is not None

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
            self._tell(signal.SIGTERM)
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
