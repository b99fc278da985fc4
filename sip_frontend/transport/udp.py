"""UDP: one bound socket, drained in batches on the event loop.

The socket is our own rather than an asyncio ``DatagramProtocol``: draining up to ``_BATCH`` datagrams a wake-up
halves the cost of a message.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, final

from sip_frontend.transaction.flow import Flow
from sip_frontend.transport.limits import Counters, Limits

OnDatagram = Callable[[bytes, Flow], None]

_BATCH: Final = 64
"""Datagrams read before other sources get their turn."""
_MAX_DATAGRAM: Final = 65_535
_MAX_FLOWS: Final = 8_192
"""Peers whose Flow object is kept ready; a stranger may invent addresses without end."""
_SO_RCVBUFFORCE: Final = 33
"""Linux ``asm-generic/socket.h``: SO_RCVBUF beyond net.core.rmem_max, for those who have CAP_NET_ADMIN."""
_SO_MEMINFO: Final = 55
"""Linux ``asm-generic/socket.h``, since 4.12: eight numbers on a socket's memory, the first that of what waits."""
_WAITING_SIZE: Final = 2304
"""What the kernel counts for a datagram of usual size."""
_SEND_BUFFER: Final = 1_048_576


@final
class UdpTransport:
    """One UDP listener. Binds on construction (OSError if that fails); reads from ``start`` on."""

    __slots__ = (
        "_closed",
        "_counters",
        "_flows",
        "_limits",
        "_loop",
        "_on_datagram",
        "_socket",
        "_waiting",
        "local",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        address: tuple[str, int],
        on_datagram: OnDatagram,
        *,
        limits: Limits,
        counters: Counters,
    ) -> None:
        self._loop = loop
        self._on_datagram = on_datagram
        self._limits = limits
        self._counters = counters
        self._flows: dict[tuple[str, int], Flow] = {}
        self._waiting: deque[tuple[bytes, tuple[str, int]]] = deque()
        self._closed = False
        self._socket = _bind(address, limits.udp_receive_buffer)
        host, port = self._socket.getsockname()[:2]
        self.local: tuple[str, int] = (str(host), int(port))

    def start(self) -> None:
        """Begin to receive."""
        self._loop.add_reader(self._socket, self._drain)

    def close(self) -> None:
        """Stop, giving up what still waits to be sent."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    def flow_to(self, remote: tuple[str, int]) -> Flow:
        """The flow between this listener and *remote*, the same object for a peer seen lately."""
        flow = self._flows.get(remote)
        if flow is None:
            if len(self._flows) >= _MAX_FLOWS:
                self._flows.clear()
            flow = self._flows[remote] = Flow("UDP", self.local, remote)
        return flow

    def send(self, remote: tuple[str, int], data: bytes) -> bool:
        """Send one datagram; False when the system refuses it (unreachable, too large, not allowed).

        A full send buffer is no refusal: the datagram waits, and is dropped and counted when too many do, which for
        SIP is the same as lost on the way.
        """
        if self._waiting:
            return self._wait(remote, data)
        try:
            self._socket.sendto(data, remote)
        except BlockingIOError:
            return self._wait(remote, data)
        except (OSError, OverflowError):
            self._counters.sends_failed += 1
            return False
        self._counters.messages_sent += 1
        return True

    def kernel_drops(self) -> int:
        """Datagrams the kernel has dropped because our receive buffer was full (Linux; 0 elsewhere)."""
        if self._closed:
            return 0
        table = Path("/proc/net/udp6" if self._socket.family is socket.AF_INET6 else "/proc/net/udp")
        inode = str(os.fstat(self._socket.fileno()).st_ino)
        try:
            lines = table.read_text("ascii").splitlines()
        except OSError:
            return 0
        for line in lines[1:]:
            columns = line.split()
            if columns[9] == inode:
                return int(columns[12])
        return 0

    def waiting(self) -> int:
        """Datagrams that wait in the kernel to be read, about (Linux; 0 elsewhere)."""
        if self._closed:
            return 0
        try:
            memory = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 4)
        except OSError:
            return 0
        return int.from_bytes(memory, sys.byteorder) // _WAITING_SIZE

    def receive_buffer(self) -> int:
        """The receive buffer the kernel really gave us, in bytes."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def _drain(self) -> None:
        receive = self._socket.recvfrom
        for _ in range(_BATCH):
            try:
                data, address = receive(_MAX_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                # An error of an earlier send (an ICMP message); the socket itself is sound.
                continue
            self._on_datagram(data, self._flows.get(address) or self.flow_to(address[:2]))
            if self._closed:
                return

    def _wait(self, remote: tuple[str, int], data: bytes) -> bool:
        if len(self._waiting) >= self._limits.udp_send_queue:
            self._counters.sends_dropped += 1
            return True
        if not self._waiting:
            self._loop.add_writer(self._socket, self._flush)
        self._waiting.append((data, remote))
        return True

    def _flush(self) -> None:
        waiting = self._waiting
        while waiting:
            data, remote = waiting[0]
            try:
                self._socket.sendto(data, remote)
                self._counters.messages_sent += 1
            except BlockingIOError:
                return
            except (OSError, OverflowError):
                self._counters.sends_failed += 1
            waiting.popleft()
        self._loop.remove_writer(self._socket)


def _bind(address: tuple[str, int], receive_buffer: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        if family is socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            bound.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, receive_buffer)
        except OSError:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound
