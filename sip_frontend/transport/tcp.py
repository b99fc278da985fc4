"""TCP listening: accepts, sets what SIP wants of a socket, and hands the connection to the table.

We accept ourselves instead of through ``loop.create_server`` so that the limits hold before a TLS handshake has cost
us anything. The listeners of TLS and WebSocket are this one with another door.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Final, final

from sip_frontend.transport.connections import Connections, Door

_BACKLOG: Final = 1024
_BATCH: Final = 32
"""Connections accepted before other sources get their turn."""
_PAUSE_S: Final = 0.5
"""How long to accept nothing when the process is out of descriptors; the kernel keeps the peers waiting."""
_KEEP_ALIVE: Final = ((socket.TCP_KEEPIDLE, 120), (socket.TCP_KEEPINTVL, 30), (socket.TCP_KEEPCNT, 4))
"""Finds a peer that vanished within four minutes, whatever its SIP keep-alive is."""


@final
class StreamListener:
    """One listening socket. Binds on construction (OSError if that fails); accepts from ``start`` on."""

    __slots__ = ("_closed", "_connections", "_loop", "_resume", "_socket", "door")

    def __init__(self, loop: asyncio.AbstractEventLoop, connections: Connections, door: Door) -> None:
        self._loop = loop
        self._connections = connections
        self._closed = False
        self._resume: asyncio.TimerHandle | None = None
        self._socket = _listen(door.local)
        host, port = self._socket.getsockname()[:2]
        self.door = replace(door, local=(host, port))

    @property
    def local(self) -> tuple[str, int]:
        """The address bound."""
        return self.door.local

    def start(self) -> None:
        """Begin to accept."""
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Accept no more; accepted connections stay."""
        if not self._closed:
            self._closed = True
            if self._resume is not None:
                self._resume.cancel()
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _accept(self) -> None:
        for _ in range(_BATCH):
            try:
                accepted, address = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:
                self._loop.remove_reader(self._socket)
                self._resume = self._loop.call_later(_PAUSE_S, self.start)
                return
            try:
                tune(accepted)
            except OSError:
                accepted.close()
                continue
            self._connections.accept(accepted, address[:2], self.door)


def tune(connected: socket.socket) -> None:
    """Set what a SIP connection wants: no delay of small messages, and an end to dead peers."""
    connected.setblocking(False)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEP_ALIVE:
        connected.setsockopt(socket.IPPROTO_TCP, option, value)


def _listen(address: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
