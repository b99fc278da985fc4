"""SIP URIs as far as a registrar reads them: comparison (RFC 3261 section 19.1.4), and the user and host of an AOR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from registrar.errors import RegistrationRefused

# A parameter of these in one URI alone makes the two differ; any other one is passed over then.
_DECISIVE: Final = ("transport", "user", "ttl", "method", "maddr")


@dataclass(slots=True)
class SipUri:
    """The parts of a ``sip:`` or ``sips:`` URI, escapes undone, what has no case in lower case."""

    scheme: str
    user: str
    host: str
    port: str
    params: dict[str, str]
    headers: str

    @classmethod
    def parse(cls, text: str) -> SipUri:
        scheme, colon, rest = text.partition(":")
        scheme = scheme.lower()
        if not colon or scheme not in ("sip", "sips"):
            raise RegistrationRefused(f"not a SIP URI: {text[:60]}")
        rest, _, headers = rest.partition("?")
        # A user part may hold ";" and "?" but never "@" (RFC 3261 section 25.1).
        user, at, after = rest.rpartition("@")
        if not at and "@" in headers:
            user, _, after = f"{rest}?{headers}".rpartition("@")
            after, _, headers = after.partition("?")
        hostport, *fields = after.split(";")
        host, port = _split_port(hostport)
        if not host:
            raise RegistrationRefused(f"URI without host: {text[:60]}")
        params = {}
        for field in fields:
            name, _, value = field.partition("=")
            if name:
                params[unquote(name).lower()] = unquote(value).lower()
        return cls(scheme, unquote(user), host.lower(), port, params, headers)

    def same(self, other: SipUri) -> bool:
        """Whether both mean one resource. Not transitive, by the letter of the RFC."""
        if (self.scheme, self.user, self.host, self.port) != (other.scheme, other.user, other.host, other.port):
            return False
        if sorted(self.headers.split("&")) != sorted(other.headers.split("&")):
            return False
        mine, theirs = self.params, other.params
        if any(mine.get(name) != theirs.get(name) for name in _DECISIVE):
            return False
        return all(theirs.get(name, value) == value for name, value in mine.items())


def same_uri(one: str, other: str) -> bool:
    """Whether two contact URIs are one. URIs of other schemes are compared as text."""
    if one == other:
        return True
    try:
        return SipUri.parse(one).same(SipUri.parse(other))
    except RegistrationRefused:
        return False


def _split_port(hostport: str) -> tuple[str, str]:
    if hostport.startswith("["):
        host, bracket, port = hostport.partition("]")
        return host + bracket, port.removeprefix(":")
    host, _, port = hostport.partition(":")
    return host, port
