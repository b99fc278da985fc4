"""REGISTER against the running exchange."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.exchange import Exchange
from tests.support.phone import Phone
from tests.support.users import phone

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("RG-005", "RG-014", "RG-017", "RG-019")
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_phone_registers_refreshes_and_unregisters(exchange: Exchange, transport: str) -> None:
    async with phone(exchange, "1001", transport) as one:
        first = await one.register(expires=60)
        assert first.status == 200
        assert one.contact in (first.get("Contact") or "")
        assert (await one.register(expires=30)).status == 200
        gone = await one.register(expires=0)
        assert gone.status == 200
        assert gone.get("Contact") is None


async def test_challenge_is_md5_alone_in_our_realm(exchange: Exchange) -> None:
    async with Phone(exchange.sip, "1001") as one:
        response = await one.register()
    assert response.status == 401
    challenges = response.get_all("WWW-Authenticate")
    assert len(challenges) == 1
    assert 'realm="pbx.test"' in challenges[0]
    assert "SHA-256" not in challenges[0]


@pytest.mark.covers("RG-010", "RG-012")
@pytest.mark.parametrize(("user", "password"), [("1001", "wrong"), ("4711", "secret4711")])
async def test_wrong_password_and_unknown_user_are_refused(exchange: Exchange, user: str, password: str) -> None:
    async with Phone(exchange.sip, user, password) as one:
        assert (await one.register()).status in (401, 403)


async def test_bindings_outlive_the_registrar(exchange: Exchange) -> None:
    async with phone(exchange, "1003") as callee, phone(exchange, "1001") as caller:
        assert (await callee.register()).status == 200
        exchange.kill("registrar-1")
        exchange.start("registrar-1")
        await exchange.ready()
        call = await caller.call("1003")
        into = await callee.next_call()
        into.refuse(486)
        assert (await call.final()).status == 486
        assert (await callee.register(expires=0)).status == 200


async def test_frontend_learns_every_binding_again_after_its_own_restart(exchange: Exchange) -> None:
    async with phone(exchange, "1004") as callee, phone(exchange, "1001") as caller:
        assert (await callee.register()).status == 200
        exchange.kill("frontend-1")
        exchange.start("frontend-1")
        await exchange.ready()
        await _bindings(exchange, 1)
        call = await caller.call("1004")
        (await callee.next_call()).refuse(486)
        assert (await call.final()).status == 486
        assert (await callee.register(expires=0)).status == 200


async def _bindings(exchange: Exchange, count: int) -> None:
    async with asyncio.timeout(5):
        while (await exchange.status()).values["bindings"] != count:
            await asyncio.sleep(0.02)
