"""Calls through sippy's b2bua_simple, both directions, with hold from either side."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.sippy.b2bua import COMMAND, B2bua
from tests.support.exchange import Exchange
from tests.support.phone import Phone
from tests.support.ports import free_port
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not COMMAND.exists(), reason="sippy is not installed; make test-interop does it"),
]
EXCHANGE, OUTWARDS, INWARDS, OUTSIDE = range(4)
FAR = "127.0.0.2"
"""Address of the phone outside: one that no exchange under test binds ports of."""


@pytest.fixture(scope="module")
def ports() -> list[int]:
    """Of the exchange, of the agent that leads out and of the one that leads in, of the phone outside."""
    return [*(free_port() for _ in range(3)), free_port(FAR)]


@pytest.fixture(scope="module")
def inwards(ports: list[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[B2bua]:
    folder = tmp_path_factory.mktemp("b2bua")
    with (
        contextlib.closing(B2bua(folder, ("127.0.0.1", ports[EXCHANGE]), ports[INWARDS])) as inwards,
        contextlib.closing(B2bua(folder, (FAR, ports[OUTSIDE]), ports[OUTWARDS])),
    ):
        yield inwards


@pytest.fixture(scope="module")
def exchange(ports: list[int], inwards: B2bua) -> Iterator[Exchange]:
    peers = [f"127.0.0.1:{ports[OUTWARDS]}", f"127.0.0.1:{ports[INWARDS]}"]
    with Exchange(
        settings={"frontend": {"t1_ms": 100}},
        scripts=[Path(__file__).with_name("scripts.py")],
        trunks=[{"name": "b2bua", "peers": peers}],
        port=ports[EXCHANGE],
    ) as exchange:
        yield exchange
        asyncio.run(exchange.settled())


def outside(ports: list[int], through: int) -> Phone:
    """The phone at the other side."""
    return Phone(("127.0.0.1", ports[through]), "outside", address=FAR, port=ports[OUTSIDE])


async def test_a_call_out_and_back_hears_both_ways(exchange: Exchange, ports: list[int]) -> None:
    async with outside(ports, OUTWARDS) as far, phone(exchange, "1001") as caller:
        out = await caller.call("9123")
        came = await far.next_call()
        came.ring()
        await out.progress(180)
        await came.answer()
        assert (await out.final()).status == 200
        out.rtp.say(sine(440, 1.2))
        came.rtp.say(sine(1000, 1.2))
        heard = await asyncio.gather(came.rtp.listen(1.0), out.rtp.listen(1.0))
        assert hears(heard[0], 440, [1000])
        assert hears(heard[1], 1000, [440])
        await out.hang_up()
        await came.ended()


async def test_a_call_in_echoes(exchange: Exchange, ports: list[int]) -> None:
    async with outside(ports, INWARDS) as far:
        call = await far.answered_call("600")
        call.rtp.say(sine(600, 1.2))
        assert hears(await call.rtp.listen(1.0), 600, [1000])
        await call.hang_up()


async def test_a_refusal_and_a_cancel_come_through(exchange: Exchange, ports: list[int]) -> None:
    async with outside(ports, OUTWARDS) as far, phone(exchange, "1001") as caller:
        out = await caller.call("9123")
        (await far.next_call()).refuse(486)
        assert (await out.final()).status == 486
        out = await caller.call("9123")
        came = await far.next_call()
        came.ring()
        await out.progress(180)
        await out.cancel()
        assert (await out.final()).status == 487
        await came.ended()


async def test_the_phone_outside_holds_and_takes_back(exchange: Exchange, ports: list[int]) -> None:
    async with outside(ports, INWARDS) as far:
        call = await far.answered_call("600")
        held = await call.reinvite("sendonly")
        assert held.status == 200
        assert b"a=recvonly" in held.body
        back = await call.reinvite("sendrecv")
        assert b"a=sendrecv" in back.body
        call.rtp.say(sine(600, 1.2))
        assert hears(await call.rtp.listen(1.0), 600, [1000])
        await call.hang_up()


async def test_the_exchange_holds_and_takes_back(exchange: Exchange, ports: list[int]) -> None:
    async with outside(ports, INWARDS) as far:
        call = await far.answered_call("hold")
        await call.ended()
        offers = [one.body for one in call.requests if one.method == "INVITE"]
        assert [b"a=sendonly" in offer for offer in offers] == [True, False]
