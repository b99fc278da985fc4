"""What strangers may take of us, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the transports. Times in seconds, sizes in bytes."""

    connections: int = 10_000
    """Most connections in all, ours and the peers'."""
    connections_per_address: int = 200
    """Most connections accepted from one address; a NAT with many phones behind it is one address."""
    idle_s: float = 3_700.0
    """Longest silence on a connection. A registration of an hour may have no other traffic (RFC 5626 section 4.4)."""
    first_message_s: float = 30.0
    """An accepted connection must show a whole message, or a keep-alive, by then."""
    half_message_s: float = 10.0
    """Longest time from the first byte of a message to its last."""
    connect_s: float = 5.0
    """Longest time to open a connection, TLS included; well under timer B (32 s), so that another way can be tried."""
    write_buffer: int = 1_048_576
    """Most bytes waiting for a slow reader; over it the connection is cut."""
    connect_queue: int = 262_144
    """Most bytes kept for a connection that is still being opened."""
    udp_receive_buffer: int = 4_194_304
    """SO_RCVBUF asked for: some 3,000 INVITEs, a third of a second at 10,000/s."""
    udp_send_queue: int = 512
    """Most datagrams kept while the kernel takes no more."""


@final
class Counters:
    """Plain integers, only ever counting up."""

    __slots__ = (
        "connections_accepted",
        "connections_cut",
        "connections_failed",
        "connections_opened",
        "connections_refused",
        "keep_alives",
        "messages_received",
        "messages_sent",
        "sends_dropped",
        "sends_failed",
        "unparsable",
    )

    def __init__(self) -> None:
        self.messages_received = 0
        self.messages_sent = 0
        self.unparsable = 0
        self.keep_alives = 0
        self.sends_failed = 0
        """The system refused to send, or the connection was gone: told to the caller."""
        self.sends_dropped = 0
        """The UDP send queue was full: as good as lost on the way."""
        self.connections_accepted = 0
        self.connections_refused = 0
        self.connections_opened = 0
        self.connections_failed = 0
        """Could not be opened."""
        self.connections_cut = 0
        """Ended by us: idle, slow, half a message, or not SIP."""

    def counts(self) -> dict[str, int]:
        """All of them by name."""
        return {name: getattr(self, name) for name in self.__slots__}
