"""The tiny HTTP server of the metrics page: GET /metrics, one answer a connection, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, final

_LONGEST_HEAD: Final = 8192
_PATIENCE_S: Final = 5.0
_MOST: Final = 16
"""Connections at once; Prometheus has one."""


@final
class MetricsListener:
    """Serves what *read* returns. ``start`` raises OSError when the address is taken."""

    def __init__(self, address: tuple[str, int], read: Callable[[], str]) -> None:
        self._address = address
        self._read = read
        self._server: asyncio.Server | None = None
        self._open = 0

    @property
    def local(self) -> tuple[str, int]:
        """The address bound."""
        if self._server is None:
            return self._address
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def start(self) -> None:
        """Listen."""
        host, port = self._address
        self._server = await asyncio.start_server(self._serve, host, port, limit=_LONGEST_HEAD)

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= _MOST:
                async with asyncio.timeout(_PATIENCE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._answer(head))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a client that says nothing, too much, or leaves: there is nobody to tell
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if method not in (b"GET", b"HEAD"):
            return _http("405 Method Not Allowed", "GET only\n", method)
        if path != b"/metrics":
            return _http("404 Not Found", "see /metrics\n", method)
        return _http("200 OK", self._read(), method)


def _http(status: str, text: str, method: bytes) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    return head if method == b"HEAD" else head + body
