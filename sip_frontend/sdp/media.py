"""One ``m=`` section of a session description (RFC 8866 section 5.14) and the payload formats it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from sip_frontend.sdp.errors import INCOMPATIBLE_NETWORK_PROTOCOL, SdpError

Attribute = tuple[str, str | None]
"""Name and value of an ``a=`` line; the value is None for a flag."""

DIRECTIONS: Final[dict[str, tuple[bool, bool]]] = {
    "sendrecv": (True, True),
    "sendonly": (True, False),
    "recvonly": (False, True),
    "inactive": (False, False),
}
"""Direction attribute -> (its writer sends, its writer receives)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One payload format: its encoding and the number it goes by in one direction of one session."""

    name: str
    payload_type: int
    clock_rate: int
    channels: int = 1
    fmtp: str = ""


# RFC 3551 section 6, the audio half. Numbers from 96 up have no meaning but what rtpmap gives them.
STATIC_FORMATS: Final[dict[int, Format]] = {
    number: Format(name, number, clock_rate, channels)
    for number, name, clock_rate, channels in (
        (0, "PCMU", 8000, 1),
        (3, "GSM", 8000, 1),
        (4, "G723", 8000, 1),
        (5, "DVI4", 8000, 1),
        (6, "DVI4", 16000, 1),
        (7, "LPC", 8000, 1),
        (8, "PCMA", 8000, 1),
        (9, "G722", 8000, 1),
        (10, "L16", 44100, 2),
        (11, "L16", 44100, 1),
        (12, "QCELP", 8000, 1),
        (13, "CN", 8000, 1),
        (14, "MPA", 90000, 1),
        (15, "G728", 8000, 1),
        (16, "DVI4", 11025, 1),
        (17, "DVI4", 22050, 1),
        (18, "G729", 8000, 1),
    )
}


@dataclass(frozen=True, slots=True)
class Connection:
    """A ``c=`` line, or the address half of ``o=``."""

    family: str
    """``IP4`` or ``IP6``."""
    address: str
    """Literal or name, without the TTL and count of a multicast address."""

    @classmethod
    def parse(cls, value: str) -> Connection:
        return _connection(value)

    @property
    def unspecified(self) -> bool:
        """The black hole address, which puts a stream on hold the way RFC 2543 did (RFC 3264 section 8.4)."""
        return self.address in ("0.0.0.0", "::", "0:0:0:0:0:0:0:0")

    def __str__(self) -> str:
        return f"IN {self.family} {self.address}"


@lru_cache(maxsize=512)
def _connection(value: str) -> Connection:
    parts = value.split()
    if len(parts) != 3:
        raise SdpError(f"c={value}: wants three fields")
    if parts[0] != "IN":
        raise SdpError(f"c={value}: network type {parts[0]} unknown", INCOMPATIBLE_NETWORK_PROTOCOL)
    if parts[1] not in ("IP4", "IP6"):
        raise SdpError(f"c={value}: address type {parts[1]} unknown", INCOMPATIBLE_NETWORK_PROTOCOL)
    address = parts[2].partition("/")[0]  # what follows is the TTL of multicast
    if not address:
        raise SdpError(f"c={value}: no address")
    return Connection(parts[1], address)


@dataclass(slots=True)
class MediaDescription:
    """An ``m=`` section, attributes in the order they came."""

    kind: str
    port: int
    profile: str
    formats: list[str]
    connection: Connection | None = None
    attributes: list[Attribute] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """Its ``i= b= k=`` lines, whole."""
    port_count: int = 1

    @classmethod
    def parse(cls, value: str) -> MediaDescription:
        """Read the value of an ``m=`` line."""
        parts = value.split()
        if len(parts) < 4:
            raise SdpError(f"m={value}: wants media, port, profile and a format")
        port, _, count = parts[1].partition("/")
        number = decimal(port)
        if number is None or number > 65535:
            raise SdpError(f"m={value}: bad port")
        return cls(parts[0], number, parts[2], parts[3:], port_count=decimal(count) or 1)

    def get(self, name: str) -> str | None:
        """Value of the first attribute *name*; "" for a flag, None when it is absent."""
        for key, value in self.attributes:
            if key == name:
                return value or ""
        return None

    def direction(self) -> str | None:
        """The last direction attribute of this section, or None: then the session's holds."""
        found = None
        for key, value in self.attributes:
            if value is None and key in DIRECTIONS:
                found = key
        return found

    def payload_formats(self) -> list[Format]:
        """What the numbers of the ``m=`` line mean, in its order; numbers without a meaning are left out.

        rtpmap decides for every number that RFC 3551 does not fix: 97 may be anything.
        """
        maps: dict[str, str] = {}
        parameters: dict[str, str] = {}
        for key, value in self.attributes:
            if value is None:
                continue
            if key == "rtpmap":
                number, _, text = value.partition(" ")
                maps.setdefault(number, text)
            elif key == "fmtp":
                number, _, text = value.partition(" ")
                parameters.setdefault(number, text.strip())
        found: list[Format] = []
        seen: set[str] = set()
        for number in self.formats:
            if number in seen:
                continue
            seen.add(number)
            payload = _payload_format(number, maps.get(number), parameters.get(number, ""))
            if payload is not None:
                found.append(payload)
        return found

    def lines(self) -> list[str]:
        """The section as lines of text, without line ends, in the order RFC 8866 section 5 wants."""
        port = f"{self.port}/{self.port_count}" if self.port_count > 1 else str(self.port)
        out = [f"m={self.kind} {port} {self.profile} {' '.join(self.formats)}"]
        out.extend(line for line in self.other if line[0] == "i")
        if self.connection is not None:
            out.append(f"c={self.connection}")
        out.extend(line for line in self.other if line[0] != "i")
        out.extend(attribute_line(attribute) for attribute in self.attributes)
        return out


def attribute_line(attribute: Attribute) -> str:
    name, value = attribute
    return f"a={name}" if value is None else f"a={name}:{value}"


def decimal(text: str) -> int | None:
    """A short unsigned decimal number, or None. int() alone would take signs, blanks, underlines and other digits."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 10 else None


# Phones repeat themselves: the same few formats in every offer. Bounded, so a stranger cannot fill it.
@lru_cache(maxsize=512)
def _payload_format(number: str, rtpmap: str | None, fmtp: str) -> Format | None:
    payload_type = decimal(number)
    if payload_type is None or payload_type > 127:
        return None
    static = STATIC_FORMATS.get(payload_type)
    if static is not None:
        return static if not fmtp else Format(static.name, payload_type, static.clock_rate, static.channels, fmtp)
    if rtpmap is None:
        return None
    name, _, rest = rtpmap.strip().partition("/")
    clock, _, channels = rest.partition("/")
    return Format(name, payload_type, decimal(clock) or 0, decimal(channels) or 1, fmtp)
