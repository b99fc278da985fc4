"""Where a SIP message came from, or goes to: one transport, two addresses, and the connection where there is one."""

from __future__ import annotations

from dataclasses import dataclass

UDP = "UDP"
"""The one transport of ours that loses and reorders (RFC 3261 section 17: timers A, E, G run on it alone)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A path to a peer, by value: equal flows are the same path.

    *transport* is the Via name (``UDP TCP TLS WS WSS``); *connection* numbers a connection of this process and is
    0 for UDP, so a reconnected peer has another flow than before (RFC 5626 section 3).
    """

    transport: str
    local: tuple[str, int]
    remote: tuple[str, int]
    connection: int = 0

    @property
    def reliable(self) -> bool:
        """Whether the transport itself retransmits."""
        return self.transport != UDP

    @property
    def secure(self) -> bool:
        """Whether the hop is TLS, as ``sips:`` asks for (RFC 3261 section 26.2.2)."""
        return self.transport in ("TLS", "WSS")

    def __str__(self) -> str:
        return f"{self.transport} {host_port(*self.local)} {host_port(*self.remote)} #{self.connection}"


def host_port(host: str, port: int) -> str:
    """``host:port`` as SIP writes it: IPv6 addresses go in brackets (RFC 3261 section 25.1, IPv6reference)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
