"""SIP over WebSocket: RFC 7118. One message a WebSocket message, subprotocol ``sip``; the handshake included.

``websockets`` does the framing of RFC 6455 without I/O; the connection beneath is the same as for TCP and TLS.
"""

from __future__ import annotations

from typing import Final, final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from sip_frontend.message import SipParseError, parse_message
from sip_frontend.message.stream_parser import PONG, KeepAlive, StreamEvent

_SUBPROTOCOL: Final = Subprotocol("sip")
_MAX_MESSAGE: Final = 196_608
"""A head and a body as large as the stream parser takes them."""
_GOING_AWAY: Final = 1001
"""RFC 6455 section 7.4.1."""


@final
class WebSocketFraming:
    """Server side of one WebSocket connection, from its HTTP request on."""

    __slots__ = ("_half", "_parts", "_protocol")

    def __init__(self) -> None:
        self._protocol = ServerProtocol(subprotocols=[_SUBPROTOCOL], max_size=_MAX_MESSAGE)
        self._parts: list[bytes] = []
        self._half = False

    @property
    def idle(self) -> bool:
        return not self._half

    @property
    def broken(self) -> bool:
        return self._protocol.close_expected()

    def receive(self, data: bytes) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        if self.broken:
            return events
        self._protocol.receive_data(data)
        received = self._protocol.events_received()
        for event in received:
            if isinstance(event, Handshake):
                self._protocol.send_response(self._protocol.accept(event))
            elif isinstance(event, Frame):
                self._take(event, events)
        self._half = not received or bool(self._protocol.reader.buffer) or bool(self._parts)
        return events

    def output(self) -> bytes:
        return b"".join(self._protocol.data_to_send())

    def frame(self, message: bytes) -> bytes:
        """A text message if it can be one, as browsers like it (section 4.2 allows both)."""
        if self._protocol.state is not OPEN:
            return b""
        if is_text(message):
            self._protocol.send_text(message)
        else:
            self._protocol.send_binary(message)
        return self.output()

    def farewell(self) -> bytes:
        if self._protocol.state is OPEN:
            self._protocol.send_close(_GOING_AWAY)
        return self.output()

    def _take(self, frame: Frame, events: list[StreamEvent]) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if frame.fin:
                parts, self._parts = self._parts, []
                events.append(self._read(b"".join(parts)))
        elif frame.opcode in (Opcode.PING, Opcode.PONG):
            events.append(KeepAlive(ping=frame.opcode is Opcode.PING))

    def _read(self, data: bytes) -> StreamEvent:
        """One WebSocket message: SIP, or the CRLF keep-alive that some clients keep to (RFC 5626 section 3.5.1)."""
        if not data.strip(b"\r\n"):
            if len(data) >= 4:
                self._protocol.send_text(PONG)
            return KeepAlive(ping=len(data) >= 4)
        try:
            return parse_message(data)
        except SipParseError as error:
            return error


def is_text(message: bytes) -> bool:
    """Whether *message* is UTF-8, as a text frame must be."""
    if message.isascii():
        return True
    try:
        message.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
