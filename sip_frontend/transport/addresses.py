"""Which address of ours a peer is told: the advertised one of the listener, or the one that routes to the peer."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final, final

_MAX_REMEMBERED: Final = 1024
_WILDCARDS: Final = ("0.0.0.0", "::")


def is_wildcard(host: str) -> bool:
    """Whether a listener on *host* hears every address of the machine."""
    return host in _WILDCARDS


def same_family(left: str, right: str) -> bool:
    """Whether two numeric addresses are both IPv4 or both IPv6."""
    return (":" in left) == (":" in right)


def is_address(host: str) -> bool:
    """Whether *host* is a numeric address, which is all that a flow may hold."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


@final
class Routes:
    """Asks the kernel which local address it would use towards a peer; nothing is sent for that."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def local_towards(self, remote: str) -> str:
        """Our address on the way to *remote*; "" when there is no way."""
        known = self._known.get(remote)
        if known is None:
            if len(self._known) >= _MAX_REMEMBERED:
                self._known.clear()
            known = self._known[remote] = _ask_kernel(remote)
        return known

    def choose(self, listening: Sequence[tuple[str, int]], remote: str) -> tuple[str, int] | None:
        """The listener a peer at *remote* can answer to: the one it is routed to, else a wildcard, else any."""
        usable = [local for local in listening if same_family(local[0], remote)]
        source = self.local_towards(remote)
        for local in usable:
            if local[0] == source:
                return local
        for local in usable:
            if is_wildcard(local[0]):
                return local
        return usable[0] if usable else None


def _ask_kernel(remote: str) -> str:
    family = socket.AF_INET6 if ":" in remote else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((remote, 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])
