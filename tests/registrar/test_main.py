"""The process itself, over the real bus: it serves, leaves when asked, and loses nothing when killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from switchroom.bus import Listener, Peer, Timing
from switchroom.digest import Challenge, answer
from switchroom.errors import BusError
from switchroom.v1.common_pb2 import ROLE_REGISTRAR
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.registrar_pb2 import Registered

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]


class Rig:
    """A frontend's end of the bus, and registrar processes to join it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = f"ipc://{folder}/bus"
        self.peers: list[Peer] = []
        self.events: list[Envelope] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.listener = Listener(
            asyncio.get_running_loop(),
            bind=[self.endpoint],
            publish=[f"{self.endpoint}.events"],
            name="frontend-1",
            timing=Timing(),
            keys=None,
            insecure=False,
            on_joined=self.peers.append,
            on_message=lambda _, envelope: self.events.append(envelope),
            on_suspect=lambda _, __: None,
            on_lost=lambda peer, _: self.peers.remove(peer),
        )
        self.listener.start()

    def start(self, **settings: str) -> subprocess.Popen[bytes]:
        env = {key: value for key, value in os.environ.items() if not key.startswith("SWITCHROOM_")}
        env.update(
            SWITCHROOM_BUS__FRONTENDS=self.endpoint,
            SWITCHROOM_REGISTRAR__STORE=f"sqlite:{self.folder}/registrar.sqlite",
            SWITCHROOM_REGISTRAR__USERS=str(ROOT / "examples" / "exchange" / "users.toml"),
            SWITCHROOM_LOG__FORMAT="json",
        )
        env.update(settings)
        command = [sys.executable, "-m", "registrar"]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    async def joined(self) -> Peer:
        async with asyncio.timeout(30):
            while not (self.peers and any(one.binding_delta.snapshot_end for one in self.events)):
                await asyncio.sleep(0.01)
        assert self.peers[0].role == ROLE_REGISTRAR
        return self.peers[0]

    async def gone(self) -> None:
        async with asyncio.timeout(30):
            while self.peers:
                await asyncio.sleep(0.01)
        self.events.clear()

    async def ask(self, envelope: Envelope) -> Envelope:
        future: asyncio.Future[Envelope | BusError] = asyncio.get_running_loop().create_future()
        self.listener.request(self.peers[0], envelope, 10.0, future.set_result)
        reply = await future
        assert isinstance(reply, Envelope), reply
        return reply

    async def register(self, user: str, cseq: int, contact: str, credentials: str = "") -> Registered:
        envelope = Envelope()
        asked = envelope.register
        asked.aor, asked.sip_call_id, asked.cseq = f"sip:{user}@127.0.0.1", f"call-{user}", cseq
        asked.contacts.append(contact)
        if credentials:
            asked.credentials.append(credentials)
        return (await self.ask(envelope)).registered

    async def enrol(self, user: str, cseq: int) -> str:
        """Register *user*; returns the challenge that was used."""
        contact = f"<sip:{user}@192.0.2.7:{5000 + cseq}>"
        challenged = await self.register(user, cseq, contact)
        given = challenged.headers[0].value
        credentials = str(answer(Challenge.parse(given), user, f"secret{user}", "REGISTER", "sip:x", cnonce="c"))
        assert (await self.register(user, cseq + 1, contact, credentials)).status == 200
        return given

    async def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        await self.listener.close()


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made = Rig(tmp_path)
    yield made
    await made.close()


async def test_killed_it_comes_back_with_every_acknowledged_binding(rig: Rig) -> None:
    process = rig.start()
    await rig.joined()
    challenges = await asyncio.gather(*(rig.enrol(str(1001 + index), 10 * index) for index in range(10)))
    process.kill()
    await rig.gone()
    rig.start()
    await rig.joined()
    known = {binding.aor for envelope in rig.events for binding in envelope.binding_delta.saved}
    assert known == {f"{1001 + index}@pbx.test" for index in range(10)}
    # A nonce of the former life still holds, with the next count.
    given = Challenge.parse(challenges[0])
    credentials = str(answer(given, "1001", "secret1001", "REGISTER", "sip:x", count=2, cnonce="c"))
    assert (await rig.register("1001", 99, "<sip:1001@192.0.2.7>", credentials)).status == 200


async def test_asked_to_stop_it_says_goodbye_and_exits_0(rig: Rig) -> None:
    process = rig.start()
    await rig.joined()
    await rig.enrol("1001", 1)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 10) == 0
    await rig.gone()
    with sqlite3.connect(rig.folder / "registrar.sqlite") as database:
        assert database.execute("SELECT COUNT(*) FROM bindings").fetchone() == (1,)


@pytest.mark.covers("RG-032")
async def test_status_counts(rig: Rig) -> None:
    rig.start()
    await rig.joined()
    await rig.enrol("1001", 1)
    envelope = Envelope()
    envelope.status_request.SetInParent()
    values = (await rig.ask(envelope)).status.values
    assert (values["users"], values["bindings"], values["registers"], values["challenges"]) == (10, 1, 2, 1)
    assert values["store.failed"] == 0


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [("USERS", "/nowhere/users.toml", "no such file"), ("STORE", "floppy:A", "memory: or sqlite:PATH")],
)
async def test_a_wrong_setting_ends_it_with_2(rig: Rig, setting: str, value: str, told: str) -> None:
    process = rig.start(**{f"SWITCHROOM_REGISTRAR__{setting}": value})
    output, _ = await asyncio.to_thread(process.communicate, timeout=20)
    assert process.returncode == 2
    assert told in output.decode()
