"""Multipart bodies (RFC 2046 section 5.1, RFC 5621)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from sip_frontend.message.headers.media_type import MediaType
from sip_frontend.message.message import Header, Message
from sip_frontend.message.names import canonical
from switchroom.errors import SipParseError

MAX_PARTS: Final = 32
"""Most parts of a body, and MAX_DEPTH the deepest nesting: SDP, a location and a certificate make three."""
MAX_DEPTH: Final = 3


@final
@dataclass(frozen=True, slots=True)
class Part:
    headers: dict[str, str]
    """First value by canonical name (lower case for unknown ones)."""
    body: bytes

    @property
    def content_type(self) -> str:
        """Lower case without parameters; text/plain if absent (RFC 2046 section 5.1)."""
        value = self.headers.get("Content-Type", "text/plain")
        return "".join(value.partition(";")[0].split()).lower()


def parts_of(message: Message) -> list[Part]:
    """The parts of a multipart body, nested ones in line; the whole body as its only part otherwise."""
    if not message.body:
        return []
    whole = Part({name: message.get(name) or "" for name in _PART_HEADERS if message.get(name)}, message.body)
    return _flatten(whole, MAX_DEPTH)


def body_of(message: Message, content_type: str) -> bytes | None:
    """The body, or the first part of a multipart body, of this type; None if there is none.

    Raises SipParseError for a multipart body whose boundary is missing or never found.
    """
    kind = message.content_type
    if kind == content_type:
        return message.body or None
    if not kind.startswith("multipart/"):
        return None
    for part in parts_of(message):
        if part.content_type == content_type:
            return part.body
    return None


def build_multipart(parts: Sequence[tuple[Sequence[Header], bytes]], boundary: str) -> bytes:
    """A multipart body; *boundary* must not occur in any part, so give it a random one."""
    out = bytearray()
    for headers, body in parts:
        head = "".join([f"{name}: {value}\r\n" for name, value in headers])
        out += f"--{boundary}\r\n{head}\r\n".encode()
        out += body
        out += b"\r\n"
    out += f"--{boundary}--\r\n".encode()
    return bytes(out)


_PART_HEADERS: Final = ("Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID")


def _flatten(part: Part, depth: int) -> list[Part]:
    if depth == 0 or not part.content_type.startswith("multipart/"):
        return [part]
    found: list[Part] = []
    for inner in _split(part):
        found += _flatten(inner, depth - 1)
        if len(found) > MAX_PARTS:
            raise SipParseError("more parts in the body than we read", header="Content-Type", status_hint=413)
    return found


def _split(part: Part) -> list[Part]:
    """The parts between the boundary lines; what stands before the first and after the last does not count."""
    boundary = MediaType.parse(part.headers["Content-Type"]).param("boundary")
    if not boundary:
        raise SipParseError("Content-Type: multipart without boundary", header="Content-Type")
    delimiter = b"\r\n--" + boundary.encode("utf-8", "surrogateescape")
    pieces = (b"\r\n" + part.body).split(delimiter, MAX_PARTS + 2)
    if len(pieces) < 2:
        raise SipParseError("the boundary of the body is not in it", header="Content-Type")
    found: list[Part] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        found.append(_read_part(piece))
    return found


def _read_part(piece: bytes) -> Part:
    """A part from what follows its boundary: padding, line end, headers, an empty line, body."""
    _, _, rest = piece.partition(b"\r\n")
    if rest.startswith(b"\r\n"):
        return Part({}, rest[2:])
    head, _, body = rest.partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    text = head.decode("utf-8", "surrogateescape").replace("\r\n ", " ").replace("\r\n\t", " ")
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(canonical(name), value.strip())
    return Part(headers, body)
