"""The torture messages of RFC 4475 that lie beside the project, byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from sip_frontend.message import (
    KeepAlive,
    Request,
    SipParseError,
    StreamParser,
    Uri,
    build_response,
    parse_message,
)
from sip_frontend.message.bodies import parts_of
from sip_frontend.message.headers import ContactList, contact_expires_s
from tests.sip_frontend.message.samples import parse_request, verdict
from tests.support.material import MATERIAL, material_files

REFUSED: Final = {
    "badaspec.dat": 400,
    "badbranch.dat": 400,
    "badvers.dat": 505,
    "clerr.dat": 400,
    "lwsruri.dat": 400,
    "mismatch02.dat": 501,
    "multi01.dat": 400,
    "quotbal.dat": 400,
    "scalar02.dat": 400,
    "trws.dat": 400,
}
"""All others are good: what is odd about them is for the layers above (416, 415, 420 …)."""


def load(name: str) -> bytes:
    path = MATERIAL / "rfc4475" / name
    if not path.is_file():
        pytest.skip(f"rfc4475/{name} is not here: set SWITCHROOM_MATERIAL to the folder of published material")
    return path.read_bytes()


@pytest.mark.parametrize("path", material_files("rfc4475/*.dat"))
def test_verdict(path: Path) -> None:
    assert verdict(path.read_bytes()) == REFUSED.get(path.name)


@pytest.mark.parametrize("path", material_files("rfc4475/*.dat"))
def test_every_request_can_be_answered(path: Path) -> None:
    request = request_of(path.read_bytes())
    if request is None:
        return
    lines = build_response(request, 400, to_tag="t").decode("utf-8", "surrogateescape").split("\r\n")
    vias = [line[4:].strip() for line in lines if line.startswith("Via:")]
    assert vias == request.get_all("Via")
    assert f"Call-ID: {request.call_id}" in lines


def request_of(data: bytes) -> Request | None:
    """The request, wholly or partly read; None for a response."""
    try:
        message: object = parse_message(data)
    except SipParseError as error:
        message = error.request
    return message if isinstance(message, Request) else None


@pytest.mark.parametrize("path", material_files("rfc4475/*.dat"))
def test_on_a_stream_a_message_is_read_or_refused(path: Path) -> None:
    events = StreamParser().feed(path.read_bytes())
    if path.name == "clerr.dat":  # waits for the rest of its body
        assert events == []
    else:
        assert len(events) == 1
        assert not isinstance(events[0], KeepAlive)


def test_wsinv() -> None:
    request = parse_request(load("wsinv.dat"))
    assert (request.max_forwards, request.cseq, request.from_tag, request.to_tag) == (68, 9, "98asjd8", "1918181833n")
    vias = request.values("Via")
    assert len(vias) == 3
    assert request.via.branch == "390skdjuw"
    assert request.get("Subject") == ""
    assert request.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert request.get("NewFangledHeader") == "newfangled value continued newfangled value"
    sender = request.address("From")
    assert sender is not None
    assert sender.display == 'J Rosenberg \\"'
    contact = request.contact
    assert contact is not None
    assert (contact.display, contact.params) == (
        'Quoted string ""',
        {"newparam": "newvalue", "secondparam": "", "q": "0.33"},
    )


def test_esc01() -> None:
    request = parse_request(load("esc01.dat"))
    assert request.request_uri().user == "sips:user@example.com"
    assert request.address("To") is not None
    assert Uri.parse(request.to_value) == Uri.parse("sip:user@example.com")
    contact = request.contact
    assert contact is not None
    assert contact.uri.user == "caller"
    assert contact.uri.params == {"lr": "", "name": "value%41"}


def test_esc02() -> None:
    request = parse_request(load("esc02.dat"))
    assert request.method == "RE%47IST%45R"
    assert len(ContactList.of(request).contacts) == 2


def test_longreq() -> None:
    request = parse_request(load("longreq.dat"))
    assert len(request.values("Via")) == 34
    answer = parse_message(build_response(request, 200, to_tag="t"))
    assert answer.values("Via") == request.values("Via")
    assert (answer.call_id, answer.from_tag) == (request.call_id, request.from_tag)


def test_semiuri() -> None:
    request = parse_request(load("semiuri.dat"))
    assert request.request_uri().user == "user;par=u@example.net"
    assert request.request_uri().params == {}
    assert len(request.values("Accept")) == 6


def test_mpart01() -> None:
    request = parse_request(load("mpart01.dat"))
    text, binary = parts_of(request)
    assert (text.content_type, text.body) == ("text/plain", b"Hello")
    assert binary.content_type == "application/octet-stream"
    assert binary.body.startswith(b"0\x82")
    assert b"\x00" in binary.body


def test_unkscm_and_unksm2() -> None:
    assert parse_request(load("unkscm.dat")).request_uri().scheme == "nobodyknowsthisscheme"
    request = parse_request(load("unksm2.dat"))
    schemes = [address.uri.scheme for name in ("To", "From", "Contact") if (address := request.address(name))]
    assert schemes == ["isbn", "http", "name"]


def test_cparam01_and_regescrt() -> None:
    contact = parse_request(load("cparam01.dat")).contact
    assert contact is not None
    assert contact.params == {"unknownparam": ""}
    assert str(contact) == "<sip:+19725552222@gw1.example.net>;unknownparam"
    contact = parse_request(load("regescrt.dat")).contact
    assert contact is not None
    assert contact.uri.headers == {"Route": "<sip:sip.example.com>"}


def test_scalar02_expires_falls_back() -> None:
    with pytest.raises(SipParseError) as caught:
        parse_message(load("scalar02.dat"))
    request = caught.value.request
    assert isinstance(request, Request)
    (contact,) = ContactList.of(request).contacts
    assert contact_expires_s(contact) == 3600


def test_inv2543() -> None:
    request = parse_request(load("inv2543.dat"))
    assert (request.via.branch, request.from_tag, request.max_forwards) == ("", "", None)
    assert request.body.endswith(b"m=audio 49217 RTP/AVP 0\r\n")
