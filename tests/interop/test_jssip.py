"""JsSIP over WebSocket and secure WebSocket (RFC 7118): signalling alone, the media of a browser is not in Node.js."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.interop.jssip import Jssip, why_not
from tests.support.exchange import Exchange
from tests.support.ports import free_port
from tests.support.users import phone

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(scope="module")
def urls() -> dict[str, str]:
    return {scheme: f"{scheme}://127.0.0.1:{free_port()}" for scheme in ("ws", "wss")}


@pytest.fixture(scope="module")
def exchange(urls: dict[str, str]) -> Iterator[Exchange]:
    listeners = {scheme: [url.partition("//")[2]] for scheme, url in urls.items()}
    with Exchange(settings={"frontend": {"t1_ms": 100, **listeners}}) as exchange:
        yield exchange
        asyncio.run(exchange.settled())


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_registers_calls_600_holds_and_hangs_up(exchange: Exchange, urls: dict[str, str], scheme: str) -> None:
    """The certificate of the exchange is checked. Its re-INVITE and its session timer are JsSIP's own defaults."""
    jssip = Jssip.start(exchange, "1001", urls[scheme], dial="600")
    try:
        for event in ("registered", "confirmed", "held", "unheld"):
            jssip.wait_for(event)
        assert jssip.wait_for("ended")["by"] == "local"
        jssip.wait_for("done")
    finally:
        jssip.kill()


@pytest.mark.asyncio
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_is_called_on_the_connection_it_registered_on(
    exchange: Exchange, urls: dict[str, str], scheme: str
) -> None:
    """Its Contact is no address at all (.invalid), so nothing else would do."""
    jssip = Jssip.start(exchange, "1002", urls[scheme])
    try:
        await asyncio.to_thread(jssip.wait_for, "registered")
        async with phone(exchange, "1001") as caller:
            call = await caller.answered_call("1002")
            await asyncio.to_thread(jssip.wait_for, "unheld")
            await call.hang_up()
            assert (await asyncio.to_thread(jssip.wait_for, "ended"))["by"] == "remote"
            await asyncio.to_thread(jssip.wait_for, "done")
    finally:
        jssip.kill()


def test_a_wrong_password_is_refused(exchange: Exchange, urls: dict[str, str]) -> None:
    jssip = Jssip.start(exchange, "1003", urls["ws"], dial="600", password="wrong")
    try:
        assert jssip.wait_for("failed")["cause"] == "Rejected"
    finally:
        jssip.kill()
