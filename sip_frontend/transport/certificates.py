"""A certificate authority of our own making and a server certificate from it, for trying things out.

Made once, at the first start that finds none; a phone that is given ``ca.crt`` then trusts the exchange. Anything
that faces the world wants real certificates.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sip_frontend.transport.tls import Identity

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_LIFETIME: Final = timedelta(days=397)
"""The longest that browsers accept of a server certificate (CA/Browser Forum baseline, 2020)."""
_SKEW: Final = timedelta(hours=1)
"""Clocks that are a little behind shall accept it at once."""


def ensure_pair(directory: Path, names: Sequence[str], now: datetime | None = None) -> Identity:
    """The server certificate in *directory* for *names* (host names and addresses), made if it is not there.

    Files: ``ca.crt``, ``server.crt`` (with the authority's behind it) and ``server.key``. The authority's key is thrown
    away, so nobody can make another certificate that those who trust ``ca.crt`` would accept.
    """
    identity = Identity(directory / "server.crt", directory / "server.key")
    if not (identity.certificate.exists() and identity.key.exists() and (directory / "ca.crt").exists()):
        directory.mkdir(parents=True, exist_ok=True)
        _make(directory, identity, names, now or datetime.now(UTC))
    return identity


def _make(directory: Path, identity: Identity, names: Sequence[str], now: datetime) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _sign("Switchroom test authority", ca_key, (), "Switchroom test authority", ca_key, now)
    server = _sign(names[0], server_key, names, "Switchroom test authority", ca_key, now)
    pem = serialization.Encoding.PEM
    key_bytes = server_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, encryption_algorithm=serialization.NoEncryption()
    )
    _write(directory / "ca.crt", ca.public_bytes(pem), 0o644)
    _write(identity.key, key_bytes, 0o600)
    _write(identity.certificate, server.public_bytes(pem) + ca.public_bytes(pem), 0o644)


def _sign(
    subject: str,
    key: EllipticCurvePrivateKey,
    names: Sequence[str],
    issuer: str,
    issuer_key: EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    """A certificate of *key* for *names*; one without names is an authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None if names else 0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        # Both sides: a SIP server is a TLS client when it dials (RFC 5924).
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write whole or not at all, with *mode* from the first moment on."""
    unfinished = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    unfinished.replace(path)
