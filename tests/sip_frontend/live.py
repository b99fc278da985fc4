"""The cores, their driver, real transports and a real resolver; media workers answer at once, call workers are none.

Between the bare cores of ``calls.harness`` and the processes of ``tests/e2e``: what only sockets and DNS can show.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from sip_frontend.calls import dialling, media_homes
from sip_frontend.calls.actions import AskMedia
from sip_frontend.calls.exchange import Exchange
from sip_frontend.calls.run import Run
from sip_frontend.calls.settings import Settings
from sip_frontend.driver import Driver
from sip_frontend.location import Able
from sip_frontend.location.resolver import Resolver
from sip_frontend.message import Request, Response, parse_message
from sip_frontend.transaction import Timers, TransactionLayer
from sip_frontend.transport import Listener, Transports
from sip_frontend.trunks.service import Trunks
from switchroom.clock import SystemClock
from switchroom.logs import get_logger
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering

WAIT_S = 5.0


class Live:
    """One frontend on loopback."""

    def __init__(self, settings: Settings, nameservers: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        transactions = TransactionLayer(Timers(t1_s=0.05, t2_s=0.4, t4_s=0.5))
        self.transports = Transports(
            loop,
            on_message=lambda message, flow: self.driver.message_received(message, flow),
            on_failed=self._failed,
            on_malformed=lambda error, flow: self.driver.malformed_received(error, flow),
        )
        self.exchange = Exchange(settings, transactions, self.transports.sent_by, self.transports.connect)
        self.driver = Driver(loop, SystemClock(), transactions, self.exchange, get_logger("test"))
        self.resolver = Resolver(loop, self._able, nameservers)
        self.trunks = Trunks(self.exchange, lambda: 0.5)
        self._media = Frontend()
        nobody = cast(Any, SimpleNamespace(activate=lambda run: None, ask=None, watched=lambda name: False))
        media = cast(Any, SimpleNamespace(ask=self._ask_media, tell=lambda action: None))
        self.driver.attach(nobody, media, nobody, self.transports, nobody, self.resolver)

    def start(self) -> None:
        self.transports.start([Listener("UDP", "127.0.0.1", 0), Listener("TCP", "127.0.0.1", 0)])
        self.driver.touch()
        media_homes.joined(self.exchange, "media-1", "here")
        self.driver.pump()
        self.trunks.start()

    async def stop(self) -> None:
        await self.resolver.close()
        await self.transports.stop()

    def dial(self, contact: str, **more: Any) -> Run:
        """Place a call that belongs to no other."""
        self.driver.touch()
        run = self.exchange.new_run()
        options = pb.Dial(targets=[pb.DialTarget(contact=contact)], orphan=True, no_bridge=True, **more)
        dialling.dial(self.exchange, run, None, pb.Command(command_id=1, dial=options))
        return run

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds."""
        async with asyncio.timeout(WAIT_S):
            while not condition():
                await asyncio.sleep(0.005)

    def _failed(self, flow: Any) -> None:
        self.driver.flow_failed(flow)
        self.trunks.flow_failed(flow)

    def _able(self) -> Able:
        return Able(frozenset((transport, ":" in local[0]) for transport, local in self.transports.listening()))

    def _ask_media(self, action: AskMedia) -> None:
        action.reply(self._media._media(action.envelope))


@asynccontextmanager
async def live(settings: Settings | None = None, nameservers: Sequence[str] = ()) -> AsyncIterator[Live]:
    """A frontend while it is needed."""
    frontend = Live(settings or Settings(), nameservers)
    frontend.start()
    try:
        yield frontend
    finally:
        await frontend.stop()


class Peer(asyncio.DatagramProtocol):
    """Somebody on UDP, who answers requests by *statuses* in order, the last one again and again; none: silence."""

    def __init__(self, *statuses: int, body: str = "", extra: str = "") -> None:
        self.statuses = list(statuses)
        self.body = body
        self.extra = extra
        self.heard: list[Request] = []
        self._transport: Any = None

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    def methods(self) -> list[str]:
        return [one.method for one in self.heard]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = parse_message(data)
        if isinstance(message, Response):
            return
        repeated = any(one.via.branch == message.via.branch and one.method == message.method for one in self.heard)
        if repeated:
            return
        self.heard.append(message)
        if not self.statuses or message.method == "ACK":
            return
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        body = self.body if status == 200 and message.method == "INVITE" else ""
        head, _, rest = answering(message, status, body=body, extra=self.extra).partition("\n\n")
        rest = rest.replace("\r\n", "\n").replace("\n", "\r\n")
        head = head.replace("127.0.0.1:5060>", f"127.0.0.1:{self.address[1]}>")
        text = head.replace("\n", "\r\n") + f"\r\nContent-Length: {len(rest)}\r\n\r\n{rest}"
        self._transport.sendto(text.encode(), addr)


@asynccontextmanager
async def peer(*statuses: int, body: str = "", extra: str = "", host: str = "127.0.0.1") -> AsyncIterator[Peer]:
    """A peer while it is needed."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: Peer(*statuses, body=body, extra=extra), local_addr=(host, 0)
    )
    try:
        yield protocol
    finally:
        transport.close()
