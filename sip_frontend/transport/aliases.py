"""Connection reuse (RFC 5923): a connection that a peer opened also serves our requests to the port it listens at.

The peer asks for it with ``alias`` in its Via. Over TLS only a client certificate makes an alias, and only requests to
the domains it is for go that way. The RFC stops there; we take it over TCP too, where the handshake proves the address
but not the port, because carriers do it: trust in the one is then trust in the other. A connection of our own and an
older alias are never displaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

from sip_frontend.message import Request, Response
from sip_frontend.transaction.replying import listening_port

if TYPE_CHECKING:
    from sip_frontend.transport.connection import Connection

Place = tuple[str, tuple[str, int]]
"""Transport and address."""
_TRANSPORTS: Final = frozenset(("TCP", "TLS"))
_NEAR: Final = 512
"""How far into a message ``alias`` is looked for before its Via is: the topmost Via is mostly the first header."""


@final
class Aliases:
    """At most one for each connection, so that a stranger cannot make it grow."""

    __slots__ = ("_by_place",)

    def __init__(self) -> None:
        self._by_place: dict[Place, Connection] = {}

    def __len__(self) -> int:
        return len(self._by_place)

    def note(self, connection: Connection, message: Request | Response) -> None:
        """Enter what a request along *connection* asks for."""
        if connection.alias is not None or message.raw.find(b"alias", 0, _NEAR) < 0:
            return
        flow = connection.flow
        via = message.via
        if flow.transport not in _TRANSPORTS or not isinstance(message, Request) or "alias" not in via.params:
            return
        if flow.transport == "TLS" and not connection.certificate():
            return
        place = (flow.transport, (flow.remote[0], listening_port(via, flow.transport)))
        if self._by_place.setdefault(place, connection) is connection:
            connection.alias = place

    def find(self, transport: str, remote: tuple[str, int], server_name: str) -> Connection | None:
        """The connection to use for *remote*, where its certificate is for *server_name* (or the address)."""
        connection = self._by_place.get((transport, remote))
        if connection is None or connection.closing:
            return None
        if transport == "TLS" and not is_for(connection.certificate(), server_name or remote[0]):
            return None
        return connection

    def forget(self, connection: Connection) -> None:
        """*connection* is gone."""
        if connection.alias is not None:
            del self._by_place[connection.alias]


def is_for(certificate: dict[str, Any], name: str) -> bool:
    """Whether *certificate*, as ``ssl`` decodes it, is that of the domain or address *name* (RFC 5922 section 7.1).

    ``sip:`` URIs rule out the other names, and no name has a wildcard.
    """
    names: tuple[tuple[str, str], ...] = certificate.get("subjectAltName", ())
    uris = [value[4:] for kind, value in names if kind == "URI" and value[:4].lower() == "sip:"]
    found = uris or [value for kind, value in names if kind in ("DNS", "IP Address")]
    return any(value.lower() == name.lower() for value in found)
