"""linphonec: a third independent stack (belle-sip)."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

import pytest

from tests.interop.linphone import Linphone
from tests.support.exchange import Exchange
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(
        shutil.which("linphonec") is None, reason="linphonec is not installed; make test-interop does it"
    ),
]


async def _registered(exchange: Exchange, user: str) -> None:
    await exchange.logged("registrar.binding_saved", "registrar-1", timeout_s=10, aor=f"{user}@pbx.test")


async def test_calls_600_pauses_and_hears_itself(exchange: Exchange, tmp_path: Path) -> None:
    with contextlib.closing(Linphone(exchange, tmp_path, "1003", tone_hz=600)) as linphone:
        await _registered(exchange, "1003")
        linphone.dial("600")
        linphone.wait_for("Media streams established")
        await asyncio.sleep(1)
        linphone.type("pause")
        linphone.wait_for("is now paused")
        linphone.type("resume")
        linphone.wait_for("Media streams established")
        await asyncio.sleep(1)
        linphone.type("terminate")
        linphone.wait_for("ended (No error)")
    assert hears(linphone.heard()[2_000:10_000], 600, [440, 1000])


async def test_is_called_and_presses_keys(exchange: Exchange, tmp_path: Path) -> None:
    with contextlib.closing(Linphone(exchange, tmp_path, "1004", tone_hz=1000)) as linphone:
        await _registered(exchange, "1004")
        linphone.type("autoanswer enable")
        async with phone(exchange, "1001") as caller:
            call = await caller.answered_call("1004")
            linphone.wait_for("Media streams established")
            call.rtp.say(sine(440, 1.2))
            assert hears(await call.rtp.listen(1.0), 1000, [440])
            for digit in "59":
                linphone.type(digit)
                await asyncio.sleep(0.4)
            async with asyncio.timeout(3):
                while call.rtp.events() != "59":
                    await asyncio.sleep(0.05)
            await call.hang_up()
            linphone.wait_for("ended (")
