"""The commands as typed."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner

from switchroom.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
run = CliRunner().invoke


def switchroom(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The program itself, where that is what counts."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from switchroom.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=cwd, timeout=60)


def test_help_names_every_command() -> None:
    text = run(app, ["--help"]).output
    for command in ("run", "call", "check", "status", "tone", "keys", "worker"):
        assert command in text


def test_help_is_quick_to_import() -> None:
    """The heavy libraries are for the commands that use them."""
    code = "import sys, switchroom.cli; print([m for m in ('zmq', 'google.protobuf', 'structlog') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


class TestCheck:
    def test_a_good_file(self, tmp_path: Path) -> None:
        file = tmp_path / "a.toml"
        file.write_text("[bus]\nlost_ms = 900\n")
        result = run(app, ["check", str(file)])
        assert (result.exit_code, result.output) == (0, f"{file}: good\n")

    def test_a_bad_file_is_one_line_and_status_two(self, tmp_path: Path) -> None:
        file = tmp_path / "a.toml"
        file.write_text("[bus]\nlots_ms = 900\n")
        result = switchroom("check", str(file))
        assert result.returncode == 2
        assert result.stderr == f"switchroom: {file}: bus.lots_ms: no such key; did you mean lost_ms?\n"

    def test_no_file(self, tmp_path: Path) -> None:
        assert "built-in defaults" in switchroom("check", cwd=tmp_path).stdout

    def test_what_is_missing_on_this_machine_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "a.toml"
        file.write_text('[registrar]\nusers = "none.toml"\n')
        said = switchroom("check", str(file)).stdout.splitlines()
        assert said[0].endswith(f"{file}: registrar.users: none.toml is not there: name the list of users")
        assert said[-1] == f"{file}: good"

    def test_the_demo_exchange(self) -> None:
        assert run(app, ["check", str(ROOT / "examples/exchange/switchroom.toml")]).exit_code == 0


@pytest.mark.covers("EN-084")
def test_tone_writes_a_file(tmp_path: Path) -> None:
    file = tmp_path / "dial.wav"
    assert run(app, ["tone", "350+440*0.5:1000", str(file)]).exit_code == 0
    with wave.open(str(file)) as written:
        assert written.getnframes() == 8000


def test_a_wrong_tone_is_one_line(tmp_path: Path) -> None:
    result = switchroom("tone", "350", str(tmp_path / "x.wav"))
    assert (result.returncode, result.stderr) == (1, "switchroom: tone '350' has no ':' and no cadence\n")


def test_keys_are_made_once(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(f'[bus]\nkey_dir = "{tmp_path}/keys"\n')
    first = run(app, ["keys", "worker-1", "--config", str(file)])
    assert "allowed/worker-1.key" in first.output
    assert (tmp_path / "keys" / "server.key_secret").exists()
    assert "nothing to do" in run(app, ["keys", "worker-1", "--config", str(file)]).output


def test_status_without_an_exchange_says_so(tmp_path: Path) -> None:
    result = switchroom("status", cwd=tmp_path)
    assert result.returncode == 1
    assert "no answer from ipc://./var/bus/frontend-1" in result.stdout


def test_call_hands_its_options_on() -> None:
    result = switchroom("call", "--help")
    assert result.returncode == 0
    assert "--digits" in result.stdout
    assert switchroom("call", "tel:600").returncode == 2


def test_worker_hands_its_options_on(tmp_path: Path) -> None:
    result = switchroom("worker", str(tmp_path / "missing.py"), cwd=tmp_path)
    assert result.returncode != 0
    assert "missing.py" in result.stdout + result.stderr
