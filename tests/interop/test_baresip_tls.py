"""baresip over TLS, with the certificate of the exchange checked."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.baresip import Baresip
from tests.support.exchange import Exchange
from tests.support.ports import free_port
from tests.support.tones import hears


@pytest.fixture(scope="module")
def tls_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def exchange(tls_port: int) -> Iterator[Exchange]:
    with Exchange(settings={"frontend": {"t1_ms": 100, "tls": [f"127.0.0.1:{tls_port}"]}}) as exchange:
        yield exchange
        asyncio.run(exchange.settled())


def test_registers_calls_600_and_hears_itself(exchange: Exchange, tls_port: int, tmp_path: Path) -> None:
    phone = Baresip(exchange, tmp_path, "1003", transport="TLS", port=tls_port, tone_hz=600)
    with contextlib.closing(phone):
        phone.wait_registered()
        phone.dial("600")
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(2)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        assert hears(phone.heard()[4_000:12_000], 600, [440, 1000])
