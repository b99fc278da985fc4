"""Route sets: RFC 3261 sections 12.1 (where they come from) and 12.2.1.1 (what they do to a request)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from sip_frontend.message import Address, Message, Uri

_NOT_IN_REQUEST_URI: Final = ("method",)
"""Parameters a Request-URI may not have (RFC 3261 section 19.1.1, table 1); nor may it have headers."""


@final
@dataclass(frozen=True, slots=True)
class RouteSet:
    """The Record-Route values between us and the peer, nearest first, as they were written.

    *strict_target* is the Request-URI that a strict router in the first place wants (RFC 2543); "" means that it is
    a loose router or that there is none.
    """

    routes: tuple[str, ...] = ()
    strict_target: str = ""

    @classmethod
    def from_request(cls, request: Message) -> RouteSet:
        """The route set of a UAS (section 12.1.1): in the order of the request."""
        return cls.of(tuple(request.values("Record-Route")))

    @classmethod
    def from_response(cls, response: Message) -> RouteSet:
        """The route set of a UAC (section 12.1.2): in the reverse order of the response."""
        return cls.of(tuple(reversed(response.values("Record-Route"))))

    @classmethod
    def of(cls, routes: tuple[str, ...]) -> RouteSet:
        """A route set from Route values, nearest first; raises SipParseError if the first cannot be read."""
        if not routes:
            return _EMPTY
        first = Address.parse(routes[0], "Record-Route").uri
        return cls(routes, "" if "lr" in first.params else request_uri(first))

    def address(self, remote_target: str) -> tuple[str, tuple[str, ...]]:
        """The Request-URI and the Route values of a request to *remote_target*."""
        if self.strict_target:
            return self.strict_target, (*self.routes[1:], f"<{remote_target}>")
        return remote_target, self.routes

    def next_hop(self, remote_target: str) -> Uri:
        """The URI whose host gets the request (section 8.1.2)."""
        if self.routes:
            return Address.parse(self.routes[0], "Route").uri
        return Uri.parse(remote_target)


_EMPTY: Final = RouteSet()


def request_uri(uri: Uri) -> str:
    """*uri* as it may stand in a request line."""
    if uri.headers or "method" in uri.params:
        return str(uri.without(_NOT_IN_REQUEST_URI, headers=True))
    return str(uri)
