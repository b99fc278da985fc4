"""Connection reuse after RFC 5923: who may let a connection stand for the port it listens at."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sip_frontend.transport.aliases import is_for
from sip_frontend.transport.certificates import ensure_pair
from sip_frontend.transport.tls import Identity, ServerTls, client_context
from tests.sip_frontend.transport.support import Heard, eventually, listening, options

LISTENS = ("127.0.0.1", 5999)
"""The sent-by of ``options``."""


def asking(transport: str = "TCP", alias: str = ";alias") -> bytes:
    return options("c1", transport).replace(b";rport", b";rport" + alias.encode())


async def open_to(here: Heard, data: bytes) -> asyncio.StreamWriter:
    """A peer's connection, once *data* has been heard along it."""
    heard = len(here.messages)
    _, writer = await asyncio.open_connection(*here.local("TCP"))
    writer.write(data)
    await here.until(lambda: len(here.messages) > heard)
    return writer


@pytest.mark.asyncio
class TestTcp:
    async def test_the_peers_connection_takes_our_requests_and_is_forgotten_with_it(self) -> None:
        async with listening("TCP") as here:
            writer = await open_to(here, asking())
            flow = here.messages[0][1]
            assert here.transports.connect("TCP", LISTENS) == flow
            writer.close()
            await here.until(lambda: here.failed == [flow])
            assert here.transports.connect("TCP", LISTENS) != flow
            assert len(here.transports._connections._aliases) == 0

    @pytest.mark.parametrize("data", [asking(alias=""), asking(alias=";x=alias")])
    async def test_without_alias_we_open_our_own(self, data: bytes) -> None:
        async with listening("TCP") as here:
            writer = await open_to(here, data)
            assert here.transports.connect("TCP", LISTENS) != here.messages[0][1]
            writer.close()

    async def test_another_port_address_or_transport_is_not_meant(self) -> None:
        async with listening("TCP", "UDP") as here:
            writer = await open_to(here, asking())
            flow = here.messages[0][1]
            assert here.transports.connect("TCP", ("127.0.0.1", 5998)) != flow
            assert here.transports.connect("TCP", ("127.0.0.2", 5999)) != flow
            assert here.transports.connect("UDP", LISTENS) != flow
            writer.close()

    async def test_the_first_stays_while_it_is_open(self) -> None:
        async with listening("TCP") as here:
            first, second = await open_to(here, asking()), await open_to(here, asking())
            flow, other = (flow for _, flow in here.messages)
            assert here.transports.connect("TCP", LISTENS) == flow
            first.close()
            await here.until(lambda: here.failed == [flow])
            assert here.transports.connect("TCP", LISTENS) != other
            second.close()

    async def test_a_connection_of_ours_goes_first(self) -> None:
        async with listening("TCP") as here, listening("TCP") as there:
            port = there.local("TCP")[1]
            ours = here.transports.connect("TCP", ("127.0.0.1", port))
            writer = await open_to(here, asking().replace(b"5999", str(port).encode()))
            assert here.transports.connect("TCP", ("127.0.0.1", port)) == ours
            writer.close()


@pytest.mark.asyncio
class TestTls:
    @pytest.mark.parametrize(
        ("presents", "asked", "reused"),
        [
            (True, "pbx.test", True),
            (True, "PBX.test", True),
            (True, "", True),
            (True, "other.test", False),
            (False, "pbx.test", False),
        ],
    )
    async def test_only_a_certificate_for_the_domain_asked_for(
        self, tmp_path: Path, presents: bool, asked: str, reused: bool
    ) -> None:
        pair = ensure_pair(tmp_path, ("pbx.test", "localhost", "127.0.0.1"))
        server = ServerTls([pair], client_ca=tmp_path / "ca.crt" if presents else None)
        client = client_context(verify=False, identity=Identity(pair.certificate, pair.key))
        async with (
            listening("TLS", context=server.context) as here,
            listening("TLS", context=server.context, client_context=client) as there,
        ):
            there.transports.send(there.transports.connect("TLS", here.local("TLS")), asking("TLS"))
            await here.until(lambda: here.call_ids() == ["c1"])
            flow = here.transports.connect("TLS", LISTENS, server_name=asked)
            assert (flow == here.messages[0][1]) == reused
            await eventually(lambda: reused or here.failed == [flow])


@pytest.mark.parametrize(
    ("names", "domain", "good"),
    [
        ((("DNS", "pbx.test"),), "pbx.test", True),
        ((("DNS", "*.pbx.test"),), "a.pbx.test", False),
        ((("DNS", "pbx.test"), ("URI", "sip:other.test")), "pbx.test", False),
        ((("DNS", "pbx.test"), ("URI", "sip:other.test")), "other.test", True),
        ((("URI", "https://pbx.test"), ("DNS", "pbx.test")), "pbx.test", True),
        ((("IP Address", "192.0.2.1"),), "192.0.2.1", True),
        ((), "pbx.test", False),
    ],
)
def test_a_certificate_is_for_its_uris_else_its_names(
    names: tuple[tuple[str, str], ...], domain: str, good: bool
) -> None:
    assert is_for({"subjectAltName": names}, domain) is good
