"""Run JsSIP phones as processes of Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.exchange import ROOT, Exchange

MODULES = ROOT / "var" / "interop" / "node"
SCRIPT = Path(__file__).with_name("jssip_phone.js")


def why_not() -> str:
    """What is missing, "" when it can be run."""
    if shutil.which("node") is None:
        return "node is not installed"
    return "" if (MODULES / "node_modules" / "jssip").exists() else "JsSIP is not installed; make test-interop does it"


@dataclass
class Jssip:
    """A phone that is running."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, exchange: Exchange, user: str, url: str, *, dial: str = "", password: str = "") -> Jssip:
        """Begin: it registers, then dials or waits to be called; an answered call it holds and takes back."""
        options = {
            "modules": str(MODULES),
            "url": url,
            "user": user,
            "password": password or f"secret{user}",
            "dial": dial,
            "duration_s": 0.5,
        }
        process = subprocess.Popen(
            ["node", str(SCRIPT), json.dumps(options)],
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(exchange.var / "tls" / "ca.crt")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return cls(process)

    def wait_for(self, event: str) -> dict[str, Any]:
        """Read on until it tells this."""
        assert self.process.stdout
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            told = json.loads(line) if line.startswith("{") else {}
            if told.get("event") == event:
                return dict(told)
        raise AssertionError(f"JsSIP never told {event}:\n{''.join(seen)}")

    def kill(self) -> None:
        """However the test ends."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
