"""Keys: who gets in over tcp, and that nobody is let in by mistake."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import zmq

from switchroom.bus import load_client_keys, load_server_keys, make_keys
from switchroom.bus.curve import require_keys
from switchroom.errors import BusTimeout, ConfigError
from tests.switchroom.bus.exchange import Guest, Office, hello


def free_tcp() -> str:
    """A loopback port nobody has just now."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    context.destroy(linger=0)
    return f"tcp://127.0.0.1:{port}"


@pytest_asyncio.fixture
async def secured(tmp_path: Path, endpoint: str) -> AsyncIterator[Office]:
    """A listener on tcp with keys, and on ipc without."""
    make_keys(tmp_path, ["worker-1"])
    tcp = free_tcp()
    office = Office(tcp, bind=[tcp, endpoint], keys=load_server_keys(tmp_path))
    office.listener.start()
    yield office
    await office.close()


class TestTheDoor:
    pytestmark = pytest.mark.asyncio

    async def test_a_known_key_comes_in(self, secured: Office, tmp_path: Path) -> None:
        await secured.seated("worker-1", keys=load_client_keys(tmp_path, "worker-1"))

    @pytest.mark.covers("DR-033")
    async def test_an_unknown_key_stays_out(self, secured: Office, tmp_path: Path) -> None:
        make_keys(tmp_path, ["stranger"])
        (tmp_path / "allowed" / "stranger.key").unlink()
        guest = secured.guest("stranger", keys=load_client_keys(tmp_path, "stranger"))
        with pytest.raises(BusTimeout):
            await guest.dialler.wait_joined(0.5)
        assert secured.listener._doorkeeper is not None
        assert secured.listener._doorkeeper.turned_away > 0

    async def test_no_key_stays_out(self, secured: Office) -> None:
        guest = secured.guest("worker-1", insecure=True)
        with pytest.raises(BusTimeout):
            await guest.dialler.wait_joined(0.5)
        assert not secured.listener.peers

    async def test_a_key_allowed_later_comes_in_without_a_restart(self, secured: Office, tmp_path: Path) -> None:
        make_keys(tmp_path, ["late"])
        allowed = tmp_path / "allowed" / "late.key"
        text = allowed.read_text()
        allowed.unlink()
        guest = secured.guest("late", keys=load_client_keys(tmp_path, "late"))
        with pytest.raises(BusTimeout):
            await guest.dialler.wait_joined(0.3)
        allowed.write_text(text)
        await guest.dialler.wait_joined(8.0)

    async def test_a_broken_file_shuts_nobody_else_out(self, secured: Office, tmp_path: Path) -> None:
        (tmp_path / "allowed" / "broken.key").write_text("not a key")
        await secured.seated("worker-1", keys=load_client_keys(tmp_path, "worker-1"))

    async def test_ipc_beside_tcp_needs_no_key(self, secured: Office, endpoint: str) -> None:
        guest = Guest(endpoint, hello("worker-2"))
        secured.guests.append(guest)
        guest.dialler.start()
        await guest.dialler.wait_joined(5.0)

    async def test_tcp_without_keys_refuses_to_start(self) -> None:
        with pytest.raises(ConfigError) as caught:
            Office("tcp://127.0.0.1:1")
        assert caught.value.key == "bus.key_dir"
        with pytest.raises(ConfigError):
            Guest("tcp://127.0.0.1:1", hello("worker-1"))

    async def test_insecure_tcp_works_when_told(self) -> None:
        tcp = free_tcp()
        office = Office(tcp, insecure=True)
        office.listener.start()
        await office.seated("worker-1", insecure=True)
        await asyncio.sleep(0)
        await office.close()


class TestTheFiles:
    def test_made_once_and_kept(self, tmp_path: Path) -> None:
        first = make_keys(tmp_path, ["worker-1"])
        secret = (tmp_path / "worker-1.key_secret").read_text()
        assert len(first) == 5
        assert make_keys(tmp_path, ["worker-1"]) == []
        assert (tmp_path / "worker-1.key_secret").read_text() == secret

    def test_secrets_are_for_their_owner_only(self, tmp_path: Path) -> None:
        make_keys(tmp_path, ["worker-1"])
        for file in tmp_path.glob("*.key_secret"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_secrets_do_not_show(self, tmp_path: Path) -> None:
        make_keys(tmp_path, ["worker-1"])
        server, client = load_server_keys(tmp_path), load_client_keys(tmp_path, "worker-1")
        assert server is not None
        assert client is not None
        assert server.secret.decode() not in repr(server)
        assert client.secret.decode() not in repr(client)

    def test_a_name_without_keys_has_the_common_ones(self, tmp_path: Path) -> None:
        assert load_client_keys(tmp_path, "worker-9") is None
        assert load_server_keys(tmp_path) is None
        make_keys(tmp_path, ["client"])
        common, named = load_client_keys(tmp_path, "client"), load_client_keys(tmp_path, "worker-9")
        assert common is not None
        assert common == named

    def test_ipc_needs_none(self) -> None:
        require_keys(["ipc:///tmp/x", "inproc://x"], None, insecure=False)
