"""All transports of this process as one: start and stop, send along a flow, dial, and what messages came in.

This is the shell around the sans-IO layers. It parses what arrives, hands it to the three callbacks it was given,
and knows nothing of transactions.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

from sip_frontend.guard import Verdict
from sip_frontend.message import SipParseError, parse_message
from sip_frontend.transaction.flow import Flow, host_port
from sip_frontend.transport import tls
from sip_frontend.transport.addresses import Routes, is_address, is_wildcard
from sip_frontend.transport.connections import Connections, Door, OnFailed, OnMalformed, OnMessage
from sip_frontend.transport.framing import Framing, StreamFraming
from sip_frontend.transport.gate import Gate
from sip_frontend.transport.limits import Counters, Limits
from sip_frontend.transport.stun import answer_binding
from sip_frontend.transport.tap import Tap
from sip_frontend.transport.tcp import StreamListener
from sip_frontend.transport.udp import UdpTransport
from switchroom.errors import LocalProtocolError, TransportError

_SWEEP_S: Final = 1.0
"""How often connections are looked at: the limits are in whole seconds."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One address to listen at. *advertised* is what peers are told instead (1:1 NAT); port 0 means the bound one."""

    transport: str
    host: str
    port: int
    advertised_host: str = ""
    advertised_port: int = 0
    context: ssl.SSLContext | None = None


@final
class Transports:
    """The listeners and connections of one user agent core."""

    __slots__ = (
        "_advertised",
        "_client_context",
        "_connections",
        "_gate",
        "_loop",
        "_new_client_context",
        "_on_message",
        "_routes",
        "_stream",
        "_sweeping",
        "_tap",
        "_udp",
        "counters",
        "limits",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        on_message: OnMessage,
        on_failed: OnFailed,
        on_malformed: OnMalformed,
        limits: Limits | None = None,
        client_context: Callable[[], ssl.SSLContext] | None = None,
        gate: Gate | None = None,
        tap: Tap | None = None,
    ) -> None:
        self._loop = loop
        self._gate = gate
        self._tap = tap
        self._new_client_context = client_context or tls.client_context
        self._client_context: ssl.SSLContext | None = None
        self._on_message = on_message
        self.limits = limits or Limits()
        self.counters = Counters()
        self._connections = Connections(
            loop,
            self.limits,
            self.counters,
            on_message=on_message,
            on_malformed=on_malformed,
            on_failed=on_failed,
            gate=gate,
            tap=tap,
        )
        self._udp: dict[tuple[str, int], UdpTransport] = {}
        self._stream: dict[tuple[str, tuple[str, int]], StreamListener] = {}
        self._advertised: dict[tuple[str, tuple[str, int]], tuple[str, int]] = {}
        self._routes = Routes()
        self._sweeping: asyncio.TimerHandle | None = None

    def start(self, listeners: Sequence[Listener]) -> None:
        """Bind all *listeners* and begin to receive. Raises TransportError, with nothing bound, if one cannot be."""
        try:
            for listener in listeners:
                self._bind(listener)
        except TransportError:
            self._close_listeners()
            raise
        for udp in self._udp.values():
            udp.start()
        for stream in self._stream.values():
            stream.start()
        self._sweep()

    async def stop(self) -> None:
        """Stop listening and close every connection, what is written first. No flow is reported failed any more."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for stream in self._stream.values():
            stream.close()
        await self._connections.stop()
        self._close_listeners()

    def send(self, flow: Flow, data: bytes) -> bool:
        """Send one message along *flow*; False when that is certain to have failed (see ``on_failed`` for later)."""
        if flow.connection:
            connection = self._connections.of(flow)
            if connection is not None and connection.send(data):
                if self._tap is not None:
                    self._tap.sent(data, flow)
                return True
        elif flow.transport == "UDP":
            udp = self._udp.get(flow.local)
            if udp is not None:
                if self._tap is not None:
                    self._tap.sent(data, flow)
                return udp.send(flow.remote, data)
        self.counters.sends_failed += 1
        return False

    def connect(self, transport: str, remote: tuple[str, int], *, server_name: str = "") -> Flow:
        """A flow to *remote*, whose host is a numeric address.

        UDP: from the listener that routes there. TCP and TLS: the connection we have, or a new one that opens in the
        background; messages wait for it, and ``on_failed`` tells if it cannot be opened. *server_name* is the domain
        that a TLS certificate must be for (RFC 5922 section 7), else the address itself. Raises TransportError when
        there is no such listener or no room, LocalProtocolError for WebSocket, which only browsers open.
        """
        if transport in ("WS", "WSS"):
            raise LocalProtocolError(f"{transport} connections are opened by the client (RFC 7118 section 5)")
        if not is_address(remote[0]):
            raise LocalProtocolError(f"{remote[0]} is no address; look it up first")
        local = self._local_for(transport, remote)
        if transport == "UDP":
            return self._udp[local].flow_to(remote)
        context = self._for_client() if transport == "TLS" else None
        return self._connections.dial(transport, local, remote, context, server_name)

    def _for_client(self) -> ssl.SSLContext:
        """Made for the first connection: reading the authorities costs what most exchanges need not spend."""
        if self._client_context is None:
            try:
                self._client_context = self._new_client_context()
            except OSError as error:
                raise TransportError("TLS", f"authorities cannot be read: {error}") from error
        return self._client_context

    def close_flow(self, flow: Flow) -> None:
        """End the connection of *flow* once what is written has left; nothing for UDP."""
        connection = self._connections.of(flow)
        if connection is not None:
            connection.close()

    def is_open(self, flow: Flow) -> bool:
        """Whether *flow* can still be sent along."""
        if flow.connection:
            return self._connections.of(flow) is not None
        return flow.transport == "UDP" and flow.local in self._udp

    def advertised(self, flow: Flow) -> tuple[str, int]:
        """Host and port of ours that the peer of *flow* is to know us by, in Via, Contact and SDP."""
        host, port = self._advertised.get((flow.transport, flow.local), flow.local)
        if is_wildcard(host):
            host = self._routes.local_towards(flow.remote[0]) or host
        return host, port

    def sent_by(self, flow: Flow) -> str:
        """``advertised`` as the sent-by of a Via."""
        return host_port(*self.advertised(flow))

    def listening(self) -> list[tuple[str, tuple[str, int]]]:
        """Transport and bound address of every listener."""
        return [("UDP", local) for local in self._udp] + list(self._stream)

    def waiting(self) -> int:
        """Datagrams that wait in the kernel to be read, about."""
        return sum(udp.waiting() for udp in self._udp.values())

    def counts(self) -> dict[str, int]:
        """Counters since the start, and what is open now."""
        return {
            **self.counters.counts(),
            "connections": len(self._connections),
            "udp_kernel_drops": sum(udp.kernel_drops() for udp in self._udp.values()),
        }

    def _bind(self, listener: Listener) -> None:
        address = (listener.host, listener.port)
        secure = listener.transport in ("TLS", "WSS")
        if secure != (listener.context is not None):
            raise LocalProtocolError(f"{listener.transport} with{'out' if secure else ''} a TLS context")
        try:
            local = self._bind_udp(address) if listener.transport == "UDP" else self._bind_stream(listener, address)
        except OSError as error:
            raise TransportError(f"{listener.transport} {host_port(*address)}", error.strerror or str(error)) from error
        advertised = (listener.advertised_host or local[0], listener.advertised_port or local[1])
        self._advertised[listener.transport, local] = advertised

    def _bind_udp(self, address: tuple[str, int]) -> tuple[str, int]:
        udp = UdpTransport(self._loop, address, self._on_datagram, limits=self.limits, counters=self.counters)
        self._udp[udp.local] = udp
        return udp.local

    def _bind_stream(self, listener: Listener, address: tuple[str, int]) -> tuple[str, int]:
        door = Door(listener.transport, address, _framing_of(listener.transport), listener.context)
        stream = StreamListener(self._loop, self._connections, door)
        self._stream[listener.transport, stream.local] = stream
        return stream.local

    def _on_datagram(self, data: bytes, flow: Flow) -> None:
        gate = self._gate
        if data[:1] <= b"\r" and (
            (gate is not None and not gate.admits_peer(flow.remote[0])) or self._is_keep_alive(data, flow)
        ):
            self.counters.keep_alives += 1
            return
        if gate is not None and gate.judges(data, flow) is not Verdict.PASS:
            return
        if self._tap is not None:
            self._tap.received(data, flow)
        try:
            message = parse_message(data)
        except SipParseError as error:
            self._connections.malformed_received(error, flow)
            return
        self.counters.messages_received += 1
        self._on_message(message, flow)

    def _is_keep_alive(self, data: bytes, flow: Flow) -> bool:
        """Datagrams that hold a NAT binding open: empty, line breaks, zeros, and STUN, which gets its answer."""
        answer = answer_binding(data, flow.remote)
        if answer is not None:
            self._udp[flow.local].send(flow.remote, answer)
            return True
        return not data.strip(b"\r\n\0")

    def _local_for(self, transport: str, remote: tuple[str, int]) -> tuple[str, int]:
        """The listener of *transport* that a peer at *remote* can answer to."""
        locals_ = (
            list(self._udp) if transport == "UDP" else [local for name, local in self._stream if name == transport]
        )
        local = self._routes.choose(locals_, remote[0])
        if local is None:
            raise TransportError(host_port(*remote), f"no {transport} listener for such an address")
        return local

    def _sweep(self) -> None:
        self._connections.sweep()
        self._sweeping = self._loop.call_later(_SWEEP_S, self._sweep)

    def _close_listeners(self) -> None:
        for udp in self._udp.values():
            udp.close()
        for stream in self._stream.values():
            stream.close()
        self._udp.clear()
        self._stream.clear()


def _framing_of(transport: str) -> Callable[[], Framing]:
    if transport in ("TCP", "TLS"):
        return StreamFraming
    if transport in ("WS", "WSS"):
        # Here, because the import costs 57 ms and 5 MB that only those who listen for browsers need to spend.
        from sip_frontend.transport.websocket import WebSocketFraming

        return WebSocketFraming
    raise LocalProtocolError(f"no transport is called {transport}")
