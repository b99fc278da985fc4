"""What the transport tests share: transports on loopback that keep what they hear, and a peer's messages."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sip_frontend.message import Request, Response, SipParseError, build_request
from sip_frontend.transaction import Flow
from sip_frontend.transport import Limits, Listener, Transports

WAIT_S = 5.0
"""Longest wait for something that always comes; only a failing test waits so long."""


def options(call_id: str = "c1", transport: str = "UDP", body: bytes = b"") -> bytes:
    """A request, as a peer sends it."""
    headers = [
        ("Via", f"SIP/2.0/{transport} 127.0.0.1:5999;branch=z9hG4bK{call_id};rport"),
        ("Max-Forwards", "70"),
        ("From", "<sip:peer@127.0.0.1>;tag=far"),
        ("To", "<sip:us@127.0.0.1>"),
        ("Call-ID", call_id),
        ("CSeq", "1 OPTIONS"),
    ]
    return build_request("OPTIONS", "sip:us@127.0.0.1", headers, body)


class Heard:
    """Transports with all they hand up; *reply*, if set, is called with each message."""

    def __init__(self, limits: Limits | None = None, client_context: ssl.SSLContext | None = None) -> None:
        self.messages: list[tuple[Request | Response, Flow]] = []
        self.malformed: list[tuple[SipParseError, Flow]] = []
        self.failed: list[Flow] = []
        self.reply: Callable[[Request | Response, Flow], object] | None = None
        self._changed = asyncio.Event()
        self.transports = Transports(
            asyncio.get_running_loop(),
            on_message=self._message,
            on_malformed=self._malformed,
            on_failed=self._failed,
            limits=limits,
            client_context=None if client_context is None else lambda: client_context,
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds after something was heard."""
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def local(self, transport: str) -> tuple[str, int]:
        """Where the first listener of *transport* is bound."""
        return next(local for name, local in self.transports.listening() if name == transport)

    def call_ids(self) -> list[str]:
        return [message.call_id for message, _ in self.messages]

    def _message(self, message: Request | Response, flow: Flow) -> None:
        self.messages.append((message, flow))
        if self.reply is not None:
            self.reply(message, flow)
        self._changed.set()

    def _malformed(self, error: SipParseError, flow: Flow) -> None:
        self.malformed.append((error, flow))
        self._changed.set()

    def _failed(self, flow: Flow) -> None:
        self.failed.append(flow)
        self._changed.set()


@asynccontextmanager
async def listening(
    *transports: str,
    host: str = "127.0.0.1",
    limits: Limits | None = None,
    context: ssl.SSLContext | None = None,
    client_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Heard]:
    """Transports listening on ports of the system's choice."""
    heard = Heard(limits, client_context)
    secure = ("TLS", "WSS")
    heard.transports.start(
        [Listener(name, host, 0, context=context if name in secure else None) for name in transports]
    )
    try:
        yield heard
    finally:
        await heard.transports.stop()


async def eventually(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until *condition* holds; for what no callback tells."""
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.001)
