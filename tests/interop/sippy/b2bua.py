"""Start and end a b2bua_simple of sippy."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from tests.interop.pjsua import PYTHON
from tests.support.ports import bound_udp_ports, free_port

COMMAND = PYTHON.with_name("b2bua_simple")


class B2bua:
    """Takes calls at its port and passes them on to *to*."""

    def __init__(self, folder: Path, to: tuple[str, int], port: int = 0) -> None:
        self.port = port or free_port()
        self.sip = ("127.0.0.1", self.port)
        self._log = folder / f"b2bua-{self.port}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(COMMAND), "-f", "-l", "127.0.0.1", "-p", str(self.port), "-n", f"{to[0]}:{to[1]}"],
                cwd=folder,
                env={**os.environ, "SIPLOG_BEND": "stderr", "PYTHONPATH": ""},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 15
        while self.port not in bound_udp_ports({self.process.pid}):
            assert self.process.poll() is None, self.told()
            assert time.monotonic() < deadline, self.told()
            time.sleep(0.05)

    def told(self) -> str:
        """Its log, with every message."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """It has no way to end but this."""
        self.process.kill()
        self.process.wait()
