"""pjsua2: an independent stack (pjproject)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.pjsua import Pjsua
from tests.support.exchange import Exchange
from tests.support.tones import hears


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_registers_calls_600_and_hears_itself(exchange: Exchange, tmp_path: Path, transport: str) -> None:
    phone = Pjsua.start(exchange, tmp_path, "1001", transport=transport, tone_hz=700, dial="600")
    try:
        told = phone.finish()
    finally:
        phone.kill()
    assert {"event": "state", "state": "CONFIRMED", "code": 200, "reason": "OK"} in told
    heard = phone.heard()
    assert hears(heard[8_000:20_000], 700, [440, 1000])


async def _digits(exchange: Exchange, digits: str) -> None:
    await exchange.logged("ivr.digits", digits=digits)


@pytest.mark.asyncio
async def test_digits_reach_601(exchange: Exchange, tmp_path: Path) -> None:
    phone = Pjsua.start(exchange, tmp_path, "1001", dial="601", digits="1590#", duration_s=4)
    try:
        phone.finish()
    finally:
        phone.kill()
    await _digits(exchange, "1590")


@pytest.mark.parametrize(("caller", "callee"), [("UDP", "UDP"), ("TCP", "UDP"), ("UDP", "TCP")])
def test_two_phones_hear_each_other(exchange: Exchange, tmp_path: Path, caller: str, callee: str) -> None:
    into = Pjsua.start(exchange, tmp_path, "1002", transport=callee, tone_hz=1000, duration_s=10)
    phones = [into]
    try:
        into.wait_for("registered", code=200)
        out = Pjsua.start(exchange, tmp_path, "1001", transport=caller, tone_hz=440, dial="1002", duration_s=3)
        phones.append(out)
        out.finish()
        into.finish()
    finally:
        for phone in phones:
            phone.kill()
    assert hears(out.heard()[8_000:20_000], 1000, [440])
    assert hears(into.heard()[8_000:20_000], 440, [1000])
