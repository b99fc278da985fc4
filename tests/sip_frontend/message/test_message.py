"""What a read message offers on demand."""

from __future__ import annotations

import pytest

from sip_frontend.message import Address, SipParseError, parse_message
from tests.sip_frontend.message.samples import parse_request, request_bytes


@pytest.mark.covers("DR-049")
def test_addresses_are_parsed_on_demand() -> None:
    request = parse_request(
        request_bytes(
            extra=(
                'P-Asserted-Identity: "Cullen, J" <sip:fluffy@cisco.com>, <tel:+14085264000>',
                "Remote-Party-ID: <sip:x@y>;party=calling;privacy=off",
                "Refer-To: <sip:c@d?Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3>",
            )
        )
    )
    assert [str(address.uri) for address in request.addresses("P-Asserted-Identity")] == [
        "sip:fluffy@cisco.com",
        "tel:+14085264000",
    ]
    identity = request.address("P-Asserted-Identity")
    assert identity is not None
    assert identity.display == "Cullen, J"
    party = request.address("Remote-Party-ID")
    assert party is not None
    assert party.params["privacy"] == "off"
    assert request.address("Refer-To") == Address.parse(request.get("Refer-To") or "")
    assert request.address("Reply-To") is None
    assert str(request.request_uri()) == "sip:600@pbx.test"


def test_from_with_a_comma_in_a_bare_uri_is_not_split() -> None:
    with pytest.raises(SipParseError):
        parse_request(request_bytes(from_="sip:a,b@c;tag=1")).address("From")


def test_contact() -> None:
    contact = parse_request(request_bytes()).contact
    assert contact is not None
    assert contact.uri.transport == "udp"
    assert parse_request(request_bytes(contact="*")).contact is None
    assert parse_request(request_bytes(without=("Contact",))).contact is None
    with pytest.raises(SipParseError):
        _ = parse_request(request_bytes(contact='"x <sip:a@b>')).contact


@pytest.mark.parametrize(
    ("line", "expected"),
    [("application/SDP", "application/sdp"), ("Multipart / Mixed ; boundary=x", "multipart/mixed"), ("", "")],
)
def test_content_type(line: str, expected: str) -> None:
    assert parse_request(request_bytes(extra=(f"c: {line}",))).content_type == expected


def test_content_type_absent() -> None:
    assert parse_request(request_bytes()).content_type == ""


@pytest.mark.parametrize(
    ("line", "hops"), [("0068", 68), ("255", 255), ("0", 0), ("256", None), ("x", None), ("", None), ("9" * 5000, None)]
)
def test_max_forwards(line: str, hops: int | None) -> None:
    assert parse_request(request_bytes(max_forwards=line)).max_forwards == hops


def test_options_of_list_headers() -> None:
    request = parse_request(request_bytes(extra=("Supported: 100rel, Timer", "k: replaces")))
    assert request.has_option("Supported", "timer")
    assert request.has_option("Supported", "replaces")
    assert not request.has_option("Supported", "path")
    assert not request.has_option("Require", "100rel")


class TestNoteSource:
    """What the receiver writes into the top Via goes back with every response."""

    def test_lines_follow(self) -> None:
        request = parse_request(request_bytes(extra=("Via: SIP/2.0/UDP second;branch=z9hG4bK2",)))
        request.note_source("203.0.113.7", 1024)
        assert (request.via.received, request.via.rport) == ("203.0.113.7", 1024)
        assert request.get_all("Via") == [
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK74bf9;rport=1024;received=203.0.113.7",
            "SIP/2.0/UDP second;branch=z9hG4bK2",
        ]
        assert request.headers[0] == ("Via", request.get("Via"))

    def test_only_the_first_value_of_a_line_changes(self) -> None:
        request = parse_request(request_bytes(via="SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2"))
        request.note_source("203.0.113.7", 1024)
        assert request.values("Via") == [
            "SIP/2.0/UDP a;branch=z9hG4bK1;received=203.0.113.7",
            "SIP/2.0/UDP b;branch=z9hG4bK2",
        ]

    def test_nothing_to_note(self) -> None:
        request = parse_request(request_bytes(via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"))
        before = request.via
        request.note_source("192.0.2.1", 1024)
        assert request.via is before


def test_unknown_headers_keep_their_spelling_in_the_list() -> None:
    message = parse_message(request_bytes(extra=("x-Odd-NAME: 1", "cALL-info: <x:y>")))
    assert message.headers[-3:-1] == [("x-Odd-NAME", "1"), ("Call-Info", "<x:y>")]
