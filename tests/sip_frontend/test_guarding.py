"""The guard between transports and transactions, on loopback without its exemption."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sip_frontend.guarding import Guarding
from sip_frontend.message import Response, parse_message
from sip_frontend.transaction import Flow, TransactionLayer
from sip_frontend.transport import Listener, Transports
from switchroom.config import GuardSection
from switchroom.errors import ConfigError
from switchroom.logs import get_logger
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as registrar_pb
from tests.sip_frontend.transport.support import eventually, options

pytestmark = pytest.mark.asyncio


class Exchange:
    """A guarded listener that keeps what came in, and a peer that keeps what came back."""

    def __init__(self, **settings: Any) -> None:
        loop = asyncio.get_running_loop()
        self.layer = TransactionLayer()
        section = GuardSection(**{"exempt": (), **settings})
        self.guarding = Guarding(loop, section, self.layer, get_logger("guard"))
        self.taken: list[str] = []
        self.answers: list[Response] = []
        self.here = Transports(
            loop,
            on_message=lambda message, flow: self.taken.append(message.call_id),
            on_failed=lambda flow: None,
            on_malformed=lambda error, flow: None,
            gate=self.guarding,
        )
        self.peer = Transports(loop, on_message=self._answered, on_failed=self._lost, on_malformed=lambda *_: None)
        self.lost = 0

    def _answered(self, message: object, flow: Flow) -> None:
        if isinstance(message, Response):
            self.answers.append(message)

    def _lost(self, flow: Flow) -> None:
        self.lost += 1

    def send(self, data: bytes, transport: str = "UDP") -> None:
        local = next(local for name, local in self.here.listening() if name == transport)
        assert self.peer.send(self.peer.connect(transport, local), data)

    @property
    def dropped(self) -> int:
        return self.guarding.guard.drops.total


@asynccontextmanager
async def guarded(**settings: Any) -> AsyncIterator[Exchange]:
    exchange = Exchange(**settings)
    for transports in (exchange.here, exchange.peer):
        transports.start([Listener("UDP", "127.0.0.1", 0), Listener("TCP", "127.0.0.1", 0)])
    exchange.guarding.start(exchange.here, frozenset)
    try:
        yield exchange
    finally:
        exchange.guarding.stop()
        await exchange.here.stop()
        await exchange.peer.stop()


def scanner(call_id: str, transport: str = "UDP") -> bytes:
    return options(call_id, transport).replace(b"Max-Forwards", b"User-Agent: friendly-scanner\r\nMax-Forwards")


async def test_over_the_rate_a_request_is_refused_with_a_time_to_wait() -> None:
    async with guarded(request_burst=1, requests_per_s=1) as exchange:
        exchange.send(options("c1"))
        exchange.send(options("c2"))
        await eventually(lambda: bool(exchange.answers))
        assert exchange.taken == ["c1"]
        (answer,) = exchange.answers
        assert (answer.status, answer.call_id) == (503, "c2")
        assert 5 <= int(answer.get("Retry-After") or 0) <= 10


async def test_the_repetition_of_what_was_taken_is_not_refused() -> None:
    async with guarded(request_burst=1, requests_per_s=1) as exchange:
        exchange.layer.receive(parse_message(options("c1")), Flow("UDP", ("127.0.0.1", 1), ("127.0.0.1", 2)), 0.0)
        exchange.send(options("c1"))
        exchange.send(options("c1"))
        await eventually(lambda: len(exchange.taken) == 2)
        assert exchange.answers == []


async def test_a_scanner_is_not_answered_and_its_connection_is_cut() -> None:
    async with guarded(exempt=("127.0.0.0/8",)) as exchange:
        exchange.send(scanner("c1"))
        exchange.send(scanner("c2", "TCP"), "TCP")
        await eventually(lambda: exchange.dropped == 2 and exchange.lost == 1)
        assert exchange.taken == []
        assert exchange.answers == []


async def test_garbage_bans_and_then_nothing_is_read() -> None:
    async with guarded(ban_after=3) as exchange:
        for _ in range(3):
            exchange.send(b"garbage" + b" " * 60)
        await eventually(lambda: exchange.guarding.guard.bans == 1)
        exchange.send(options("c1"))
        exchange.send(b"\r\n\r\n")
        await eventually(lambda: exchange.guarding.guard.drops.banned == 2)
        assert exchange.taken == []


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        (wire.Envelope(registered=registrar_pb.Registered(status=403)), True),
        (wire.Envelope(registered=registrar_pb.Registered(status=401)), True),
        (wire.Envelope(registered=registrar_pb.Registered(status=200)), False),
        (wire.Envelope(registered=registrar_pb.Registered(status=423)), False),
    ],
)
async def test_wrong_credentials_count(answer: wire.Envelope, faults: bool) -> None:
    asked = wire.Envelope()
    asked.register.credentials.append("Digest x")
    asked.register.flow.remote.address = "203.0.113.9"
    exchange = Exchange(ban_after=2)
    exchange.guarding.judged(asked, answer)
    assert bool(exchange.guarding.guard.bans) is faults


async def test_a_stale_nonce_and_a_first_challenge_are_no_faults() -> None:
    exchange = Exchange(ban_after=2)
    asked = wire.Envelope()
    asked.register.flow.remote.address = "203.0.113.9"
    answer = wire.Envelope(registered=registrar_pb.Registered(status=401))
    exchange.guarding.judged(asked, answer)
    asked.register.credentials.append("Digest x")
    answer.registered.headers.add(name="WWW-Authenticate", value='Digest nonce="x", stale=true')
    exchange.guarding.judged(asked, answer)
    assert exchange.guarding.guard.bans == 0


async def test_a_list_file_is_read_again_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deny"
    path.write_text("# nobody\n")
    async with guarded(deny_file=str(path)) as exchange:
        guard = exchange.guarding.guard
        assert guard.admits_peer("203.0.113.9", 0.0)
        path.write_text("203.0.113.0/24\n")
        exchange.guarding.reload()
        assert not guard.admits_peer("203.0.113.9", 0.0)
        path.write_text("rubbish\n")
        exchange.guarding.reload()
        assert not guard.admits_peer("203.0.113.9", 0.0)
        path.write_text("")
        os.kill(os.getpid(), 1)
        await eventually(lambda: guard.admits_peer("203.0.113.9", 0.0))


async def test_a_list_file_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="deny_file"):
        Exchange(deny_file="/nonexistent/deny")
