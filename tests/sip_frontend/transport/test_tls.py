"""TLS on loopback: versions, names, reload, mutual TLS, and peers that do not finish their handshake."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from sip_frontend.transport import Limits
from sip_frontend.transport.certificates import ensure_pair
from sip_frontend.transport.tls import Identity, ServerTls, client_context
from switchroom.errors import LocalProtocolError, TransportError
from tests.sip_frontend.transport.support import Heard, eventually, listening, options

pytestmark = pytest.mark.asyncio

NAMES = ("pbx.test", "localhost", "127.0.0.1", "::1")


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return ensure_pair(tmp_path_factory.mktemp("tls"), NAMES)


@pytest.fixture(scope="session")
def other_pair(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    identity = ensure_pair(tmp_path_factory.mktemp("other"), ("other.test",))
    return Identity(identity.certificate, identity.key, "other.test")


def authority(identity: Identity) -> Path:
    return identity.certificate.parent / "ca.crt"


async def name_presented(heard: Heard, server_name: str) -> str:
    """The first name in the certificate that a client asking for *server_name* gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(*heard.local("TLS"), ssl=context, server_hostname=server_name)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    alternative = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return alternative.value.get_values_for_type(x509.DNSName)[0]


@pytest.mark.covers("DR-020")
async def test_messages_go_both_ways_over_a_verified_connection(pair: Identity) -> None:
    server, client = ServerTls([pair]), client_context(authority(pair))
    async with (
        listening("TLS", context=server.context) as here,
        listening("TLS", context=server.context, client_context=client) as there,
    ):
        flow = there.transports.connect("TLS", here.local("TLS"), server_name="pbx.test")
        assert flow.secure
        assert there.transports.send(flow, options("c1", "TLS"))
        await here.until(lambda: here.call_ids() == ["c1"])
        assert here.transports.send(here.messages[0][1], options("c2", "TLS"))
        await there.until(lambda: there.call_ids() == ["c2"])


async def test_an_ipv6_address_is_verified_by_the_certificate(pair: Identity) -> None:
    server, client = ServerTls([pair]), client_context(authority(pair))
    async with (
        listening("TLS", host="::1", context=server.context) as here,
        listening("TLS", host="::1", context=server.context, client_context=client) as there,
    ):
        assert there.transports.send(there.transports.connect("TLS", here.local("TLS")), options("c1", "TLS"))
        await here.until(lambda: here.call_ids() == ["c1"])
        assert here.transports.sent_by(here.messages[0][1]) == f"[::1]:{here.local('TLS')[1]}"


@pytest.mark.parametrize("server_name", ["wrong.test", ""])
async def test_certificate_must_be_for_the_name_or_address(pair: Identity, server_name: str) -> None:
    server, client = ServerTls([pair]), client_context(authority(pair))
    async with (
        listening("TLS", context=server.context) as here,
        listening("TLS", context=server.context, client_context=client) as there,
    ):
        flow = there.transports.connect("TLS", here.local("TLS"), server_name=server_name)
        there.transports.send(flow, options("c1", "TLS"))
        if server_name:
            await there.until(lambda: there.failed == [flow])
            assert here.messages == []
        else:
            await here.until(lambda: here.call_ids() == ["c1"])


@pytest.mark.parametrize("verify", [True, False])
async def test_unknown_authority_fails_unless_told_otherwise(pair: Identity, verify: bool) -> None:
    server, client = ServerTls([pair]), client_context(verify=verify)
    async with (
        listening("TLS", context=server.context) as here,
        listening("TLS", context=server.context, client_context=client) as there,
    ):
        flow = there.transports.connect("TLS", here.local("TLS"))
        there.transports.send(flow, options("c1", "TLS"))
        if verify:
            await there.until(lambda: there.failed == [flow])
        else:
            await here.until(lambda: here.call_ids() == ["c1"])


async def test_old_versions_are_refused(pair: Identity) -> None:
    async with listening("TLS", context=ServerTls([pair]).context) as here:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname = False
        old.verify_mode = ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError):
            await asyncio.open_connection(*here.local("TLS"), ssl=old, server_hostname="pbx.test")
        await eventually(lambda: here.transports.counts()["connections"] == 0)


async def test_each_domain_has_its_certificate(pair: Identity, other_pair: Identity) -> None:
    async with listening("TLS", context=ServerTls([pair, other_pair]).context) as here:
        assert await name_presented(here, "other.test") == "other.test"
        assert await name_presented(here, "OTHER.test") == "other.test"
        assert await name_presented(here, "pbx.test") == "pbx.test"
        assert await name_presented(here, "unknown.test") == "pbx.test"


async def test_reload_is_for_new_connections_and_drops_none(tmp_path: Path) -> None:
    identity = ensure_pair(tmp_path / "old", ("old.test",))
    server = ServerTls([identity])
    async with listening("TLS", context=server.context) as here:
        client = client_context(verify=False)
        _, writer = await asyncio.open_connection(*here.local("TLS"), ssl=client, server_hostname="x.test")
        fresh = ensure_pair(tmp_path / "new", ("new.test",))
        identity.certificate.write_bytes(fresh.certificate.read_bytes())
        identity.key.write_bytes(fresh.key.read_bytes())
        server.reload()
        assert await name_presented(here, "x.test") == "new.test"
        writer.write(options("c1", "TLS"))
        await here.until(lambda: here.call_ids() == ["c1"])
        identity.certificate.write_text("rubbish")
        with pytest.raises(TransportError, match=r"server\.crt"):
            server.reload()
        assert await name_presented(here, "x.test") == "new.test"
        writer.close()


@pytest.mark.parametrize("presents", [True, False])
async def test_client_must_have_the_certificate_asked_for(pair: Identity, presents: bool) -> None:
    server = ServerTls([pair], client_ca=authority(pair))
    client = client_context(verify=False, identity=pair if presents else None)
    async with (
        listening("TLS", context=server.context) as here,
        listening("TLS", context=server.context, client_context=client) as there,
    ):
        flow = there.transports.connect("TLS", here.local("TLS"))
        there.transports.send(flow, options("c1", "TLS"))
        if presents:
            await here.until(lambda: here.call_ids() == ["c1"])
        else:
            await there.until(lambda: there.failed == [flow])
            assert here.messages == []


async def test_handshake_that_does_not_come_is_ended(pair: Identity) -> None:
    limits = Limits(connect_s=0.05)
    async with listening("TLS", context=ServerTls([pair]).context, limits=limits) as here:
        reader, _writer = await asyncio.open_connection(*here.local("TLS"))
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        await eventually(lambda: here.transports.counts()["connections"] == 0)
        assert here.transports.counters.connections_failed == 1


async def test_plain_sip_on_the_tls_port_is_ended(pair: Identity) -> None:
    async with listening("TLS", context=ServerTls([pair]).context) as here:
        reader, writer = await asyncio.open_connection(*here.local("TLS"))
        writer.write(options("c1", "TLS"))
        async with asyncio.timeout(5):
            await reader.read()
        assert here.messages == []


async def test_listener_without_certificate_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="TLS"):
        async with listening("TLS"):
            pass
