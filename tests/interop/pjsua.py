"""Run pjsua2 phones as processes of their own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.exchange import ROOT, Exchange
from tests.support.wav import read_samples, write_tone

PYTHON = ROOT / "var" / "interop" / "bin" / "python"
SCRIPT = Path(__file__).with_name("pjsua_phone.py")


@dataclass
class Pjsua:
    """A phone that is running; ``finish`` gives what it told."""

    process: subprocess.Popen[str]
    recording: Path

    @classmethod
    def start(
        cls,
        exchange: Exchange,
        folder: Path,
        user: str,
        *,
        transport: str = "UDP",
        tone_hz: float = 440,
        duration_s: float = 3,
        dial: str = "",
        digits: str = "",
        port: int = 0,
        scheme: str = "sip",
        reliable: bool = False,
        session_s: int = 0,
        codec: str = "",
        speech: Path | None = None,
    ) -> Pjsua:
        """Begin: it registers, then dials or waits to be called."""
        recording = folder / f"{user}-heard.wav"
        options = {
            "user": user,
            "password": f"secret{user}",
            "host": exchange.sip[0],
            "port": port or exchange.port,
            "transport": transport,
            "codec": codec,
            "play": str(speech or write_tone(folder / f"{user}-said.wav", tone_hz, duration_s + 10)),
            "record": str(recording),
            "dial": dial,
            "digits": digits,
            "duration_s": duration_s,
            "scheme": scheme,
            "reliable": reliable,
            "session_s": session_s,
        }
        process = subprocess.Popen(
            [str(PYTHON), str(SCRIPT), json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return cls(process, recording)

    def wait_for(self, event: str, **keys: object) -> dict[str, Any]:
        """Read on until it tells this."""
        assert self.process.stdout
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            told = json.loads(line) if line.startswith("{") else {}
            if told.get("event") == event and all(told.get(key) == value for key, value in keys.items()):
                return dict(told)
        raise AssertionError(f"pjsua2 never told {event} {keys}:\n{''.join(seen)}")

    def finish(self, timeout_s: float = 30) -> list[dict[str, Any]]:
        """Wait for its end; everything it told."""
        output, _ = self.process.communicate(timeout=timeout_s)
        told = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        assert told, output
        assert told[-1]["event"] == "done", output
        return told

    def heard(self) -> list[int]:
        """Samples of its recording."""
        return read_samples(self.recording)

    def kill(self) -> None:
        """However the test ends."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
