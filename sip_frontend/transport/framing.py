"""How SIP messages lie in the bytes of a connection. TCP and TLS carry a stream; WebSocket has its own framing."""

from __future__ import annotations

from typing import Protocol, final

from sip_frontend.message.stream_parser import PONG, KeepAlive, StreamEvent, StreamParser


class Framing(Protocol):
    """One connection's framing: bytes in, events out, messages framed. No I/O."""

    @property
    def idle(self) -> bool:
        """Whether the peer owes us no rest of a message."""

    @property
    def broken(self) -> bool:
        """Whether the connection is of no more use and is to be closed once our answer is out."""

    def receive(self, data: bytes) -> list[StreamEvent]:
        """Take bytes of the peer."""

    def output(self) -> bytes:
        """Bytes to send that no message of ours caused: handshake, pong, close."""

    def frame(self, message: bytes) -> bytes:
        """A message as it goes on the wire; empty while, or once, none can be sent."""

    def farewell(self) -> bytes:
        """What is left to say before we close."""


@final
class StreamFraming:
    """SIP messages one after the other, each with its Content-Length (RFC 3261 section 18.3)."""

    __slots__ = ("_output", "_parser")

    def __init__(self) -> None:
        self._parser = StreamParser()
        self._output = b""

    @property
    def idle(self) -> bool:
        return self._parser.idle

    @property
    def broken(self) -> bool:
        return self._parser.broken

    def receive(self, data: bytes) -> list[StreamEvent]:
        events = self._parser.feed(data)
        for event in events:
            if isinstance(event, KeepAlive) and event.ping:
                self._output += PONG
        return events

    def output(self) -> bytes:
        output, self._output = self._output, b""
        return output

    def frame(self, message: bytes) -> bytes:
        return message

    def farewell(self) -> bytes:
        return self.output()
