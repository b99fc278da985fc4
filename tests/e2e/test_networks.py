"""What the network sees of audio: how it is marked, and whose is taken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.exchange import Exchange
from tests.support.phone import Phone
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def shared_exchange() -> Iterator[Exchange]:
    """RTP of one network is taken besides what is described, and nothing is marked."""
    settings = {"frontend": {"rtp_sources": ["127.0.0.64/26"], "rtp_dscp": 0}}
    with Exchange(call_workers=1, settings=settings) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def usual() -> Iterator[Exchange]:
    """Nothing is configured."""
    with Exchange(call_workers=1) as exchange:
        yield exchange


async def test_audio_is_marked_as_such_unless_told_otherwise(exchange: Exchange, usual: Exchange) -> None:
    for one, dscp in ((usual, 46), (exchange, 0)):
        async with phone(one, "1001") as caller:
            call = await caller.answered_call("600")
            call.rtp.say(sine(1000, 1.0))
            assert hears(await call.rtp.listen(0.6), 1000)
            assert {packet.dscp for packet in call.rtp.packets} == {dscp}
            await call.hang_up()
    await usual.settled()


@pytest.mark.covers("EN-014")
@pytest.mark.parametrize(("address", "heard"), [("127.0.0.70", True), ("127.0.0.2", False)])
async def test_a_phone_behind_a_nat_is_heard_from_the_networks_of_the_list_alone(
    exchange: Exchange, address: str, heard: bool
) -> None:
    async with Phone(exchange.sip, "1001", "secret1001", address=address) as caller:
        caller.described = "127.0.0.99"
        call = await caller.answered_call("600")
        call.rtp.say(sine(1000, 1.2))
        assert hears(await call.rtp.listen(0.8), 1000) == heard
        await call.hang_up()
