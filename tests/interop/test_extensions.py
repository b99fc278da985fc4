"""pjsua2 with 100rel demanded (RFC 3262), and with a session timer (RFC 4028)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.interop.pjsua import Pjsua
from tests.support.exchange import Exchange
from tests.support.tones import hears


def test_early_media_of_604_is_acknowledged(exchange: Exchange, tmp_path: Path) -> None:
    """183 with RSeq, PRACK, the tone before the answer, 200."""
    phone = Pjsua.start(exchange, tmp_path, "1001", dial="604", reliable=True, duration_s=2)
    try:
        told = phone.finish()
    finally:
        phone.kill()
    states = [(one["state"], one["code"]) for one in told if one["event"] == "state"]
    assert ("EARLY", 183) in states
    assert ("CONFIRMED", 200) in states
    assert hears(phone.heard()[4_000:16_000], 1000, [440])


def test_reliable_ringing_both_ways(exchange: Exchange, tmp_path: Path) -> None:
    """The caller demands 100rel of us, and the callee sends us a 180 that we must acknowledge."""
    into = Pjsua.start(exchange, tmp_path, "1002", tone_hz=1000, duration_s=10, reliable=True)
    phones = [into]
    try:
        into.wait_for("registered", code=200)
        out = Pjsua.start(exchange, tmp_path, "1001", tone_hz=440, dial="1002", reliable=True, duration_s=2)
        phones.append(out)
        told = out.finish()
        into.finish()
    finally:
        for phone in phones:
            phone.kill()
    states = [(one["state"], one["code"]) for one in told if one["event"] == "state"]
    assert ("EARLY", 180) in states
    assert ("CONFIRMED", 200) in states
    assert hears(out.heard()[8_000:16_000], 1000, [440])


def test_a_session_timer_is_agreed_on(exchange: Exchange, tmp_path: Path) -> None:
    phone = Pjsua.start(exchange, tmp_path, "1001", dial="600", session_s=90, duration_s=1)
    try:
        told = phone.finish()
    finally:
        phone.kill()
    assert {"event": "state", "state": "CONFIRMED", "code": 200, "reason": "OK"} in told


@pytest.mark.long
def test_a_call_outlives_its_session_interval(exchange: Exchange, tmp_path: Path) -> None:
    """90 s: refreshed at half time, so it still stands after 100."""
    phone = Pjsua.start(exchange, tmp_path, "1001", dial="600", session_s=90, duration_s=100)
    try:
        phone.wait_for("state", state="CONFIRMED")
        began = time.monotonic()
        phone.wait_for("state", state="DISCONNCTD")
        assert time.monotonic() - began > 99
        phone.finish()
    finally:
        phone.kill()
