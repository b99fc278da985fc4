"""The frontend's parts as the configuration file wants them."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from sip_frontend.configured import listeners_of, tls_of
from sip_frontend.transport.certificates import ensure_pair
from switchroom.config import Config, load_config
from switchroom.errors import TransportError


def config(tmp_path: Path, more: str = "") -> Config:
    file = tmp_path / "switchroom.toml"
    file.write_text(
        f'[frontend]\ntls_dir = "{tmp_path}/tls"\n{more}\n[[domain]]\nname = "pbx.test"\naliases = ["b.test"]\n'
    )
    return load_config(file, {})


def names_shown(context: ssl.SSLContext, asked: str) -> str:
    """The certificate that a client gets which asks for *asked*, as bytes in text; nothing leaves the process."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=asked)
    theirs = context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return (ours.getpeercert(binary_form=True) or b"").decode("latin-1")


def test_a_domain_with_a_certificate_of_its_own_shows_it(tmp_path: Path) -> None:
    other = ensure_pair(tmp_path / "other", ("b.test",))
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "b.test.crt").write_bytes(other.certificate.read_bytes())
    (tmp_path / "tls" / "b.test.key").write_bytes(other.key.read_bytes())
    secure = tls_of(config(tmp_path))
    assert secure is not None
    assert "pbx.test" in names_shown(secure.context, "pbx.test")
    shown = names_shown(secure.context, "b.test")
    assert "b.test" in shown
    assert "pbx.test" not in shown


@pytest.mark.parametrize(
    ("more", "wanted"), [("", ssl.CERT_NONE), ('tls_client_ca = "{}/tls/ca.crt"', ssl.CERT_REQUIRED)]
)
def test_clients_need_a_certificate_where_that_is_asked(tmp_path: Path, more: str, wanted: ssl.VerifyMode) -> None:
    ensure_pair(tmp_path / "tls", ("pbx.test",))
    secure = tls_of(config(tmp_path, more.format(tmp_path)))
    assert secure is not None
    assert secure.context.verify_mode is wanted


def test_authorities_that_are_not_there_are_named(tmp_path: Path) -> None:
    ensure_pair(tmp_path / "tls", ("pbx.test",))
    with pytest.raises(TransportError, match=r"none\.crt"):
        tls_of(config(tmp_path, f'tls_client_ca = "{tmp_path}/none.crt"'))


def test_without_listeners_for_it_there_is_no_tls(tmp_path: Path) -> None:
    plain = config(tmp_path, "tls = []\nwss = []")
    assert tls_of(plain) is None
    assert {one.transport for one in listeners_of(plain, None)} == {"UDP", "TCP", "WS"}
    assert not (tmp_path / "tls").exists()
