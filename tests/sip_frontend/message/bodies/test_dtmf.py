"""Digits in INFO."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.message.bodies import DtmfSignal, build_dtmf_relay, parse_dtmf
from sip_frontend.message.bodies.dtmf import FLASH

RELAY = "application/dtmf-relay"
PLAIN = "application/dtmf"


@pytest.mark.parametrize(
    ("content_type", "body", "signal"),
    [
        (RELAY, b"Signal=5\r\nDuration=160\r\n", DtmfSignal("5", 160)),
        (RELAY, b"Signal= 5\r\nDuration= 250\r\n", DtmfSignal("5", 250)),
        (RELAY, b"SIGNAL = #\nduration = 100", DtmfSignal("#", 100)),
        (RELAY, b"Signal=10\r\n", DtmfSignal("*")),
        (RELAY, b"Signal=11\r\nDuration=x\r\n", DtmfSignal("#")),
        (RELAY, b"Signal=d\r\nDuration=999999\r\n", DtmfSignal("D", 5000)),
        (RELAY, b"Signal=15", DtmfSignal("D")),
        (RELAY, b"Signal=16", DtmfSignal(FLASH)),
        (RELAY, b"Duration=90\rSignal=*\r", DtmfSignal("*", 90)),
        ("", b"Signal=7\r\n", DtmfSignal("7")),
        (PLAIN, b"5", DtmfSignal("5")),
        (PLAIN, b" #\r\n", DtmfSignal("#")),
        (PLAIN, b"11", DtmfSignal("#")),
        (PLAIN, b"Signal=3\r\nDuration=100", DtmfSignal("3", 100)),
        (PLAIN, b"", None),
        (PLAIN, b"17", None),
        (RELAY, b"Signal=", None),
        (RELAY, b"Duration=160\r\n", None),
        (RELAY, b"Signal=x\r\n", None),
        (RELAY, b"", None),
        (RELAY, b"\xff\x00\xb2", None),
        ("text/plain", b"Signal=5", None),
        ("", b"5", None),
    ],
)
def test_bodies_seen_in_the_field(content_type: str, body: bytes, signal: DtmfSignal | None) -> None:
    assert parse_dtmf(content_type, body) == signal


@pytest.mark.parametrize("digit", [*"0123456789*#ABCD", FLASH])
def test_write_and_read(digit: str) -> None:
    signal = DtmfSignal(digit, 120)
    assert parse_dtmf(RELAY, build_dtmf_relay(signal)) == signal


@given(st.binary(max_size=80), st.sampled_from([RELAY, PLAIN, ""]))
def test_property_any_body_is_a_digit_or_none(body: bytes, content_type: str) -> None:
    signal = parse_dtmf(content_type, body)
    assert signal is None or signal.digit in "0123456789*#ABCD!"
