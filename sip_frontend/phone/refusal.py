"""Nobody listens at a UDP port: the kernel tells that (ICMP) to a connected socket alone, and ours is not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

# A keep-alive, which no exchange takes for a message (RFC 5626 section 3.5.1).
_PROBE = b"\r\n\r\n"


class RefusalProbe:
    """Calls *on_refused* once, should *remote* refuse a datagram; is silent when it takes it, or loses it."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, remote: tuple[str, int], on_refused: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._on_refused = on_refused
        family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(remote)
        loop.add_reader(self._socket, self._on_readable)
        self._socket.send(_PROBE)

    def close(self) -> None:
        """Listen no more."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _on_readable(self) -> None:
        try:
            self._socket.recv(16)  # a pong: somebody is there
        except ConnectionRefusedError:
            self._on_refused()
        except OSError:
            return  # the call itself tells what is wrong with the way
        finally:
            self.close()
