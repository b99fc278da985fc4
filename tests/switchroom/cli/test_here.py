"""Files and keys that the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchroom.cli.here import missing_here
from switchroom.config import BusSection, Config, RegistrarSection, WorkerSection

TCP = ("tcp://127.0.0.1:7000",)


@pytest.fixture
def registrar(tmp_path: Path) -> RegistrarSection:
    users = tmp_path / "users.toml"
    users.write_text("")
    return RegistrarSection(users=str(users))


def _keys(config: Config) -> list[str]:
    return [error.key for error in missing_here(config, "a.toml")]


def test_nothing_is_missing(registrar: RegistrarSection) -> None:
    assert _keys(Config(registrar=registrar, worker=WorkerSection(scripts=()))) == []


def test_every_missing_file_is_told(tmp_path: Path) -> None:
    config = Config(
        registrar=RegistrarSection(users=str(tmp_path / "none.toml")), worker=WorkerSection(scripts=("none.py",))
    )
    assert _keys(config) == ["registrar.users", "worker.scripts"]


def test_tcp_wants_keys_unless_told_otherwise(registrar: RegistrarSection, tmp_path: Path) -> None:
    scripts = WorkerSection(scripts=())
    bus = BusSection(frontends=TCP, key_dir=str(tmp_path))
    assert _keys(Config(registrar=registrar, worker=scripts, bus=bus)) == ["bus.key_dir"]
    insecure = BusSection(frontends=TCP, key_dir=str(tmp_path), insecure=True)
    assert _keys(Config(registrar=registrar, worker=scripts, bus=insecure)) == []
    (tmp_path / "server.key_secret").write_text("")
    assert _keys(Config(registrar=registrar, worker=scripts, bus=bus)) == []
