"""SIPp with audio, and sipsak."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.exchange import Exchange
from tests.support.ports import free_block

SCENARIO = Path(__file__).with_name("uac_media.xml")


def _sipp(exchange: Exchange, folder: Path, *, rate: int, calls: int) -> None:
    users = folder / "users.csv"
    lines = [f"{user};[authentication username={user} password=secret{user}]" for user in range(1001, 1011)]
    users.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n")
    port, _ = free_block(2)
    # Each call takes 3 s and four ports of the block, in turn.
    media, _ = free_block(min(4 * rate * 5, 1_000))
    command = [
        "sipp", f"{exchange.sip[0]}:{exchange.port}", "-sf", str(SCENARIO), "-inf", str(users), "-s", "600",
        "-i", "127.0.0.1", "-p", str(port), "-mp", str(media), "-r", str(rate), "-m", str(calls), "-l", str(rate * 6),
        "-nostdin", "-timeout", "120", "-timeout_error", "-trace_err", "-error_file", str(folder / "errors"),
    ]  # fmt: skip
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=170, check=False)
    errors = folder / "errors"
    assert result.returncode == 0, (errors.read_text() if errors.exists() else "") + result.stdout[-3000:]


def test_ten_calls_a_second_with_audio_short(exchange: Exchange, tmp_path: Path) -> None:
    _sipp(exchange, tmp_path, rate=10, calls=50)


@pytest.mark.long
def test_ten_calls_a_second_with_audio_for_half_a_minute(exchange: Exchange, tmp_path: Path) -> None:
    _sipp(exchange, tmp_path, rate=10, calls=300)


def test_sipsak_gets_an_answer_to_options(exchange: Exchange) -> None:
    name = socket.gethostname()
    try:
        socket.gethostbyname(name)
    except OSError:
        pytest.skip(f"sipsak wants the name of this machine ({name}) in /etc/hosts")
    assert shutil.which("sipsak")
    command = ["sipsak", "-s", f"sip:ping@{exchange.sip[0]}:{exchange.port}"]
    assert subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
