"""One connection, accepted or opened by us: TCP, TLS or WebSocket, told apart by its framing alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast, final

from sip_frontend.message import Request, Response, SipParseError
from sip_frontend.transaction.flow import Flow
from sip_frontend.transport.framing import Framing

if TYPE_CHECKING:
    from sip_frontend.transport.connections import Connections


@final
class Connection(asyncio.Protocol):
    """Frames what is sent, parses what comes, and keeps the times that ``Connections`` checks."""

    __slots__ = (
        "_closing",
        "_early",
        "_early_size",
        "_framing",
        "_table",
        "_transport",
        "alias",
        "flow",
        "half_since",
        "last_received",
        "outbound",
        "proven",
    )

    def __init__(self, table: Connections, flow: Flow, framing: Framing, *, outbound: bool) -> None:
        self._table = table
        self._framing = framing
        self._transport: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self._early_size = 0
        self._closing = False
        self.flow = flow
        self.alias: tuple[str, tuple[str, int]] | None = None
        """Where the peer listens, if it let this connection stand for that (RFC 5923)."""
        self.outbound = outbound
        self.proven = outbound
        """Whether a whole message or keep-alive has come, so that this is a SIP peer."""
        self.last_received = table.now()
        self.half_since = 0.0
        """When the message under way began; 0 if none is."""

    @property
    def closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closing

    def certificate(self) -> dict[str, Any]:
        """What ``ssl`` says of the peer's certificate: empty when it has none, or none that was verified."""
        return {} if self._transport is None else self._transport.get_extra_info("peercert") or {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open, handshake and all: what waited is sent."""
        # uvloop's transports have the methods but not the base class.
        self._transport = cast("asyncio.Transport", transport)
        if self._closing:
            self._transport.abort()
            return
        self.last_received = self._table.now()
        early, self._early = self._early, []
        for data in early:
            self.send(data)

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer: every message in them is handed up, in order."""
        if self._closing:
            return
        now = self.last_received = self._table.now()
        framing = self._framing
        events = framing.receive(data)
        self._write_output()
        for event in events:
            if isinstance(event, (Request, Response)):
                self.proven = True
                self._table.message_received(event, self)
            elif isinstance(event, SipParseError):
                self._table.malformed_received(event, self.flow)
            else:
                self.proven = True
                self._table.counters.keep_alives += 1
        if events:
            self.half_since = 0.0
        if framing.broken:
            self._table.counters.connections_cut += 1
            self.close()
        elif framing.idle:
            self.half_since = 0.0
        elif not self.half_since:
            self.half_since = now

    def eof_received(self) -> bool:
        """The peer sends no more; we close too."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone, whoever ended it."""
        self._transport = None
        self._closing = True
        self._table.lost(self)

    def send(self, data: bytes) -> bool:
        """Send a message, or keep it until the connection is open; False when it cannot be sent any more."""
        transport = self._transport
        if transport is None:
            return not self._closing and self._keep_early(data)
        if self._closing:
            return False
        framed = self._framing.frame(data)
        if not framed:
            return False
        transport.write(framed)
        if transport.get_write_buffer_size() > self._table.limits.write_buffer:
            self._table.counters.connections_cut += 1
            self.abort()
            return False
        self._table.counters.messages_sent += 1
        return True

    def close(self) -> None:
        """Send what is written, then close."""
        self._closing = True
        if self._transport is not None:
            farewell = self._framing.farewell()
            if farewell:
                self._transport.write(farewell)
            self._transport.close()

    def abort(self) -> None:
        """Close at once; what is written is lost."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def _keep_early(self, data: bytes) -> bool:
        self._early_size += len(data)
        if self._early_size > self._table.limits.connect_queue:
            return False
        self._early.append(data)
        return True

    def _write_output(self) -> None:
        output = self._framing.output()
        if output and self._transport is not None:
            self._transport.write(output)
