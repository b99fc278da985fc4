"""A linphonec phone: configured by a file, driven by what one would type."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

from tests.support.exchange import Exchange
from tests.support.ports import free_block, free_port
from tests.support.wav import read_samples, write_tone

_CONFIG = """\
[sip]
sip_port={sip}
sip_tcp_port=0
sip_tls_port=0
default_proxy=0
register_only_when_network_is_up=0
use_ipv6=0
store_ha1_passwd=0
[rtp]
audio_rtp_port={rtp}
[proxy_0]
reg_proxy=<sip:{host}:{port}>
reg_identity=sip:{user}@{host}
reg_expires=120
reg_sendregister=1
publish=0
[auth_info_0]
username={user}
passwd=secret{user}
realm=pbx.test
[video]
capture=0
display=0
enabled=0
"""


class Linphone:
    """Registers when it starts; ``dial``, ``type``, ``wait_for`` a text that it writes."""

    def __init__(self, exchange: Exchange, folder: Path, user: str, *, tone_hz: float = 440) -> None:
        self.exchange = exchange
        self.folder = folder / f"linphone-{user}"
        (self.folder / ".local" / "share" / "linphone").mkdir(parents=True)
        self.recording = self.folder / "heard.wav"
        said = write_tone(self.folder / "said.wav", tone_hz, 30)
        config = self.folder / "linphonerc"
        host, port = exchange.sip
        rtp, _ = free_block(4)
        config.write_text(_CONFIG.format(sip=free_port(), rtp=rtp, host=host, port=port, user=user))
        self.process = subprocess.Popen(
            ["linphonec", "-c", str(config), "-d", "0"],
            env={**os.environ, "HOME": str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self._told = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        for line in ("soundcard use files", f"play {said}", f"record {self.recording}"):
            self.type(line)

    def type(self, line: str) -> None:
        """One command."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def dial(self, number: str) -> None:
        """Call a number of the exchange."""
        host, port = self.exchange.sip
        self.type(f"call sip:{number}@{host}:{port}")

    def wait_for(self, text: str, timeout_s: float = 15) -> None:
        """Until it has written this; what came before is forgotten."""
        deadline = time.monotonic() + timeout_s
        while text not in self._told:
            assert self.process.poll() is None, self._told
            assert time.monotonic() < deadline, f"linphonec never wrote {text!r}, but:\n{self._told}"
            time.sleep(0.05)
        self._told = self._told.partition(text)[2]

    def heard(self) -> list[int]:
        """Samples of its recording."""
        return read_samples(self.recording)

    def close(self) -> None:
        """Quit."""
        if self.process.poll() is None:
            self.type("quit")
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(2)
        shutil.rmtree(self.folder / ".local", ignore_errors=True)

    def _read(self) -> None:
        assert self.process.stdout
        while data := self.process.stdout.read(1):
            self._told += data
