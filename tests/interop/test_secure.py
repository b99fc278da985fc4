"""Signalling over TLS, ``sips:``, digest SHA-256: pjsua2 and baresip."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.pjsua import Pjsua
from tests.support.exchange import Exchange
from tests.support.ports import free_port
from tests.support.tones import hears


@pytest.fixture(scope="module")
def tls_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def exchange(tls_port: int) -> Iterator[Exchange]:
    """Asked for is SHA-256 alone."""
    settings = {"frontend": {"t1_ms": 100, "tls": [f"127.0.0.1:{tls_port}"]}}
    with Exchange(settings=settings, domain={"name": "pbx.test", "algorithms": ["SHA-256"]}) as exchange:
        yield exchange
        asyncio.run(exchange.settled())


@pytest.mark.parametrize("scheme", ["sip", "sips"])
def test_pjsua2_calls_600_over_tls(exchange: Exchange, tls_port: int, tmp_path: Path, scheme: str) -> None:
    phone = Pjsua.start(
        exchange, tmp_path, "1001", transport="TLS", port=tls_port, tone_hz=700, dial="600", scheme=scheme
    )
    try:
        told = phone.finish()
    finally:
        phone.kill()
    assert {"event": "state", "state": "CONFIRMED", "code": 200, "reason": "OK"} in told
    assert hears(phone.heard()[8_000:20_000], 700, [440, 1000])


def test_a_call_reaches_pjsua2_on_the_connection_it_registered_on(
    exchange: Exchange, tls_port: int, tmp_path: Path
) -> None:
    into = Pjsua.start(exchange, tmp_path, "1002", transport="TLS", port=tls_port, tone_hz=1000, duration_s=10)
    phones = [into]
    try:
        into.wait_for("registered", code=200)
        out = Pjsua.start(exchange, tmp_path, "1001", tone_hz=440, dial="1002")
        phones.append(out)
        out.finish()
        into.finish()
    finally:
        for phone in phones:
            phone.kill()
    assert hears(out.heard()[8_000:20_000], 1000, [440])
    assert hears(into.heard()[8_000:20_000], 440, [1000])
