"""Session descriptions: reading and writing (RFC 8866).

Strict where a wrong guess would send audio astray (version, origin, connection, media lines), tolerant of everything
that does not matter to a telephone call: line ends, missing ``s=`` and ``t=``, unknown lines and attributes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sip_frontend.sdp.errors import INCOMPATIBLE_NETWORK_PROTOCOL, SdpError
from sip_frontend.sdp.media import DIRECTIONS, Attribute, Connection, MediaDescription, attribute_line

MAX_MEDIA: Final = 32
"""More media sections than any real offer has; each costs a line in our answer."""

_ORDER: Final = {letter: index for index, letter in enumerate("iuepbtrzk")}


@dataclass(frozen=True, slots=True)
class Origin:
    """The ``o=`` line. Identity and version stay text: peers write numbers of any length."""

    username: str
    session_id: str
    version: str
    connection: Connection

    @classmethod
    def parse(cls, value: str) -> Origin:
        parts = value.split()
        # Some gateways leave the user name out where RFC 8866 section 5.2 wants "-".
        if len(parts) == 5:
            parts.insert(0, "-")
        if len(parts) != 6:
            raise SdpError(f"o={value}: wants six fields")
        if parts[3] != "IN":
            raise SdpError(f"o={value}: network type {parts[3]} unknown", INCOMPATIBLE_NETWORK_PROTOCOL)
        return cls(parts[0], parts[1], parts[2], Connection.parse(f"IN {parts[4]} {parts[5]}"))

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} {self.connection}"


@dataclass(slots=True)
class SessionDescription:
    """A whole description. Session-level ``c=`` and attributes hold for every section that has none of its own."""

    origin: Origin
    name: str = "-"
    connection: Connection | None = None
    attributes: list[Attribute] = field(default_factory=list)
    media: list[MediaDescription] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """Session-level ``i= u= e= p= b= t= r= z= k=`` lines, whole."""

    @classmethod
    def parse(cls, data: bytes) -> SessionDescription:
        """Read *data*.

        Raises:
            SdpError: it cannot be read; its text names the line.
        """
        text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        lines = text.replace("\r", "\n").split("\n")
        start = 0
        while start < len(lines) and not lines[start].strip():
            start += 1
        if start == len(lines) or lines[start].rstrip() != "v=0":
            raise SdpError("no v=0 line at the start")
        return _Reader().read(lines, start + 1)

    def get(self, name: str) -> str | None:
        """Value of the first session-level attribute *name*; "" for a flag, None when it is absent."""
        for key, value in self.attributes:
            if key == name:
                return value or ""
        return None

    def connection_of(self, media: MediaDescription) -> Connection | None:
        """Where *media* flows: its own ``c=`` before the session's (RFC 8866 section 5.7)."""
        return media.connection if media.connection is not None else self.connection

    def direction_of(self, media: MediaDescription) -> str:
        """Direction of *media*, seen from whoever wrote this: its own attribute, the session's, or sendrecv."""
        own = media.direction()
        if own is not None:
            return own
        for key, value in self.attributes:
            if value is None and key in DIRECTIONS:
                return key
        return "sendrecv"

    def build(self) -> bytes:
        """Write the description, lines in the order RFC 8866 section 5 wants."""
        out = ["v=0", f"o={self.origin}", f"s={self.name}"]
        other = sorted(self.other, key=lambda line: _ORDER.get(line[0], len(_ORDER)))
        out.extend(line for line in other if line[0] in "iuep")
        if self.connection is not None:
            out.append(f"c={self.connection}")
        out.extend(line for line in other if line[0] == "b")
        if not any(line[0] == "t" for line in other):
            out.append("t=0 0")
        out.extend(line for line in other if line[0] not in "iuepb")
        out.extend(attribute_line(attribute) for attribute in self.attributes)
        for media in self.media:
            out.extend(media.lines())
        out.append("")
        return "\r\n".join(out).encode("utf-8", "surrogateescape")


class _Reader:
    """Gathers lines into the section they belong to."""

    __slots__ = ("attributes", "connection", "media", "name", "origin", "other", "section")

    def __init__(self) -> None:
        self.origin: Origin | None = None
        self.name = "-"
        self.connection: Connection | None = None
        self.attributes: list[Attribute] = []
        self.media: list[MediaDescription] = []
        self.other: list[str] = []
        self.section: MediaDescription | None = None

    def read(self, lines: list[str], start: int) -> SessionDescription:
        attributes = self.attributes
        for index in range(start, len(lines)):
            line = lines[index]
            head = line[:2]
            if head == "a=":
                name, colon, value = line[2:].rstrip().partition(":")
                attributes.append((name, value if colon else None))
            elif head == "m=":
                self._open_section(line[2:])
                attributes = self.media[-1].attributes
            elif line and not line.isspace():
                self._header(head, line.rstrip())
        return self._finish()

    def _open_section(self, value: str) -> None:
        if len(self.media) == MAX_MEDIA:
            raise SdpError(f"more than {MAX_MEDIA} media lines")
        self.section = MediaDescription.parse(value)
        self.media.append(self.section)

    def _header(self, head: str, line: str) -> None:
        if len(line) < 2 or line[1] != "=":
            raise SdpError(f"{line[:40]!r} is no line of a session description")
        value = line[2:]
        if head == "c=":
            self._connection(Connection.parse(value))
        elif self.section is not None:
            self.section.other.append(line)
        elif head == "o=":
            self.origin = Origin.parse(value)
        elif head == "s=":
            self.name = value
        else:
            self.other.append(line)

    def _connection(self, connection: Connection) -> None:
        # Several c= lines in one section are layered multicast; the first is the base layer.
        if self.section is None:
            self.connection = self.connection or connection
        elif self.section.connection is None:
            self.section.connection = connection

    def _finish(self) -> SessionDescription:
        if self.origin is None:
            raise SdpError("no o= line")
        if self.connection is None:
            for media in self.media:
                if media.connection is None and media.port:
                    raise SdpError(f"no c= line for m={media.kind} {media.port}")
        return SessionDescription(self.origin, self.name, self.connection, self.attributes, self.media, self.other)
