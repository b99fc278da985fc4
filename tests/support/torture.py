"""The torture messages of RFC 4475 and RFC 5118, byte by byte, and how to bring one to an exchange.

``tests/data/rfc4475`` and ``rfc5118`` hold them; README.md there says which are the published bytes.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import time
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
_PATIENCE_S = 4.0
_VIA = re.compile(rb"(?im)^((?:v|via)[ \t]*:\s*SIP\s*/\s*2.0\s*/\s*)(\w+)(\s+(?:\[[^\]]*\]|[^\s:;,]+))(?::(\d+))?")

_CALL_ID = re.compile(r"(?im)^(?:call-id|i)[ \t]*:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: the statuses of final answers, in order, and the last answer."""

    statuses: tuple[int, ...] = ()
    closed: bool = False
    text: str = ""

    def __str__(self) -> str:
        words = " ".join(map(str, self.statuses)) or "nothing"
        return f"{words}, connection closed" if self.closed else words


def by_udp(data: bytes, target: tuple[str, int], expected: int = 1) -> Answered:
    """Send from port 5060 of a loopback address of our own: most of them name no port and ask for no ``rport``.

    *expected* is how many final answers to wait for; more are seen if they come before that of an OPTIONS behind.
    """
    ear = _Ear(data, expected)
    with contextlib.ExitStack() as stack:
        address = f"127.{1 + os.getpid() % 200}.{1 + os.getpid() // 200 % 200}.9"
        lines = [stack.enter_context(_bound(address, port)) for port in sorted({5060, _sent_by_port(data)})]
        lines[0].sendto(_fitting(data, b"UDP"), target)
        lines[0].sendto(_options(lines[0], "UDP"), target)
        until = time.monotonic() + _PATIENCE_S
        while not ear.done and (left := until - time.monotonic()) > 0:
            for line in select.select(lines, [], [], left)[0]:
                ear.hear(line.recv(65_536))
        for text in ear.texts:
            if " INVITE\r\n" in text:
                lines[0].sendto(_acknowledge(text), target)
    return Answered(tuple(ear.statuses), text="".join(ear.texts))


def by_tcp(data: bytes, target: tuple[str, int], expected: int = 1) -> Answered:
    """Send on a connection of its own, with an OPTIONS behind it; *expected* as above."""
    ear, closed, heard = _Ear(data, expected), False, b""
    with socket.create_connection(target, _PATIENCE_S) as line:
        line.settimeout(_PATIENCE_S)
        with contextlib.suppress(ConnectionError):
            line.sendall(_fitting(data, b"TCP"))
            line.sendall(_options(line, "TCP"))
        try:
            while not ear.done and not closed:
                received = line.recv(65_536)
                closed, heard = not received, heard + received
                *answers, heard = heard.split(b"\r\n\r\n")  # none of them has a body
                for answer in answers:
                    ear.hear(answer + b"\r\n\r\n")
        except ConnectionError:
            closed = True
        except TimeoutError:
            pass
        for text in ear.texts:
            if " INVITE\r\n" in text and not closed:
                line.sendall(_acknowledge(text))
    return Answered(tuple(ear.statuses), closed, "".join(ear.texts))


def message(folder: str, name: str) -> bytes:
    """One of them."""
    return (DATA / folder / f"{name}.dat").read_bytes()


class _Ear:
    """Takes the answers of one message out of what is heard, and knows when there is no more to wait for."""

    def __init__(self, data: bytes, expected: int) -> None:
        self._wanted = expected
        self._calls = set(_CALL_ID.findall(data.decode("utf-8", "surrogateescape")))
        self.statuses: list[int] = []
        self.texts: list[str] = []
        self.probed = False

    @property
    def done(self) -> bool:
        return self.probed and len(self.statuses) >= self._wanted

    def hear(self, data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        if "Call-ID: probe-" in text:
            self.probed = True
        elif text.startswith("SIP/2.0 ") and text[8] != "1" and set(_CALL_ID.findall(text)) <= self._calls:
            self.statuses.append(int(text[8:11]))
            self.texts.append(text)


def _fitting(data: bytes, transport: bytes) -> bytes:
    """*data* with the transport in its top Via that it really goes by: the one thing that is ever changed."""
    return _VIA.sub(lambda found: found[1] + transport + found[0][len(found[1] + found[2]) :], data, count=1)


def _sent_by_port(data: bytes) -> int:
    found = _VIA.search(data)
    return int(found[4]) if found and found[4] else 5060


def _bound(address: str, port: int) -> socket.socket:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind((address, port))
    return line


def _options(line: socket.socket, transport: str) -> bytes:
    """What shows that the exchange is through with the message before, and still there."""
    host, port = line.getsockname()
    me = f"{host}:{port}"
    return (
        f"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} {me};branch=z9hG4bK{time.monotonic_ns()};rport\r\n"
        f"From: <sip:a@{me}>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: probe-{time.monotonic_ns()}\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def _acknowledge(answer: str) -> bytes:
    """The ACK of a refusal, so that it is not repeated."""
    copied = [line for line in answer.split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID")]
    number = re.search(r"(?m)^CSeq: *(\d+) +INVITE", answer)
    cseq = f"CSeq: {number[1] if number else 1} ACK"
    vias = [line for line in copied if line.startswith("Via")]
    rest = [line for line in copied if not line.startswith("Via")]
    text = "\r\n".join(["ACK sip:a SIP/2.0", *vias[:1], *rest, cseq, "Content-Length: 0", "", ""])
    return text.encode("utf-8", "surrogateescape")
