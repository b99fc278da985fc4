"""Kamailio as a trunk: registered with, and as a static peer with a second place."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.kamailio.kamailio import NETWORK, PASSWORD, USER, Kamailio
from tests.support.exchange import Exchange
from tests.support.phone import Phone
from tests.support.ports import free_port
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(shutil.which("kamailio") is None, reason="kamailio is not installed; make test-interop does it"),
]
RULES = {
    "in_called": ["+4930="],
    "in_caller": ["+49=0"],
    "out_called": ["0=+49"],
    "out_caller": ["=+4930"],
}
ACCOUNT = {"user": USER, "password": PASSWORD, "domain": "carrier.test"}


class Carriers:
    """One Kamailio that we register with, two that are places of one trunk; the telephone network is a port."""

    def __init__(self, folder: Path, exchange: int) -> None:
        self._folder, self._exchange = folder, exchange
        self.network = free_port(NETWORK)
        self.registered = self._start(registered=True, algorithm="SHA-256")
        self.first = self._start(registered=False)
        self.second = self._start(registered=False)

    def _start(self, *, registered: bool, algorithm: str = "MD5", port: int = 0) -> Kamailio:
        return Kamailio(
            self._folder,
            exchange=self._exchange,
            network=self.network,
            registered=registered,
            algorithm=algorithm,
            port=port,
        )

    def first_again(self) -> None:
        """The first place comes back where it was."""
        self.first = self._start(registered=False, port=self.first.port)

    def trunks(self) -> list[dict[str, object]]:
        """As they stand in the configuration."""
        places = [self.first.address, self.second.address]
        return [
            {"name": "registered", "register": True, "servers": [self.registered.address], **ACCOUNT, **RULES},
            {"name": "static", "peers": places, "ping_s": 1, "ping_misses": 2, **ACCOUNT, **RULES},
        ]

    def close(self) -> None:
        """All of them."""
        for each in (self.registered, self.first, self.second):
            each.close()


@pytest.fixture(scope="module")
def exchange_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory, exchange_port: int) -> Iterator[Carriers]:
    with contextlib.closing(Carriers(tmp_path_factory.mktemp("carriers"), exchange_port)) as carriers:
        yield carriers


@pytest.fixture(scope="module")
def exchange(carriers: Carriers, exchange_port: int) -> Iterator[Exchange]:
    scripts = [Path(__file__).with_name("scripts.py")]
    settings = {"frontend": {"t1_ms": 100, "next_target_ms": 400}}
    with Exchange(settings=settings, scripts=scripts, trunks=carriers.trunks(), port=exchange_port) as exchange:
        yield exchange
        asyncio.run(exchange.settled())


async def shown(exchange: Exchange, name: str, value: float, timeout_s: float = 8) -> None:
    """Wait until the frontend's status says so of a trunk."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while (now := (await exchange.status()).values.get(f"trunk.{name}")) != value:
        assert asyncio.get_running_loop().time() < deadline, f"trunk.{name} is {now}, not {value}\n{exchange.tail()}"
        await asyncio.sleep(0.05)


def network(carriers: Carriers, carrier: Kamailio) -> Phone:
    """A telephone of the outside world, behind *carrier*."""
    return Phone(("127.0.0.1", carrier.port), "+4940111", address=NETWORK, port=carriers.network)


@pytest.mark.parametrize(("prefix", "trunk"), [("8", "registered"), ("7", "static")])
async def test_a_call_out_is_challenged_and_its_numbers_rewritten(
    exchange: Exchange, carriers: Carriers, prefix: str, trunk: str
) -> None:
    """407 of the carrier (SHA-256 at one, MD5 at the other), + numbers, audio both ways, BYE by its Record-Route."""
    await shown(exchange, f"{trunk}.up", 2 if trunk == "static" else 1)
    carrier = carriers.registered if trunk == "registered" else carriers.first
    async with network(carriers, carrier) as outside, phone(exchange, "1001") as caller:
        out = await caller.call(f"{prefix}040123")
        came = await outside.next_call()
        invite = came.invite
        assert invite is not None
        assert invite.uri.split("@")[0] == "sip:+4940123"
        assert "sip:+49301001@" in invite.from_value
        came.ring()
        await out.progress(180)
        await came.answer()
        assert (await out.final()).status == 200
        out.rtp.say(sine(440, 1.2))
        assert hears(await came.rtp.listen(1.0), 440, [1000])
        await came.hang_up()
        await out.ended()


@pytest.mark.parametrize("trunk", ["registered", "static"])
async def test_a_call_in_reaches_the_extension(exchange: Exchange, carriers: Carriers, trunk: str) -> None:
    """By our registration, or from the address of the trunk; unchallenged, and known by the trunk."""
    if trunk == "registered":
        await shown(exchange, "registered.registered", 1)
    carrier = carriers.registered if trunk == "registered" else carriers.first
    async with network(carriers, carrier) as outside:
        call = await outside.answered_call("+4930600")
        await exchange.logged("carrier.reached", by=trunk, caller="040111")
        call.rtp.say(sine(600, 1.2))
        assert hears(await call.rtp.listen(1.0), 600, [1000])
        await call.hang_up()


async def test_a_refusal_of_the_network_comes_back(exchange: Exchange, carriers: Carriers) -> None:
    async with network(carriers, carriers.registered) as outside, phone(exchange, "1001") as caller:
        out = await caller.call("8040999")
        (await outside.next_call()).refuse(486)
        assert (await out.final()).status == 486


async def test_a_call_that_is_cancelled_is_cancelled_at_the_carrier(exchange: Exchange, carriers: Carriers) -> None:
    async with network(carriers, carriers.registered) as outside, phone(exchange, "1001") as caller:
        out = await caller.call("8040999")
        came = await outside.next_call()
        came.ring()
        await out.progress(180)
        await out.cancel()
        assert (await out.final()).status == 487
        await came.ended()


async def test_calls_go_by_the_second_place_when_the_first_dies(exchange: Exchange, carriers: Carriers) -> None:
    """At once, before any ping has missed; then by what the pings say; and back when it is there again."""
    await shown(exchange, "static.up", 2)
    carriers.first.kill()
    try:
        async with network(carriers, carriers.second) as outside, phone(exchange, "1001") as caller:
            for _ in range(2):
                out = await caller.call("7040123")
                came = await outside.next_call()
                await came.answer()
                assert (await out.final()).status == 200
                await out.hang_up()
                await came.ended()
                await shown(exchange, "static.up", 1)
    finally:
        carriers.first_again()
    await shown(exchange, "static.up", 2)
