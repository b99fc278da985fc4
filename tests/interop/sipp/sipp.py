"""Run SIPp: one process plays one scenario for one call."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ADDRESS = "127.0.0.2"
"""Where SIPp is: no exchange under test binds ports there."""


@dataclass
class Sipp:
    """A SIPp that plays *scenario*; ``finish`` says whether everything went as written there."""

    scenario: str
    process: subprocess.Popen[str]
    folder: Path

    @classmethod
    def start(
        cls,
        scenario: str,
        folder: Path,
        exchange: tuple[str, int],
        port: int,
        *,
        number: str = "",
        keys: Mapping[str, str] | None = None,
        every_message: bool = False,
        timeout_s: int = 20,
    ) -> Sipp:
        """Begin, from ADDRESS:*port*.

        *keys* are words in brackets of the scenario. With *every_message* repetitions are messages like others, so
        that the scenario counts them; else SIPp passes over them.
        """
        folder = folder / scenario
        folder.mkdir()
        command = [
            "sipp", f"{exchange[0]}:{exchange[1]}", "-sf", str(HERE / f"{scenario}.xml"), "-s", number or "sipp",
            "-i", ADDRESS, "-p", str(port), "-m", "1", "-nostdin", "-timeout", str(timeout_s), "-timeout_error",
            "-trace_err", "-error_file", str(folder / "errors"),
            "-trace_msg", "-message_file", str(folder / "messages"),
        ]  # fmt: skip
        for key, value in (keys or {}).items():
            command += ["-key", key, value]
        if every_message:
            command.append("-nr")
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return cls(scenario, process, folder)

    def finish(self, timeout_s: float = 30) -> None:
        """Wait for its end; a scenario that did not go as written is told with its messages."""
        output, _ = self.process.communicate(timeout=timeout_s)
        if self.process.returncode == 0:
            return
        told = [f"{self.scenario}: SIPp ended with {self.process.returncode}", output[-2000:]]
        told += [path.read_text(errors="replace")[-12_000:] for path in sorted(self.folder.iterdir())]
        raise AssertionError("\n".join(told))

    def wait_for_message(self, pattern: str, timeout_s: float = 5) -> str:
        """The first message, sent or received, that fits *pattern*."""
        deadline = time.monotonic() + timeout_s
        messages = self.folder / "messages"
        while True:
            found = re.search(pattern, messages.read_text() if messages.exists() else "", re.DOTALL)
            if found is not None:
                return found[0]
            assert time.monotonic() < deadline, f"{self.scenario}: no message like {pattern}"
            time.sleep(0.02)

    def kill(self) -> None:
        """However the test ends."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
