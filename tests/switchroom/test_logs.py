"""One line for each event, in the form asked for, without secrets."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from switchroom.logs import redact
from switchroom.redact import MASK
from switchroom.v1.envelope_pb2 import Envelope


def lines(program: str) -> list[str]:
    """What a process of its own logs: configuring is once for each process."""
    head = "from switchroom import logs; from switchroom.config import LogSection; log = logs.get_logger('test')\n"
    result = subprocess.run([sys.executable, "-c", head + program], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def test_json_lines_off_a_terminal() -> None:
    (line,) = lines("logs.configure(LogSection(), 'media-1'); log.info('media.session_opened', channel='c1', n=2)")
    read = json.loads(line)
    assert read.pop("timestamp").endswith("Z")
    assert read == {
        "event": "media.session_opened", "level": "info", "process": "media-1", "channel": "c1", "n": 2,
    }  # fmt: skip


def test_what_is_below_the_level_is_not_written() -> None:
    said = "log.debug('a.b'); log.info('c.d'); log.warning('e.f')"
    assert len(lines(f"logs.configure(LogSection(level='WARNING'), 'x'); {said}")) == 1
    assert len(lines(f"logs.configure(LogSection(level='DEBUG'), 'x'); {said}")) == 3


def test_console_form() -> None:
    (line,) = lines("logs.configure(LogSection(format='console'), 'x'); log.info('call.answered', call_id='c1')")
    assert "call.answered" in line
    assert "call_id=c1" in line


def test_what_json_does_not_know_is_written_as_text() -> None:
    (line,) = lines("from pathlib import Path; logs.configure(LogSection(), 'x'); log.info('a.b', path=Path('/x'))")
    assert json.loads(line)["path"] == "/x"


def test_an_exception_has_its_traceback() -> None:
    (line,) = lines(
        "logs.configure(LogSection(), 'x')\ntry:\n  1 / 0\nexcept ZeroDivisionError:\n  log.exception('process.failed')"
    )
    assert "ZeroDivisionError" in json.loads(line)["exception"]


@pytest.mark.parametrize("key", ["password", "nonce", "response", "ha1", "authorization", "key_salt"])
def test_secret_keys_are_masked(key: str) -> None:
    assert redact(None, "info", {"event": "x.y", key: "hunter2"})[key] == MASK


def test_persons_are_shortened() -> None:
    event = redact(
        None, "info", {"event": "x.y", "caller": "+442071234567", "aor": "1001@pbx.test", "peer": "worker-1"}
    )
    assert (event["caller"], event["aor"], event["peer"]) == ("+44…67", "1001@pbx.test", "worker-1")


def test_messages_of_both_kinds_are_opened_without_their_secrets() -> None:
    envelope = Envelope()
    envelope.verify.credentials.append("hunter2")
    sip = b'REGISTER sip:h SIP/2.0\r\nAuthorization: Digest nonce="abc", response="00ff"\r\n\r\n'
    event = redact(None, "debug", {"event": "x.y", "message": sip, "envelope": envelope})
    assert "00ff" not in event["message"]
    assert "hunter2" not in str(event["envelope"])
