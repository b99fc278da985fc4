"""HEP version 3, which Homer reads: "HEP3 Network Protocol Specification", revision 36, chunks of vendor 0.

Each packet is ``HEP3``, its length, and chunks of vendor, type, length and value, all lengths with their own head.
"""

from __future__ import annotations

import socket
from struct import Struct
from typing import Final, final

from sip_frontend.trace.masking import masked
from sip_frontend.transaction.flow import Flow

_CHUNK: Final = Struct("!HHH")
_TOTAL: Final = Struct("!H")
_CHUNK_SIZE: Final = 6
_HEAD_SIZE: Final = 6
_MOST: Final = 65_000
"""A datagram's limit with room for the chunks before the message; what is longer is cut."""
_U8: Final = Struct("!B")
_U16: Final = Struct("!H")
_U32: Final = Struct("!I")
_SIP: Final = 1
_IPPROTO: Final = {"UDP": socket.IPPROTO_UDP}


def encode_hep(data: bytes, flow: Flow, sent: bool, at: float, capture_id: int, correlation: bytes = b"") -> bytes:
    """One message of *flow* at unix time *at*, as a packet."""
    source, target = (flow.local, flow.remote) if sent else (flow.remote, flow.local)
    six = ":" in source[0]
    family = socket.AF_INET6 if six else socket.AF_INET
    seconds = int(at)
    chunks = [
        (1, _U8.pack(10 if six else 2)),  # the numbers of Linux, on every system
        (2, _U8.pack(_IPPROTO.get(flow.transport, socket.IPPROTO_TCP))),
        (5 if six else 3, socket.inet_pton(family, source[0].partition("%")[0])),
        (6 if six else 4, socket.inet_pton(family, target[0].partition("%")[0])),
        (7, _U16.pack(source[1])),
        (8, _U16.pack(target[1])),
        (9, _U32.pack(seconds & 0xFFFFFFFF)),
        (10, _U32.pack(int((at - seconds) * 1e6))),
        (11, _U8.pack(_SIP)),
        (12, _U32.pack(capture_id & 0xFFFFFFFF)),
    ]
    if correlation:
        chunks.append((17, correlation[:255]))
    chunks.append((15, data[:_MOST]))
    body = b"".join(_CHUNK.pack(0, kind, _CHUNK_SIZE + len(value)) + value for kind, value in chunks)
    return b"HEP3" + _TOTAL.pack(_HEAD_SIZE + len(body)) + body


@final
class HepMirror:
    """Sends copies, without credentials; one that cannot be sent at once is lost and counted."""

    __slots__ = ("_id", "_socket", "lost")

    def __init__(self, collector: tuple[str, int], capture_id: int) -> None:
        self._id = capture_id
        self.lost = 0
        self._socket = socket.socket(socket.AF_INET6 if ":" in collector[0] else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(collector)

    def send(self, data: bytes, flow: Flow, sent: bool, at: float, call_id: bytes) -> None:
        """Mirror one message."""
        try:
            self._socket.send(encode_hep(masked(data), flow, sent, at, self._id, call_id))
        except OSError:  # full, or nobody listens there: calls do not wait for Homer
            self.lost += 1

    def close(self) -> None:
        """No more."""
        self._socket.close()
