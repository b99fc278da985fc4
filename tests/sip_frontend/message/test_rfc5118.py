"""IPv6 in messages: RFC 5118, from the material and after its text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from sip_frontend.message import Via
from tests.sip_frontend.message.samples import parse_request, request_bytes, verdict
from tests.support.material import material_files

REFUSED: Final = {"ipv6-bug-abnf-3-colons.sip": 400}


@pytest.mark.parametrize("path", material_files("rfc5118/*.sip"))
def test_verdict(path: Path) -> None:
    assert verdict(path.read_bytes()) == REFUSED.get(path.name)


@pytest.mark.parametrize(
    ("section", "uri", "status"),
    [
        ("4.1", "sip:[2001:db8::10]", None),
        ("4.2", "sip:2001:db8::10", 400),
        ("4.3", "sip:[2001:db8::10:5070]", None),
        ("4.4", "sip:[2001:db8::10]:5070", None),
        ("4.7", "sip:user@[2001:db8::10];transport=udp", None),
        ("4.9", "sip:user@[::ffff:192.0.2.10]", None),
        ("4.10", "sip:user@[2001:db8::192.0.2.1]", None),
        ("4.10", "sip:user@[2001:db8:::192.0.2.1]", 400),
    ],
)
def test_request_uris(section: str, uri: str, status: int | None) -> None:
    assert verdict(request_bytes(f"INVITE {uri} SIP/2.0")) == status, section


def test_port_is_clear_or_not_given() -> None:
    uri = parse_request(request_bytes("INVITE sip:[2001:db8::10]:5070 SIP/2.0")).request_uri()
    assert (uri.host, uri.port) == ("2001:db8::10", 5070)
    uri = parse_request(request_bytes("INVITE sip:[2001:db8::10:5070] SIP/2.0")).request_uri()
    assert (uri.host, uri.port) == ("2001:db8::10:5070", None)


@pytest.mark.parametrize("received", ["[2001:db8::9:255]", "2001:db8::9:255"])
def test_received_with_and_without_brackets(received: str) -> None:
    """Section 4.5."""
    request = parse_request(request_bytes(via=f"SIP/2.0/UDP [2001:db8::9:1];received={received};branch=z9hG4bKas3"))
    assert request.via == Via("UDP", "2001:db8::9:1", None, "z9hG4bKas3", "2001:db8::9:255")


def test_several_address_families_in_one_message() -> None:
    """Section 4.7."""
    data = request_bytes(
        via="SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
        extra=("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144", "Route: <sip:[2001:db8::7]:5060;lr>"),
    )
    assert verdict(data) is None
    assert parse_request(data).address("Route") is not None
