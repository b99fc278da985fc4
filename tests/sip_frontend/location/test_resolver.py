"""The resolver against a real name server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sip_frontend.location import Able, Hop
from sip_frontend.location import resolver as module
from sip_frontend.location.resolver import Resolver
from sip_frontend.message import Uri
from tests.support.dns import NameServer, name_server

pytestmark = pytest.mark.asyncio

ZONE = """
carrier        60 IN NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.carrier
carrier        60 IN NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.carrier
carrier        60 IN NAPTR 90 60 "s" "SIP+D2U" "" _sip._udp.carrier
_sip._tcp.carrier 60 IN SRV 10 0 5070 one.carrier
_sip._tcp.carrier 60 IN SRV 20 0 5071 two.carrier
_sip._udp.carrier 60 IN SRV 10 0 5072 one.carrier
one.carrier    60 IN A 127.0.0.1
two.carrier    60 IN A 127.0.0.2
short           1 IN A 127.0.0.3
alias          60 IN CNAME two.carrier
"""
ABLE = Able(frozenset((("UDP", False), ("TCP", False))))


@asynccontextmanager
async def resolving(zone: str = ZONE) -> AsyncIterator[tuple[Resolver, NameServer]]:
    async with name_server(zone) as server:
        resolver = Resolver(asyncio.get_running_loop(), lambda: ABLE, [server.address])
        try:
            yield resolver, server
        finally:
            await resolver.close()


async def located(resolver: Resolver, uri: str) -> list[Hop]:
    found: asyncio.Future[list[Hop]] = asyncio.get_running_loop().create_future()
    resolver.locate(Uri.parse(uri), found.set_result)
    return await asyncio.wait_for(found, 10)


async def test_naptr_then_srv_then_addresses() -> None:
    async with resolving() as (resolver, _):
        assert await located(resolver, "sip:a@carrier.test") == [
            Hop("TCP", "127.0.0.1", 5070),
            Hop("TCP", "127.0.0.2", 5071),
            Hop("UDP", "127.0.0.1", 5072),
        ]


async def test_the_second_look_up_is_answered_at_once_from_the_cache() -> None:
    async with resolving() as (resolver, server):
        first = await located(resolver, "sip:a@carrier.test")
        asked = server.asked.total()
        again: list[list[Hop]] = []
        resolver.locate(Uri.parse("sip:b@carrier.test"), again.append)
        assert again == [first]
        assert server.asked.total() == asked


async def test_many_at_once_ask_once() -> None:
    async with resolving() as (resolver, server):
        await asyncio.gather(*(located(resolver, f"sip:{user}@carrier.test") for user in range(20)))
        assert server.asked["NAPTR carrier.test"] == 1


async def test_records_are_asked_for_again_after_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with resolving() as (resolver, _):
        loop, skipped = asyncio.get_running_loop(), [0.0]
        real = loop.time
        await located(resolver, "sip:a@short.test:5060")
        before = resolver.questions
        monkeypatch.setattr(loop, "time", lambda: real() + skipped[0])
        skipped[0] = 1.5
        assert await located(resolver, "sip:a@short.test:5060") == [Hop("UDP", "127.0.0.3", 5060)]
        assert resolver.questions == before + 1


async def test_an_alias_leads_to_its_address() -> None:
    async with resolving() as (resolver, _):
        assert await located(resolver, "sip:a@alias.test:5061") == [Hop("UDP", "127.0.0.2", 5061)]


async def test_an_unknown_name_leads_nowhere_and_is_remembered() -> None:
    async with resolving() as (resolver, server):
        assert await located(resolver, "sip:a@nobody.test") == []
        asked = server.asked.total()
        assert await located(resolver, "sip:a@nobody.test") == []
        assert server.asked.total() == asked
        assert resolver.failures == 0


async def test_a_silent_name_server_costs_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRY_S", 0.05)
    async with resolving() as (resolver, server):
        server.deaf = True
        assert await located(resolver, "sip:a@carrier.test") == []
        assert resolver.failures >= 1


async def test_more_than_we_can_hold_lead_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNDER_WAY", 0)
    async with resolving() as (resolver, server):
        assert await located(resolver, "sip:a@carrier.test") == []
        assert not server.asked


async def test_localhost_needs_no_name_server() -> None:
    async with resolving() as (resolver, server):
        server.deaf = True
        assert await located(resolver, "sip:a@localhost:5090") == [Hop("UDP", "127.0.0.1", 5090)]
