"""The strict half: what is refused after it has been read."""

from __future__ import annotations

import pytest

from sip_frontend.message import Request, SipParseError, refusal_reason, validate
from tests.sip_frontend.message.samples import parse_request, request_bytes


def problem(*args: str, **changed: str) -> tuple[str, int]:
    error = validate(parse_request(request_bytes(*args, **changed)))  # type: ignore[arg-type]
    assert error is not None
    assert isinstance(error.request, Request)
    return error.header, error.status_hint


def test_a_plain_request_is_good() -> None:
    assert validate(parse_request(request_bytes())) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"from_": '"J Rosenberg \\\\\\"" <sip:j@e.com> ; tag = 1'},
        {"from_": "sip:caller@example.net;tag=1"},
        {"to": "<urn:service:sos>"},
        {"to": '"Żółć" <sips:a@[::1]:5061;x=y>;tag=2'},
        {"contact": '<sip:a@b:5060>;+sip.instance="<urn:uuid:1>";q=0.5, "x, y" <sip:c@d>'},
        {"contact": "sip:+1@gw;unknownparam"},
        {"max_forwards": "0068"},
        {"via": "SIP/2.0/UDP iftgw.example.com"},
    ],
)
def test_unusual_but_valid(changed: dict[str, str]) -> None:
    assert validate(parse_request(request_bytes(**changed))) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "header"),
    [
        ({"cseq": "1 OPTIONS"}, "CSeq"),
        ({"max_forwards": "300"}, "Max-Forwards"),
        ({"max_forwards": "-1"}, "Max-Forwards"),
        ({"max_forwards": ""}, "Max-Forwards"),
        ({"to": '"Mr. J. User <sip:j.user@example.com>'}, "To"),
        ({"to": "<sip:a@b"}, "To"),
        ({"to": "< sip:a@b >"}, "To"),
        ({"to": ""}, "To"),
        ({"from_": "Bell, Alexander <sip:a@b>;tag=43"}, "From"),
        ({"contact": '"" <> ;,"Joe" <sip:joe@example.org>;;,,;;'}, "Contact"),
        ({"contact": "sip:user@example.com?Route=%3Csip:x%3E"}, "Contact"),
        ({"contact": "<sip:a@b>,,<sip:c@d>"}, "Contact"),
        ({"contact": "*"}, "Contact"),
        ({"via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"}, "Via"),
    ],
)
def test_refused_with_400_naming_the_header(changed: dict[str, str], header: str) -> None:
    assert problem(**changed) == (header, 400)


def test_an_unknown_method_that_does_not_match_is_501() -> None:
    assert problem("NEWMETHOD sip:a@b SIP/2.0") == ("CSeq", 501)


@pytest.mark.parametrize(
    "uri", ["<sip:a@b>", "sip:a@b?Route=%3Csip:x%3E", "sip:2001:db8::10", "sip:a@b:99999", "sip:a%@b", "a"]
)
def test_bad_request_uris(uri: str) -> None:
    assert problem(f"INVITE {uri} SIP/2.0")[1] == 400


@pytest.mark.parametrize("uri", ["nobodyKnowsThisScheme:x", "tel:+1201", "sip:a@[2001:db8::1]:5070", "sip:u;p=a%40b@h"])
def test_schemes_and_forms_are_not_its_business(uri: str) -> None:
    assert validate(parse_request(request_bytes(f"INVITE {uri} SIP/2.0"))) is None


@pytest.mark.parametrize(
    "line",
    [
        "CSeq: 59 INVITE",
        "i: other",
        "From: <sip:a@b>;tag=2",
        "t: <sip:a@b>",
        "Max-Forwards: 5",
        "Expires: 1\r\nExpires: 2",
    ],
)
def test_two_of_what_may_stand_once(line: str) -> None:
    error = validate(parse_request(request_bytes(extra=(line,))))
    assert error is not None
    assert "more than one" in str(error)


def test_two_different_lengths() -> None:
    data = request_bytes(without=("Content-Length",), extra=("l: 1", "Content-Length: 3"), body=b"abc")
    error = validate(parse_request(data))
    assert error is not None
    assert error.header == "Content-Length"


@pytest.mark.parametrize(
    "line", ["Subject: a\r\nSubject: b", "l: 0", "Route: <sip:a;lr>\r\nRoute: <sip:b;lr>", "X-A: 1\r\nx-a: 2"]
)
def test_what_may_stand_twice(line: str) -> None:
    assert validate(parse_request(request_bytes(extra=(line,)))) is None


def test_star_in_a_register() -> None:
    request = parse_request(request_bytes("REGISTER sip:b SIP/2.0", cseq="1 REGISTER", contact="*"))
    assert validate(request) is None
    request = parse_request(request_bytes("REGISTER sip:b SIP/2.0", cseq="1 REGISTER", contact="*, <sip:a@b>"))
    assert validate(request) is not None


@pytest.mark.parametrize("name", ["Route", "Record-Route"])
def test_bad_routes(name: str) -> None:
    error = validate(parse_request(request_bytes(extra=(f"{name}: <sip:a;lr>, <sip:b",))))
    assert error is not None
    assert error.header == name


def test_an_ack_is_refused_without_an_answer() -> None:
    error = validate(parse_request(request_bytes("ACK sip:a@b SIP/2.0")))
    assert error is not None
    assert error.request is None


def test_reason_phrase_names_the_header() -> None:
    assert refusal_reason(SipParseError("x", header="To")) == "Bad Request - To"
    assert refusal_reason(SipParseError("x", header="CSeq", status_hint=501)) is None
    assert refusal_reason(SipParseError("x")) is None
