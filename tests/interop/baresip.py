"""A baresip phone: configured by files, driven over its control port."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import wave
from pathlib import Path
from typing import Any

from tests.support.exchange import Exchange
from tests.support.ports import free_block
from tests.support.wav import read_samples, write_tone

_CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{sip}
call_max_calls 8
audio_path /usr/share/baresip
audio_player aubridge,nil{sip}
audio_source aufile,{said}
audio_alert aubridge,alert{sip}
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
rtp_ports {rtp}-{rtp_last}
jitter_buffer_delay 1-5
net_interface 127.0.0.1
snd_path {folder}/rec
{authority}
module_path {modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module sndfile.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app contact.so
module_app debug_cmd.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""
_ACCOUNT = (
    '"{user}" <sip:{user}@{host}:{port};transport={transport}>;auth_user={user};auth_pass=secret{user};regint=60;'
    "answermode={answer};audio_codecs={codecs};dtmfmode=rtpevent\n"
)


class Baresip:
    """Registers when it starts; ``dial``, ``press``, ``hang_up``, ``wait_for`` an event of its own."""

    def __init__(
        self,
        exchange: Exchange,
        folder: Path,
        user: str,
        *,
        transport: str = "UDP",
        tone_hz: float = 440,
        answer: str = "auto",
        port: int = 0,
        codecs: str = "pcmu/8000/1,pcma/8000/1",
        speech: Path | None = None,
    ) -> None:
        """*speech* is said instead of the tone; its rate is that of the sound."""
        self.exchange, self.user, self.transport = exchange, user, transport
        self._sip_port = port or exchange.port
        self.folder = folder / f"baresip-{user}"
        (self.folder / "rec").mkdir(parents=True)
        first, _ = free_block(60)
        modules = next(path.parent for path in Path("/usr/lib").rglob("baresip/modules/g711.so"))
        said = speech or write_tone(self.folder / "said.wav", tone_hz, 60)  # it hangs up at the end of the file
        with wave.open(str(said)) as file:
            rate = file.getframerate()
        (self.folder / "config").write_text(
            _CONFIG.format(
                sip=first,
                control=first + 4,
                rtp=first + 6,
                rtp_last=first + 59,
                said=said,
                rate=rate,
                folder=self.folder,
                modules=modules,
                # It does not start with a file that is not there, and without TLS there is none.
                authority=f"sip_cafile {exchange.var / 'tls' / 'ca.crt'}" if transport == "TLS" else "",
            )
        )
        account = _ACCOUNT.format(
            user=user,
            host=exchange.sip[0],
            port=self._sip_port,
            transport=transport.lower(),
            answer=answer,
            codecs=codecs,
        )
        (self.folder / "accounts").write_text(account)
        (self.folder / "contacts").write_text("")
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                ["baresip", "-4", "-f", str(self.folder), "-v"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._socket = self._connect(first + 4)
        self._buffer = b""
        self._events: list[dict[str, Any]] = []

    def wait_registered(self, timeout_s: float = 10) -> None:
        """Its event may come before anybody listens, so the log is asked."""
        deadline = time.monotonic() + timeout_s
        log = self.folder / "log"
        while " 200 OK (" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

    def dial(self, number: str) -> None:
        """Call a number of the exchange."""
        where = f"{self.exchange.sip[0]}:{self._sip_port}"
        self._command("dial", f"sip:{number}@{where};transport={self.transport.lower()}")

    def press(self, digits: str) -> None:
        """One digit after the other."""
        for digit in digits:
            self._command("sndcode", digit)
            time.sleep(0.25)

    def hang_up(self) -> None:
        """End the call."""
        self._command("hangup")

    def wait_for(self, kind: str, timeout_s: float = 10) -> dict[str, Any]:
        """The next event of this type: REGISTER_OK, CALL_ESTABLISHED, CALL_CLOSED ..."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for index, event in enumerate(self._events):
                if event.get("type") == kind:
                    del self._events[: index + 1]
                    return event
            self._read(deadline - time.monotonic())
        raise AssertionError(
            f"baresip never told {kind}, but {self._events}\n{(self.folder / 'log').read_text()[-3000:]}"
        )

    def recording(self) -> Path:
        """Its newest recording of what it heard."""
        return max((self.folder / "rec").glob("*-dec.wav"), key=lambda path: path.stat().st_mtime)

    def heard(self) -> list[int]:
        """Samples of it."""
        return read_samples(self.recording())

    def close(self) -> None:
        """Quit: it unregisters; a second signal when it takes long."""
        self._socket.close()
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _connect(self, port: int) -> socket.socket:
        deadline = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), 1)
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)

    def _command(self, command: str, parameters: str = "") -> None:
        text = json.dumps({"command": command, "params": parameters, "token": "t"}).encode()
        self._socket.sendall(b"%d:%s," % (len(text), text))

    def _read(self, timeout_s: float) -> None:
        """Netstrings of JSON; responses are events to us too."""
        self._socket.settimeout(max(0.01, timeout_s))
        try:
            data = self._socket.recv(65_536)
        except TimeoutError:
            return
        self._buffer += data
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            if len(rest) < int(length) + 1:
                return
            self._events.append(json.loads(rest[: int(length)]))
            self._buffer = rest[int(length) + 1 :]
