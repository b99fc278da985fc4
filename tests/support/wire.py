"""How a test phone's bytes travel: one UDP socket or one TCP connection, on the running loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from sip_frontend.message import Request, Response, SipParseError, StreamParser, parse_message

OnMessage = Callable[[Request | Response], None]


class UdpWire(asyncio.DatagramProtocol):
    """One socket; answers go to where requests came from."""

    name = "UDP"
    reliable = False

    def __init__(self, on_message: OnMessage, exchange: tuple[str, int]) -> None:
        self._on_message = on_message
        self._exchange = exchange
        self._transport: asyncio.DatagramTransport | None = None
        self.local = ("", 0)

    async def open(self, address: str, port: int = 0) -> None:
        """Bind to *port*, or to a free one."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(address, port))
        self.local = self._transport.get_extra_info("sockname")[:2]

    def aim(self, exchange: tuple[str, int]) -> None:
        """Send to another address from now on."""
        self._exchange = exchange

    def send(self, data: bytes) -> None:
        """To the exchange."""
        assert self._transport
        self._transport.sendto(data, self._exchange)

    def datagram_received(self, data: bytes, address: object) -> None:
        """A datagram that is no message is the exchange's fault and fails the test loudly."""
        if data.strip():
            self._on_message(parse_message(data))

    async def close(self) -> None:
        """Free the port."""
        if self._transport:
            self._transport.close()


class TcpWire:
    """One connection to the exchange, both ways."""

    name = "TCP"
    reliable = True

    def __init__(self, on_message: OnMessage, exchange: tuple[str, int]) -> None:
        self._on_message = on_message
        self._exchange = exchange
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.local = ("", 0)

    async def open(self, address: str, port: int = 0) -> None:
        """Connect."""
        reader, self._writer = await asyncio.open_connection(*self._exchange, local_addr=(address, port))
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.local = raw.getsockname()[:2]
        self._reading = asyncio.get_running_loop().create_task(self._read(reader))

    def send(self, data: bytes) -> None:
        """To the exchange."""
        assert self._writer
        self._writer.write(data)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        parser = StreamParser()
        while data := await reader.read(65_536):
            for event in parser.feed(data):
                if isinstance(event, SipParseError):
                    raise event
                if isinstance(event, Request | Response):
                    self._on_message(event)

    async def close(self) -> None:
        """Close the connection."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._writer:
            self._writer.close()


Wire = UdpWire | TcpWire
