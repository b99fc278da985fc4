"""The last messages, bounded by count and bytes, and which of them belong to a call."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple, final

from sip_frontend.transaction.flow import Flow

_MOST_CALLS: Final = 8_192
"""Ended calls whose ids are remembered."""


@final
class OfChannel(NamedTuple):
    """The media worker that a message of the bus went to or came from, and the channel that it is about."""

    worker: str
    channel_id: str
    call_id: bytes
    """The Call-ID of the leg that has the channel; the channel's own id when no leg has."""


@final
@dataclass(frozen=True, slots=True)
class Traced:
    """One message, of SIP or of the bus about a channel. *at* is unix time."""

    at: float
    sent: bool
    way: Flow | OfChannel
    data: bytes

    @property
    def call_id(self) -> bytes:
        """The Call-ID of its leg."""
        return _call_id_of(self.way, self.data)


@final
class Ring:
    """Oldest out first."""

    __slots__ = ("_bytes", "_calls", "_held", "_most", "_most_bytes")

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._held: deque[tuple[float, bool, Flow | OfChannel, bytes]] = deque()
        self._bytes = 0
        self._calls: dict[str, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def size_bytes(self) -> int:
        """Bytes of messages held."""
        return self._bytes

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        return self._most > 0 and self._most_bytes > 0

    def add(self, at: float, sent: bool, way: Flow | OfChannel, data: bytes) -> None:
        """Keep one more message."""
        held = self._held
        held.append((at, sent, way, data))
        self._bytes += len(data)
        while len(held) > self._most or self._bytes > self._most_bytes:
            self._bytes -= len(held.popleft()[3])

    def remember(self, call_id: str, sip_call_ids: frozenset[str]) -> None:
        """The Call-IDs of all legs of an ended call, by our own id."""
        self._calls.pop(call_id, None)
        self._calls[call_id] = sip_call_ids
        if len(self._calls) > _MOST_CALLS:
            del self._calls[next(iter(self._calls))]

    def find(self, about: str, sip_call_ids: frozenset[str] = frozenset()) -> list[Traced]:
        """Messages of the call *about* (our id or the SIP Call-ID), or of every call from or to that number.

        A channel that is of no call is found by its own id.
        """
        wanted = {call_id.encode() for call_id in sip_call_ids or self._calls.get(about, frozenset((about,)))}
        number = about.encode()
        needles = tuple(scheme + number + end for scheme in (b"sip:", b"sips:", b"tel:") for end in (b"@", b">", b";"))
        found = [(message, _call_id_of(message[2], message[3])) for message in self._held]
        if not sip_call_ids and about not in self._calls:
            wanted |= {call_id for message, call_id in found if _names(message[2], message[3], needles)}
        return [Traced(*message) for message, call_id in found if call_id in wanted]


def _call_id_of(way: Flow | OfChannel, data: bytes) -> bytes:
    return way.call_id if isinstance(way, OfChannel) else call_id_of(data)


def call_id_of(data: bytes) -> bytes:
    """The Call-ID as it stands in the bytes, b"" if it is spelt as nobody does."""
    for name in (b"\nCall-ID:", b"\ni:", b"\nCall-Id:", b"\ncall-id:", b"\nCALL-ID:"):
        at = data.find(name)
        if at >= 0:
            return data[at + len(name) : data.find(b"\n", at + 1)].strip()
    return b""


def _names(way: Flow | OfChannel, data: bytes, needles: tuple[bytes, ...]) -> bool:
    """Whether start line, From or To hold one of *needles*."""
    for needle in needles if isinstance(way, Flow) else ():
        at = data.find(needle)
        while at >= 0:
            begin = data.rfind(b"\n", 0, at) + 1
            if begin == 0 or data[begin : begin + 5].lower().startswith((b"from", b"f:", b"to:", b"t:")):
                return True
            at = data.find(needle, at + 1)
    return False
