"""Phones without a transaction layer of their own: calls of many on one socket."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from benchmarks.sip import Packet


def roomy_socket() -> socket.socket:
    """Loopback, any port, with room for a burst."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_194_304)
    made.bind(("127.0.0.1", 0))
    return made


@dataclass(slots=True)
class Phones:
    """Calls to an exchange; who is called is 600."""

    target: tuple[str, int]
    link: socket.socket = field(default_factory=roomy_socket)
    packet: Packet = field(init=False)
    calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    """To and Contact by Call-ID."""

    def __post_init__(self) -> None:
        self.packet = Packet(self.link.getsockname(), self.target)

    @property
    def uri(self) -> str:
        return f"sip:600@{self.target[0]}:{self.target[1]}"

    def within(self, method: str, call_id: str, cseq: int, to: str = "") -> bytes:
        """A request in a call, or in one that has no Contact yet."""
        known, contact = self.calls.get(call_id, (to, self.uri))
        return self.packet.request(method, contact, call_id, cseq, to=known)
