"""A phone that goes by IPv6 alone and one that goes by IPv4 alone talk to each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.exchange import Exchange, Settings
from tests.support.phone import Phone
from tests.support.ports import free_port, has_ipv6
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.covers("EN-004", "EN-048"),
    pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback (::1)"),
]


@pytest.fixture(scope="module")
def both() -> Iterator[Exchange]:
    """An exchange at 127.0.0.1 and ::1."""
    port = free_port()
    listeners = [f"127.0.0.1:{port}", f"[::1]:{port}"]
    settings: Settings = {"frontend": {"udp": listeners, "tcp": listeners}, "media": {"address6": "::1"}}
    with Exchange(call_workers=1, port=port, settings=settings) as made:
        yield made


def six(exchange: Exchange, user: str, transport: str = "UDP") -> Phone:
    """A phone at ::1."""
    return Phone(("::1", exchange.port), user, f"secret{user}", transport=transport, address="::1")


@pytest.mark.parametrize("caller_by", ["IPv6", "IPv4"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_phones_of_both_families_talk(both: Exchange, caller_by: str, transport: str) -> None:
    make = (six, phone) if caller_by == "IPv6" else (phone, six)
    async with make[0](both, "1001", transport) as caller, make[1](both, "1002", transport) as callee:
        assert (await callee.register()).status == 200
        out = await caller.call("1002")
        into = await callee.next_call()
        await into.answer()
        assert (await out.final()).status == 200
        for call in (out, into):
            assert call.rtp.remote is not None
            assert call.rtp.remote[0] == call.phone.address
        out.rtp.say(sine(440, 1.2))
        into.rtp.say(sine(1000, 1.2))
        at_caller, at_callee = await asyncio.gather(out.rtp.listen(0.8), into.rtp.listen(0.8))
        assert hears(at_caller, 1000, [440])
        assert hears(at_callee, 440, [1000])
        await out.rtp.press("7")
        async with asyncio.timeout(5):
            while into.rtp.events() != "7":
                await asyncio.sleep(0.02)
        assert (await out.hang_up()).status == 200
        await into.ended()
    await both.settled()
