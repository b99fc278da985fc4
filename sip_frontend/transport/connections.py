"""All connections: numbered, counted by address, found again by peer, and ended when they outstay their welcome."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import final

from sip_frontend.guard import Verdict
from sip_frontend.message import Request, Response, SipParseError
from sip_frontend.transaction.flow import Flow
from sip_frontend.transport.aliases import Aliases
from sip_frontend.transport.connection import Connection
from sip_frontend.transport.framing import Framing, StreamFraming
from sip_frontend.transport.gate import Gate
from sip_frontend.transport.limits import Counters, Limits
from sip_frontend.transport.tap import Tap
from switchroom.errors import TransportError

OnMessage = Callable[[Request | Response, Flow], None]
OnMalformed = Callable[[SipParseError, Flow], None]
OnFailed = Callable[[Flow], None]

Peer = tuple[str, tuple[str, int], str]
"""Transport, address, and the name its certificate must have ("" where there is none)."""


@final
@dataclass(frozen=True, slots=True)
class Door:
    """What the connections of one listener have in common."""

    transport: str
    local: tuple[str, int]
    new_framing: Callable[[], Framing]
    context: ssl.SSLContext | None = None


@final
class Connections:
    """The table of connections of this process. Number 0 is never given: it means UDP."""

    __slots__ = (
        "_aliases",
        "_by_number",
        "_by_peer",
        "_emptied",
        "_gate",
        "_loop",
        "_next_number",
        "_on_failed",
        "_on_malformed",
        "_on_message",
        "_openings",
        "_per_address",
        "_stopping",
        "_tap",
        "counters",
        "limits",
        "now",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        counters: Counters,
        *,
        on_message: OnMessage,
        on_malformed: OnMalformed,
        on_failed: OnFailed,
        gate: Gate | None = None,
        tap: Tap | None = None,
    ) -> None:
        self._loop = loop
        self._gate = gate
        self._tap = tap
        self.now = loop.time
        self.limits = limits
        self.counters = counters
        self._on_message = on_message
        self._on_malformed = on_malformed
        self._on_failed = on_failed
        self._by_number: dict[int, Connection] = {}
        self._by_peer: dict[Peer, Connection] = {}
        self._aliases = Aliases()
        self._per_address: dict[str, int] = {}
        self._openings: set[asyncio.Task[None]] = set()
        self._next_number = 1
        self._stopping = False
        self._emptied = asyncio.Event()

    def __len__(self) -> int:
        return len(self._by_number)

    def of(self, flow: Flow) -> Connection | None:
        """The connection of *flow*, while it is open.

        A flow may be older than this process, or another frontend's (bindings are kept by the registrar): its number
        alone would name a connection of somebody else.
        """
        connection = self._by_number.get(flow.connection)
        return connection if connection is not None and connection.flow.remote == flow.remote else None

    def accept(self, accepted: socket.socket, remote: tuple[str, int], door: Door) -> None:
        """Enter a connection of a peer, or close it when it is one too many; the TLS handshake comes after that."""
        here = self._per_address.get(remote[0], 0)
        full = len(self._by_number) >= self.limits.connections or here >= self.limits.connections_per_address
        if full or self._stopping or not (self._gate is None or self._gate.admits_peer(remote[0])):
            self.counters.connections_refused += 1
            accepted.close()
            return
        self.counters.connections_accepted += 1
        self._per_address[remote[0]] = here + 1
        flow = Flow(door.transport, door.local, remote, self._take_number())
        connection = Connection(self, flow, door.new_framing(), outbound=False)
        self._by_number[flow.connection] = connection
        self._start(self._adopt(connection, accepted, door.context))

    def dial(
        self,
        transport: str,
        local: tuple[str, int],
        remote: tuple[str, int],
        context: ssl.SSLContext | None = None,
        server_name: str = "",
    ) -> Flow:
        """The flow of an open connection to *remote*, whoever opened it, or of one now being opened.

        Messages wait until it is open. If that fails, the flow fails. Raises TransportError when there are too many.
        """
        peer = (transport, remote, server_name)
        known = self._by_peer.get(peer) or self._aliases.find(transport, remote, server_name)
        if known is not None:
            return known.flow
        if len(self._by_number) >= self.limits.connections or self._stopping:
            raise TransportError(f"{remote[0]}:{remote[1]}", "no more connections")
        flow = Flow(transport, local, remote, self._take_number())
        connection = Connection(self, flow, StreamFraming(), outbound=True)
        self._by_number[flow.connection] = connection
        self._by_peer[peer] = connection
        self._start(self._open(connection, context, server_name))
        return flow

    def message_received(self, message: Request | Response, connection: Connection) -> None:
        """Hand up a message that is let in."""
        flow = connection.flow
        if self._gate is not None:
            verdict = self._gate.judges(message.raw, flow)
            if verdict is Verdict.DROP:
                self._cut(flow)
            if verdict is not Verdict.PASS:
                return
        if self._tap is not None:
            self._tap.received(message.raw, flow)
        self.counters.messages_received += 1
        if not connection.outbound:
            self._aliases.note(connection, message)
        self._on_message(message, flow)

    def malformed_received(self, error: SipParseError, flow: Flow) -> None:
        """Count what cannot be read, and hand it up if it can be answered."""
        self.counters.unparsable += 1
        if self._gate is not None:
            self._gate.malformed(flow)
        if error.request is not None:
            self._on_malformed(error, flow)

    def lost(self, connection: Connection) -> None:
        """Forget a connection and tell who waits for answers on it."""
        flow = connection.flow
        if self._by_number.pop(flow.connection, None) is None:
            return
        if self._stopping and not self._by_number:
            self._emptied.set()
        if connection.outbound:
            for peer in [peer for peer, known in self._by_peer.items() if known is connection]:
                del self._by_peer[peer]
        else:
            self._leave_address(flow.remote[0])
            self._aliases.forget(connection)
        if not self._stopping:
            self._on_failed(flow)

    def sweep(self) -> None:
        """End the connections that are silent, stuck in half a message, or no SIP."""
        now, limits = self.now(), self.limits
        for connection in list(self._by_number.values()):
            silent_s = now - connection.last_received
            stuck = connection.half_since and now - connection.half_since > limits.half_message_s
            if stuck or silent_s > (limits.idle_s if connection.proven else limits.first_message_s):
                self.counters.connections_cut += 1
                connection.abort()

    async def stop(self, flush_s: float = 1.0) -> None:
        """Close all, giving what is written *flush_s* seconds to leave."""
        self._stopping = True
        for opening in list(self._openings):
            opening.cancel()
        for connection in list(self._by_number.values()):
            connection.close()
        if self._by_number:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), flush_s)
        for connection in list(self._by_number.values()):
            connection.abort()
        await asyncio.sleep(0)

    def _cut(self, flow: Flow) -> None:
        connection = self._by_number.get(flow.connection)
        if connection is not None:
            self.counters.connections_cut += 1
            connection.abort()

    def _start(self, opening: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(opening)
        self._openings.add(task)
        task.add_done_callback(self._openings.discard)

    async def _open(self, connection: Connection, context: ssl.SSLContext | None, server_name: str) -> None:
        """Dial, with the TLS handshake."""
        host, port = connection.flow.remote
        name = (server_name or host) if context is not None else None
        try:
            async with asyncio.timeout(self.limits.connect_s):
                await self._loop.create_connection(lambda: connection, host, port, ssl=context, server_hostname=name)
        except (OSError, TimeoutError):
            self.counters.connections_failed += 1
            self._give_up(connection)
        except asyncio.CancelledError:
            self._give_up(connection)
            raise
        else:
            self.counters.connections_opened += 1

    async def _adopt(self, connection: Connection, accepted: socket.socket, context: ssl.SSLContext | None) -> None:
        """Hand an accepted socket to the event loop, with the TLS handshake."""
        try:
            async with asyncio.timeout(self.limits.connect_s):
                await self._loop.connect_accepted_socket(lambda: connection, accepted, ssl=context)
        except (OSError, TimeoutError):
            self.counters.connections_failed += 1
            self._give_up(connection)
            accepted.close()
        except asyncio.CancelledError:
            self._give_up(connection)
            accepted.close()
            raise

    def _give_up(self, connection: Connection) -> None:
        connection.abort()
        self.lost(connection)

    def _take_number(self) -> int:
        number = self._next_number
        self._next_number = number + 1
        return number

    def _leave_address(self, host: str) -> None:
        left = self._per_address[host] - 1
        if left:
            self._per_address[host] = left
        else:
            del self._per_address[host]
