"""The registry: listeners, what peers are told of our address, and errors of binding."""

from __future__ import annotations

import asyncio
import socket

import pytest

from sip_frontend.transaction import Flow
from sip_frontend.transport import Listener
from switchroom.errors import LocalProtocolError, TransportError
from tests.sip_frontend.transport.support import Heard, listening, options

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("ND-015")
async def test_port_in_use_is_named_and_nothing_stays_bound() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        heard = Heard()
        with pytest.raises(TransportError, match=rf"TCP 127.0.0.1:{port}: Address already in use"):
            heard.transports.start([Listener("UDP", "127.0.0.1", 0), Listener("TCP", "127.0.0.1", port)])
        assert heard.transports.listening() == []


async def test_unknown_transport_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        Heard().transports.start([Listener("SCTP", "127.0.0.1", 0)])


async def test_sent_by_is_the_bound_address() -> None:
    async with listening("UDP", "TCP") as here:
        for transport in ("UDP", "TCP"):
            local = here.local(transport)
            assert here.transports.sent_by(Flow(transport, local, ("127.0.0.1", 9))) == f"127.0.0.1:{local[1]}"


@pytest.mark.covers("DR-017")
async def test_wildcard_listener_tells_the_address_that_routes_to_the_peer() -> None:
    async with listening("UDP", host="0.0.0.0") as here, listening("UDP") as there:
        flow = there.transports.connect("UDP", ("127.0.0.1", here.local("UDP")[1]))
        there.transports.send(flow, options("c1"))
        await here.until(lambda: len(here.messages) == 1)
        back = here.messages[0][1]
        assert back.local[0] == "0.0.0.0"
        assert here.transports.advertised(back) == ("127.0.0.1", here.local("UDP")[1])


@pytest.mark.covers("DR-017", "DR-020")
async def test_advertised_address_is_told_instead() -> None:
    heard = Heard()
    heard.transports.start([Listener("UDP", "127.0.0.1", 0, advertised_host="203.0.113.5", advertised_port=5070)])
    flow = Flow("UDP", heard.local("UDP"), ("127.0.0.1", 9))
    assert heard.transports.sent_by(flow) == "203.0.113.5:5070"
    await heard.transports.stop()


async def test_ipv6_sent_by_is_bracketed() -> None:
    async with listening("UDP", host="::1") as here:
        flow = here.transports.connect("UDP", ("::1", 9))
        assert here.transports.sent_by(flow) == f"[::1]:{here.local('UDP')[1]}"


@pytest.mark.covers("DR-020")
async def test_listener_of_the_peers_network_is_preferred() -> None:
    heard = Heard()
    heard.transports.start(
        [Listener("UDP", "127.0.0.2", 0), Listener("UDP", "127.0.0.1", 0), Listener("UDP", "::1", 0)]
    )
    assert heard.transports.connect("UDP", ("127.0.0.1", 9)).local[0] == "127.0.0.1"
    assert heard.transports.connect("UDP", ("::1", 9)).local[0] == "::1"
    await heard.transports.stop()


async def test_counts_name_everything() -> None:
    async with listening("UDP") as here:
        counts = here.transports.counts()
        assert counts["connections"] == counts["udp_kernel_drops"] == counts["unparsable"] == 0


async def test_flow_of_a_lost_connection_is_not_sent_over_udp() -> None:
    async with listening("UDP") as here, listening("UDP") as there:
        stale = Flow("TCP", here.local("UDP"), there.local("UDP"))
        assert not here.transports.is_open(stale)
        assert not here.transports.send(stale, options("c1"))
        assert here.transports.is_open(here.transports.connect("UDP", there.local("UDP")))


@pytest.mark.covers("RG-018")
async def test_flow_of_another_life_does_not_reach_who_has_its_number_now() -> None:
    async with listening("TCP") as here:
        reader, writer = await asyncio.open_connection(*here.local("TCP"))
        writer.write(options("c1", "TCP"))
        await here.until(lambda: len(here.messages) == 1)
        _, flow = here.messages[0]
        phone = Flow("TCP", flow.local, ("192.0.2.9", 5060), flow.connection)
        assert not here.transports.is_open(phone)
        assert not here.transports.send(phone, options("c2", "TCP"))
        here.transports.close_flow(phone)
        assert here.transports.send(flow, options("c3", "TCP"))
        assert b"c3" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        writer.close()
