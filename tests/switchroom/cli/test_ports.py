"""Who holds a port."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from switchroom.cli.ports import Wanted, holder_of, taken_of, wanted_by
from switchroom.config import Config, load_config


@pytest.fixture(params=["udp", "tcp"])
def held(request: pytest.FixtureRequest) -> Iterator[Wanted]:
    """A port that this process holds."""
    kind = socket.SOCK_DGRAM if request.param == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if request.param == "tcp":
            holder.listen()
        yield Wanted(f"frontend.{request.param}", request.param, "127.0.0.1", holder.getsockname()[1])


def test_a_taken_port_names_holder_setting_and_variable(held: Wanted) -> None:
    text = str(taken_of(held))
    assert f"{held.protocol.upper()} port {held.port} on 127.0.0.1 is taken by " in text
    assert f"(pid {os.getpid()})" in text
    assert f"{held.key} (or SWITCHROOM_FRONTEND__{held.protocol.upper()})" in text


def test_a_free_port_is_not_taken(held: Wanted) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert taken_of(Wanted("frontend.udp", "udp", "127.0.0.1", port)) is None


def test_nobody_holds_a_port_of_which_the_tables_do_not_know() -> None:
    assert holder_of("udp", 1) == ""


def test_an_address_that_is_not_ours_is_told_with_its_reason() -> None:
    taken = taken_of(Wanted("frontend.udp", "udp", "192.0.2.1", 5060))
    assert "cannot be used: Cannot assign" in str(taken)


def test_every_listening_address_is_wanted(tmp_path: Path) -> None:
    keys = [wanted.key for wanted in wanted_by(Config())]
    assert keys == ["frontend.udp", "frontend.tcp", "frontend.tls", "frontend.ws", "frontend.wss"]
    file = tmp_path / "a.toml"
    file.write_text('[frontend]\nudp = ["[::1]:5070"]\ntcp = []\ntls = []\nws = []\nwss = []\n')
    assert list(wanted_by(load_config(file, {}))) == [Wanted("frontend.udp", "udp", "::1", 5070)]
