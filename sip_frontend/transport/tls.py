"""TLS contexts: one certificate for each domain (SNI), reloaded while connections go on, and the client's side.

TLS 1.2 at least. A connection keeps the certificate it began with; a reload is for the next ones.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from switchroom.errors import TransportError


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate chain and its key, in PEM files. *domain* is the name a client asks for; "" answers the rest."""

    certificate: Path
    key: Path
    domain: str = ""


@final
class ServerTls:
    """The server side. *context* is for listeners and stays the same object over every reload.

    *client_ca*: certificates a client must have a certificate of (mutual TLS); None asks for none.
    """

    __slots__ = ("_by_domain", "_client_ca", "_default", "_identities", "context")

    def __init__(self, identities: Sequence[Identity], client_ca: Path | None = None) -> None:
        self._identities = tuple(identities)
        self._client_ca = client_ca
        self._by_domain: dict[str, ssl.SSLContext] = {}
        self._default: ssl.SSLContext
        self.reload()
        self.context = self._new_context(self._identities[0])
        self.context.sni_callback = self._choose

    def reload(self) -> None:
        """Read the files again. Raises TransportError, with the old certificates in use, if one cannot be read."""
        contexts = {identity.domain: self._new_context(identity) for identity in self._identities}
        self._default = contexts.get("") or next(iter(contexts.values()))
        self._by_domain = contexts

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        # The callback's own context is as old as the listener; every connection is given a current one.
        connection.context = self._by_domain.get((name or "").lower(), self._default)

    def _new_context(self, identity: Identity) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        what, file = f"TLS {identity.domain or 'certificate'}", identity.certificate
        try:
            context.load_cert_chain(identity.certificate, identity.key)
            if self._client_ca is not None:
                what, file = "TLS client authorities", self._client_ca
                context.load_verify_locations(self._client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
        except OSError as error:
            raise TransportError(what, f"{file}: {error}") from error
        return context


def client_context(ca: Path | None = None, *, verify: bool = True, identity: Identity | None = None) -> ssl.SSLContext:
    """A context for connections of ours: the system's authorities, or those of *ca*; *identity* if a peer asks us.

    *verify* False takes any certificate: for peers in a closed network that have only self-made ones.
    """
    context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    return context
