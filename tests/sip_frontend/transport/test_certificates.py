"""The self-made authority and its server certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from sip_frontend.transport.certificates import ensure_pair

NAMES = ("pbx.test", "localhost", "127.0.0.1", "::1")


def test_pair_is_made_once_with_a_key_nobody_else_reads(tmp_path: Path) -> None:
    identity = ensure_pair(tmp_path, NAMES)
    made = identity.certificate.read_bytes()
    assert ensure_pair(tmp_path, ("changed.test",)).certificate.read_bytes() == made
    assert identity.key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.crt", "server.crt", "server.key"]


def test_certificate_names_hosts_and_addresses_and_is_signed_by_the_authority(tmp_path: Path) -> None:
    identity = ensure_pair(tmp_path, NAMES, datetime(2030, 1, 1, tzinfo=UTC))
    server, behind = x509.load_pem_x509_certificates(identity.certificate.read_bytes())
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.crt").read_bytes())
    assert behind == authority
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["pbx.test", "localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert server.not_valid_after_utc.year == 2031
