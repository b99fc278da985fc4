"""Messages out of a byte stream: RFC 3261 section 18.3, keep-alive of RFC 5626 section 3.5.1.

Sans-IO: bytes in, events out. A head that cannot be read costs only its own message as long as its Content-Length
can be; where the framing is lost the parser is ``broken`` and the connection is of no more use.

State     Has                        Next      Do
IDLE      CRLF                       IDLE      deliver KeepAlive; the second of two is the ping
IDLE      a byte that starts no head broken    deliver the error
IDLE      head, good                 BODY      -
IDLE      head, bad, length known    SKIP      deliver the error, which may hold a request to answer
IDLE      head, no length            broken    deliver the error
BODY      all of the body            IDLE      deliver the message
SKIP      all of the body            IDLE      -
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from sip_frontend.message.grammar import TOKEN_CHARS, parse_uint
from sip_frontend.message.message import Request, Response
from sip_frontend.message.parser import MAX_HEAD, attach_request, content_lengths, oversized_head, parse_head
from switchroom.errors import SipParseError

PONG: Final = b"\r\n"
"""What answers a ping."""
MAX_BODY: Final = 131072
"""Most bytes in a body; the largest seen in practice, a browser's SDP with all its candidates, has some 10,000."""
_FIRST_BYTES: Final = frozenset(TOKEN_CHARS.encode())


@final
@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A keep-alive: *ping* (double CRLF) wants ``PONG`` as its answer; a pong, a single CRLF, wants nothing."""

    ping: bool


StreamEvent = Request | Response | KeepAlive | SipParseError


@final
class StreamParser:
    """One direction of one connection."""

    __slots__ = (
        "_buffer",
        "_half_ping",
        "_head",
        "_max_body",
        "_max_head",
        "_message",
        "_scanned",
        "_wanted",
        "broken",
    )

    def __init__(self, max_head: int = MAX_HEAD, max_body: int = MAX_BODY) -> None:
        self._max_head = max_head
        self._max_body = max_body
        self._buffer = bytearray()
        self._scanned = 0
        """Bytes of the buffer known not to hold the end of the head."""
        self._message: Request | Response | None = None
        """A read head that waits for its body."""
        self._head = b""
        self._wanted = 0
        """Bytes of body still due to ``_message``, or to be thrown away if that is None."""
        self._half_ping = False
        self.broken = False
        """Set once the framing is lost: close the connection, after sending the answer if there is one."""

    @property
    def idle(self) -> bool:
        """Whether no message is under way, so that a silent peer owes us nothing."""
        return not self._buffer and not self._wanted and self._message is None

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take *data* and return what it completes, in order."""
        events: list[StreamEvent] = []
        if self.broken:
            return events
        self._buffer += data
        while not self.broken and self._step(events):
            pass
        if self.broken:
            self._buffer.clear()
        return events

    def _step(self, events: list[StreamEvent]) -> bool:
        """Take the next piece from the buffer; False if it holds no whole one."""
        if self._message is not None:
            return self._take_body(self._message, events)
        if self._wanted:
            skipped = min(self._wanted, len(self._buffer))
            del self._buffer[:skipped]
            self._wanted -= skipped
            return skipped > 0
        if not self._buffer:
            return False
        if self._buffer[0] == 13:
            return self._take_keep_alive(events)
        return self._take_head(events)

    def _take_keep_alive(self, events: list[StreamEvent]) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer[1] != 10:
            self._lose(SipParseError("a CR without LF between messages"), events)
            return False
        del self._buffer[:2]
        if self._half_ping:
            events[-1:] = [event for event in events[-1:] if event != KeepAlive(ping=False)]
        self._half_ping = not self._half_ping
        events.append(KeepAlive(ping=not self._half_ping))
        return True

    def _take_head(self, events: list[StreamEvent]) -> bool:
        self._half_ping = False
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n", self._scanned)
        problem = self._start_problem(end if end >= 0 else len(buffer) - 3)
        if problem is not None:
            self._lose(problem, events)
            return False
        if end < 0:
            self._scanned = max(0, len(buffer) - 3)
            return False
        head = bytes(buffer[:end])
        del buffer[: end + 4]
        self._scanned = 0
        try:
            message = parse_head(head, b"", b"")
        except SipParseError as error:
            self._refuse(error, head, events)
            return True
        line = message.index.get("Content-Length")
        try:
            if line is None or (message.repeated and len(set(message.get_all("Content-Length"))) > 1):
                raise SipParseError("Content-Length: one is needed on a stream", header="Content-Length")
            self._wanted = self._checked_length(line)
        except SipParseError as error:
            attach_request(error, message)
            self._lose(error, events)
            return False
        self._head = head
        self._message = message
        return True

    def _take_body(self, message: Request | Response, events: list[StreamEvent]) -> bool:
        if len(self._buffer) < self._wanted:
            return False
        message.body = bytes(self._buffer[: self._wanted])
        message.raw = self._head + b"\r\n\r\n" + message.body
        del self._buffer[: self._wanted]
        self._wanted = 0
        self._message = None
        self._head = b""
        events.append(message)
        return True

    def _start_problem(self, least_head: int) -> SipParseError | None:
        """Why the bytes at hand cannot begin a message whose head has at least *least_head* bytes."""
        buffer = self._buffer
        line_end = buffer.find(b"\n")
        if buffer[0] not in _FIRST_BYTES:
            return SipParseError("this is no SIP")
        if line_end >= 0 and buffer[line_end - 1] != 13:
            return SipParseError("a line that does not end with CRLF")
        if least_head > self._max_head:
            return oversized_head(bytes(buffer[: self._max_head]))
        return None

    def _refuse(self, error: SipParseError, head: bytes, events: list[StreamEvent]) -> None:
        """A head that cannot be read: go on after its body if we can tell where that ends."""
        try:
            lengths = set(content_lengths(head))
            if len(lengths) != 1:
                raise SipParseError("Content-Length: one is needed on a stream", header="Content-Length")
            self._wanted = self._checked_length(lengths.pop())
        except SipParseError:
            self._lose(error, events)
            return
        events.append(error.with_traceback(None))

    def _checked_length(self, line: str) -> int:
        size = parse_uint(line, "Content-Length")
        if size > self._max_body:
            raise SipParseError(f"Content-Length: {size} is over our limit", header="Content-Length", status_hint=513)
        return size

    def _lose(self, error: SipParseError, events: list[StreamEvent]) -> None:
        self.broken = True
        events.append(error.with_traceback(None))  # whose frames hold this very list
