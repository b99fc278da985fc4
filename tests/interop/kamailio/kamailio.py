"""Start and end a Kamailio that plays a carrier."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.support.ports import free_port

NETWORK = "127.0.0.2"
"""Address of the phone that stands for the telephone network: one that no exchange under test binds ports of."""
USER, PASSWORD = "account7", "word of account7"
_CONFIG = Path(__file__).with_name("carrier.cfg")
_COMMAND = ["kamailio", "-DD", "-E", "-m", "32", "-M", "4"]
_PING = (
    "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{from_port};branch=z9hG4bKup;rport\r\n"
    "Max-Forwards: 9\r\nFrom: <sip:test@127.0.0.1>;tag=up\r\nTo: <sip:127.0.0.1>\r\nCall-ID: up\r\nCSeq: 1 OPTIONS\r\n"
    "Content-Length: 0\r\n\r\n"
)


class Kamailio:
    """One carrier; *network* is the port of the phone at NETWORK."""

    def __init__(
        self, folder: Path, *, exchange: int, network: int, registered: bool, algorithm: str = "MD5", port: int = 0
    ) -> None:
        self.port = port or free_port()
        self._folder = folder / f"kamailio-{self.port}"
        self._folder.mkdir(exist_ok=True)
        words = {
            "port": self.port,
            "exchange": exchange,
            "network": network,
            "network_host": NETWORK,
            "user": USER,
            "password": PASSWORD,
            "algorithm": algorithm,
        }
        text = _CONFIG.read_text()
        for word, value in words.items():
            text = text.replace(f"@{word}@", str(value))
        config = self._folder / "carrier.cfg"
        config.write_text(text)
        self._log = self._folder / "log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_COMMAND, "-f", str(config), "-Y", str(self._folder), *(["-A", "REGISTERED"] if registered else [])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_up()

    @property
    def address(self) -> str:
        """As trunks are told."""
        return f"127.0.0.1:{self.port}"

    def told(self) -> str:
        """Its log."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """End it and its children."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """As when its machine is switched off."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _wait_up(self) -> None:
        """Until it answers OPTIONS."""
        deadline = time.monotonic() + 10
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            probe.settimeout(0.1)
            while True:
                assert self.process.poll() is None, self.told()
                assert time.monotonic() < deadline, self.told()
                ping = _PING.format(port=self.port, from_port=probe.getsockname()[1])
                with contextlib.suppress(OSError):
                    probe.sendto(ping.encode(), ("127.0.0.1", self.port))
                    if probe.recv(4096).startswith(b"SIP/2.0 200"):
                        return
