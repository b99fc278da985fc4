"""Our end of the audio: a UDP socket, a packet every 20 ms, telephone events, and what comes back with its time."""

from __future__ import annotations

import array
import asyncio
import secrets
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from sip_frontend.phone.g711 import decode, encode
from sip_frontend.sdp import AgreedMedia

FRAME_S: Final = 0.02
FRAME_SAMPLES: Final = 160
PAYLOAD_TYPES: Final = {0: "PCMU", 8: "PCMA"}
_HEADER: Final = struct.Struct("!BBHII")
_VERSION: Final = 0x80
_MARKER: Final = 0x80
_DIGITS: Final = "0123456789*#ABCD"
# RFC 4733 section 2.5: a digit is 100 ms of updates, the last packet sent three times, then as long a pause.
_EVENT_FRAMES: Final = 5
_EVENT_ENDS: Final = 3
_PAUSE_FRAMES: Final = 5
_VOLUME: Final = 10
_END: Final = 0x80

Samples: TypeAlias = "array.array[int]"


@dataclass(frozen=True, slots=True)
class Heard:
    """One packet that came in."""

    at: float
    sequence: int
    timestamp: int
    samples: Samples


class RtpEndpoint:
    """Sends *next_frame()* every 20 ms once it knows where to; keeps what it hears."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str, next_frame: Callable[[], Samples]) -> None:
        self._loop = loop
        self._next_frame = next_frame
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._codec, self._payload_type = "PCMU", 0
        self._event_type: int | None = None
        self._remote: tuple[str, int] | None = None
        self._codecs = dict(PAYLOAD_TYPES)
        self._sequence = secrets.randbelow(0x8000)
        self._timestamp = secrets.randbits(32)
        self._ssrc = secrets.randbits(32)
        self._events: deque[bytes] = deque()
        self._event_timestamp = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.sent_at: list[float] = []
        self.heard: list[Heard] = []
        loop.add_reader(self._socket.fileno(), self._receive)

    @property
    def codec(self) -> str:
        return self._codec

    def agree(self, media: AgreedMedia) -> None:
        """Take what offer and answer came to."""
        chosen = media.formats[0]
        self._codec, self._payload_type = chosen.name.upper(), chosen.payload_type
        for number, each in ((each.payload_type, each.name.upper()) for each in media.receive_formats):
            self._codecs[number] = each
        self._event_type = media.telephone_event_send
        self._remote = (media.remote_address, media.remote_port)

    def start(self) -> None:
        """Begin to send."""
        self._due = self._loop.time()
        self._tick()

    def stop(self) -> None:
        """Send no more; still listens."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        self.stop()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def press(self, digits: str) -> bool:
        """Queue digits as telephone events; False when the peer did not agree to them."""
        if self._event_type is None:
            return False
        for digit in digits.upper():
            self._events.extend(event_payloads(_DIGITS.index(digit)))
            self._events.extend([b""] * _PAUSE_FRAMES)
        return True

    @property
    def pressing(self) -> bool:
        return bool(self._events)

    def _tick(self) -> None:
        self._send_one()
        # From the plan, not from now: a late wake-up must not make every later packet late.
        self._due += FRAME_S
        self._timer = self._loop.call_at(self._due, self._tick)

    def _send_one(self) -> None:
        samples = self._next_frame()
        event = self._events.popleft() if self._events else b""
        if event and self._event_type is not None:
            first = event[2:] == struct.pack("!H", FRAME_SAMPLES)
            if first:
                self._event_timestamp = self._timestamp
            self._send(self._event_type, event, self._event_timestamp, first)
        else:
            self._send(self._payload_type, encode(self._codec, samples), self._timestamp, not self.sent_at)
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFF_FFFF

    def _send(self, payload_type: int, payload: bytes, timestamp: int, marker: bool) -> None:
        head = _HEADER.pack(
            _VERSION, payload_type | (_MARKER if marker else 0), self._sequence & 0xFFFF, timestamp, self._ssrc
        )
        self._sequence += 1
        if self._remote is not None:
            try:
                self._socket.sendto(head + payload, self._remote)
            except OSError:
                return  # the port there is closed, or the queue full: it counts as lost
            self.sent_at.append(self._loop.time())

    def _receive(self) -> None:
        while True:
            try:
                packet = self._socket.recv(2048)
            except BlockingIOError:
                return
            except ConnectionError:
                continue
            heard = self._parse(packet)
            if heard is not None:
                self.heard.append(heard)

    def _parse(self, packet: bytes) -> Heard | None:
        if len(packet) <= _HEADER.size or packet[0] >> 6 != 2:
            return None
        first, second, sequence, timestamp, _ = _HEADER.unpack_from(packet)
        codec = self._codecs.get(second & 0x7F, "")
        begin = _HEADER.size + 4 * (first & 0x0F)
        if first & 0x10 and len(packet) >= begin + 4:
            begin += 4 + 4 * int.from_bytes(packet[begin + 2 : begin + 4], "big")
        if codec not in PAYLOAD_TYPES.values() or begin >= len(packet):
            return None
        end = len(packet) - (packet[-1] if first & 0x20 else 0)
        return Heard(self._loop.time(), sequence, timestamp, decode(codec, packet[begin:end]))


def event_payloads(event: int) -> Iterator[bytes]:
    """The payloads of one digit (RFC 4733 section 2.3), one for each frame."""
    for frame in range(1, _EVENT_FRAMES + 1):
        yield struct.pack("!BBH", event, _VOLUME, frame * FRAME_SAMPLES)
    for _ in range(_EVENT_ENDS):
        yield struct.pack("!BBH", event, _END | _VOLUME, _EVENT_FRAMES * FRAME_SAMPLES)
