"""baresip: an independent stack (libre)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

import pytest

from tests.interop.baresip import Baresip
from tests.interop.pjsua import Pjsua
from tests.support.exchange import Exchange
from tests.support.tones import hears


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_registers_calls_600_and_hears_itself(exchange: Exchange, tmp_path: Path, transport: str) -> None:
    with contextlib.closing(Baresip(exchange, tmp_path, "1003", transport=transport, tone_hz=600)) as phone:
        phone.wait_registered()
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(2.5)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        assert hears(phone.heard()[4_000:16_000], 600, [440, 1000])


@pytest.mark.asyncio
async def test_digits_reach_601(exchange: Exchange, tmp_path: Path) -> None:
    with contextlib.closing(Baresip(exchange, tmp_path, "1003")) as phone:
        phone.wait_registered()
        phone.dial("601")
        phone.wait_for("CALL_ESTABLISHED")
        await asyncio.sleep(0.3)
        phone.press("159#")
        await exchange.logged("ivr.digits", digits="159")
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_baresip_and_pjsua2_hear_each_other(exchange: Exchange, tmp_path: Path, transport: str) -> None:
    with contextlib.closing(Baresip(exchange, tmp_path, "1004", transport=transport, tone_hz=1000)) as callee:
        callee.wait_registered()
        caller = Pjsua.start(exchange, tmp_path, "1001", tone_hz=440, dial="1004", duration_s=3)
        try:
            callee.wait_for("CALL_ESTABLISHED")
            caller.finish()
        finally:
            caller.kill()
        callee.wait_for("CALL_CLOSED")
        assert hears(caller.heard()[8_000:20_000], 1000, [440])
        assert hears(callee.heard()[4_000:16_000], 440, [1000])
