"""Calls to names, with a real name server, real sockets and peers that fail: RFC 3263 and RFC 3261 section 18.1.1."""

from __future__ import annotations

import asyncio

import pytest

from sip_frontend.calls.settings import Settings, Trunk
from tests.sip_frontend.calls.harness import sdp
from tests.sip_frontend.live import live, peer
from tests.support.dns import name_server
from tests.support.ports import free_port

pytestmark = pytest.mark.asyncio

QUICK = Settings(next_target_s=0.3, t1_s=0.05, t2_s=0.4)


def zone(*ports: int, service: str = "_sip._udp") -> str:
    records = [f"{service}.carrier 60 IN SRV {index} 0 {port} host" for index, port in enumerate(ports)]
    return "\n".join([*records, "host 60 IN A 127.0.0.1", ""])


async def test_a_call_to_a_name_skips_the_place_that_is_closed_and_the_one_that_is_silent() -> None:
    async with (
        peer() as silent,
        peer(200, body=sdp(42000)) as good,
        name_server(zone(silent.address[1], free_port(), good.address[1])) as dns,
        live(QUICK, [dns.address]) as frontend,
    ):
        frontend.dial("sip:bob@carrier.test")
        await frontend.until(lambda: "ACK" in good.methods())
        invite = good.heard[0]
        assert silent.heard[0].call_id == invite.call_id
        assert invite.uri == "sip:bob@carrier.test"
        (call,) = frontend.exchange.calls.values()
        assert call.established


async def test_a_503_goes_to_the_next_place_and_the_next_call_begins_there() -> None:
    async with (
        peer(503) as full,
        peer(200, body=sdp(42000)) as good,
        name_server(zone(full.address[1], good.address[1])) as dns,
        live(QUICK, [dns.address]) as frontend,
    ):
        frontend.dial("sip:bob@carrier.test")
        await frontend.until(lambda: "ACK" in good.methods())
        frontend.dial("sip:carol@carrier.test")
        await frontend.until(lambda: good.methods().count("ACK") == 2)
        assert full.methods() == ["INVITE", "ACK"]


async def test_a_large_invite_falls_back_to_udp_where_nobody_takes_tcp() -> None:
    async with peer(200, body=sdp(42000)) as good, live(QUICK) as frontend:
        host, port = good.address
        frontend.dial(f"sip:bob@{host}:{port}", headers=[{"name": "X-Long", "value": "x" * 1300}])
        await frontend.until(lambda: "ACK" in good.methods())
        assert good.heard[0].via.transport == "UDP"
        assert frontend.transports.counters.connections_failed == 1


async def test_a_trunk_with_a_name_registers_is_pinged_recognised_and_takes_its_contact_back() -> None:
    trunk = Trunk("carrier", (("carrier.test", 0),), ping_s=1, register=True, user="acme", password="zanzibar")
    async with (
        peer(200) as carrier,
        name_server(zone(carrier.address[1])) as dns,
        live(Settings(trunks=(trunk,)), [dns.address]) as frontend,
    ):
        state = frontend.exchange.trunks.states["carrier"]
        await frontend.until(lambda: state.registered and "OPTIONS" in carrier.methods())
        assert state.peers[0].addresses == {carrier.address}
        gone = asyncio.Event()
        frontend.driver.touch()
        frontend.trunks.stop(gone.set)
        await asyncio.wait_for(gone.wait(), 5)
        assert [one.get("Expires") for one in carrier.heard if one.method == "REGISTER"] == ["3600", "0"]
