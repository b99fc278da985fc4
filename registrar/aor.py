"""Addresses of record: which user of which of our domains a URI means."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from registrar.errors import RegistrationRefused
from registrar.uri import SipUri


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of ours. Its name is the digest realm and the host of every AOR in it."""

    name: str
    algorithms: tuple[str, ...] = ("MD5",)
    """Digest challenges, best first."""


class Domains:
    """All domains of ours. The first stands for every address of ours too."""

    def __init__(self, domains: Sequence[Domain], aliases: dict[str, str] | None = None) -> None:
        self.default = domains[0]
        self.all = tuple(domains)
        self._by_host = {domain.name.lower(): domain for domain in domains}
        self._by_host.setdefault("localhost", self.default)
        for alias, name in (aliases or {}).items():
            self._by_host[alias.lower()] = self._by_host[name.lower()]

    def find(self, host: str) -> Domain | None:
        """The domain that *host* means; None when it is none of ours.

        An address that a request reached us by is one of ours, so every literal means the default domain.
        """
        domain = self._by_host.get(host)
        if domain is None:
            domain = self._by_host.get(host.lower())
        if domain is not None:
            return domain
        return self.default if not host or _is_address(host) else None

    def address(self, uri: str) -> tuple[str, Domain]:
        """User and domain of the AOR *uri* (RFC 3261 section 10.3 step 5: parameters go, escapes are undone).

        Raises:
            RegistrationRefused: 404 when the domain is not ours, 400 when it names no user.
        """
        scheme, _, rest = uri.partition(":")
        user, at, host = rest.partition("@")
        if scheme == "sip" and at and user.isalnum() and ";" not in host and ":" not in host:
            domain = self._by_host.get(host)  # what most phones write
            if domain is not None:
                return user, domain
        read = SipUri.parse(uri)
        domain = self.find(read.host)
        if domain is None:
            raise RegistrationRefused(f"No Domain {read.host[:60]} Here", 404)
        user = read.user.partition(":")[0]
        if not user:
            raise RegistrationRefused("To names no user")
        return user, domain


def aor_of(user: str, domain: Domain) -> str:
    """The one text that names a user of a domain, on the bus and in the store."""
    return f"{user}@{domain.name}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
