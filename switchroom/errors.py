"""Errors of all processes: first whose fault it is, then data, then text.

SwitchroomError
 ├ ProtocolError(status_hint)
 │  ├ LocalProtocolError          our own code asked for something the RFC forbids
 │  └ RemoteProtocolError         the peer did; becomes a 4xx
 │     └ SipParseError(header, offset, request)
 ├ TransactionTimeout(timer)      treated as 408 (RFC 3261 section 8.1.3.1)
 ├ TransportError(peer)           treated as 503 (same section)
 ├ ConfigError(file, key, fix)    a setting that cannot be used; its text names all three
 └ BusError
    ├ BusTimeout                  the deadline of a request passed without its answer
    ├ BusFull(peer)               the queue to the peer is at its limit
    ├ PeerLost(peer)              the peer fell silent or left with our request unanswered
    └ RequestRefused(code)        the peer answered with an error

Each process adds its own branches in its own ``errors.py``. Raise a fresh instance every time: a shared one
gathers tracebacks, which a hostile peer can grow without bound.
"""

from __future__ import annotations


class SwitchroomError(Exception):
    """Root of every error this project raises on purpose."""


class ProtocolError(SwitchroomError):
    """A rule of a protocol was broken; *status_hint* is the SIP status that answers it best."""

    def __init__(self, text: str, status_hint: int = 400) -> None:
        super().__init__(text)
        self.status_hint = status_hint


class LocalProtocolError(ProtocolError):
    """Our own code asked for something the RFC forbids."""

    def __init__(self, text: str, status_hint: int = 500) -> None:
        super().__init__(text, status_hint)


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol."""


class SipParseError(RemoteProtocolError):
    """A SIP message that cannot be read.

    *header* names the header at fault ("" for the start line or the framing), *offset* is the byte offset into the
    message, and *request* is the partly read request when enough of it is there to answer it.
    """

    def __init__(
        self, text: str, *, header: str = "", offset: int = 0, status_hint: int = 400, request: object | None = None
    ) -> None:
        super().__init__(text, status_hint)
        self.header = header
        self.offset = offset
        self.request = request


class TransactionTimeout(SwitchroomError):
    """No final response in time; *timer* is the letter of the timer that fired."""

    def __init__(self, timer: str) -> None:
        super().__init__(f"timer {timer} fired")
        self.timer = timer


class TransportError(SwitchroomError):
    """The transport to *peer* failed."""

    def __init__(self, peer: str, text: str) -> None:
        super().__init__(f"{peer}: {text}")
        self.peer = peer


class ConfigError(SwitchroomError):
    """A setting that cannot be used: where it stands, which key, and what to write instead."""

    def __init__(self, file: str, key: str, fix: str) -> None:
        super().__init__(f"{file}: {key}: {fix}")
        self.file = file
        self.key = key
        self.fix = fix


class BusError(SwitchroomError):
    """Something on the bus between processes failed."""


class BusTimeout(BusError):
    """The deadline of a request passed without its answer."""


class BusFull(BusError):
    """The queue to *peer* is at its limit."""

    def __init__(self, peer: str) -> None:
        super().__init__(f"queue to {peer} is full")
        self.peer = peer


class PeerLost(BusError):
    """*peer* fell silent, or left, with our request unanswered."""

    def __init__(self, peer: str) -> None:
        super().__init__(f"{peer} is gone")
        self.peer = peer


class RequestRefused(BusError):
    """The peer answered a request with an error; *code* is a name of ``ErrorCode`` in the contract, *text* says why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
