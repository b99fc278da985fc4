"""Bytes of requests and responses: RFC 3261 sections 8.1.1, 8.2.6, 12.1.1."""

from __future__ import annotations

import pytest

from sip_frontend.message import (
    Request,
    SipParseError,
    build_request,
    build_response,
    new_branch,
    new_call_id,
    new_tag,
    parse_message,
)
from switchroom.errors import LocalProtocolError
from tests.sip_frontend.message.samples import SDP, parse_request, parse_response, request_bytes


def test_request_reads_back() -> None:
    headers = [
        ("Via", "SIP/2.0/UDP h;branch=" + new_branch()),
        ("From", "<sip:a@b>;tag=" + new_tag()),
        ("To", "<sip:c@d>"),
    ]
    headers += [("Call-ID", new_call_id("h")), ("CSeq", "1 OPTIONS"), ("Subject", "é")]
    request = parse_request(build_request("OPTIONS", "sip:c@d", headers, b"abc"))
    assert request.headers == [*headers, ("Content-Length", "3")]
    assert request.via.is_rfc3261
    assert request.body == b"abc"


class TestResponse:
    def test_copies_the_lines_of_the_request(self) -> None:
        request = parse_request(
            request_bytes(
                via="SIP/2.0/UDP  a ; branch=z9hG4bK1",
                extra=(
                    "v: SIP/2.0/TCP b, SIP/2.0/TLS c",
                    "Record-Route: <sip:p1;lr>",
                    "Record-Route: <sip:p2;lr>",
                    "Timestamp: 54",
                ),
            )
        )
        data = build_response(request, 200, to_tag="ours", headers=[("Contact", "<sip:me>")], body=SDP)
        response = parse_response(data)
        assert (response.status, response.reason, response.to_tag, response.body) == (200, "OK", "ours", SDP)
        assert response.values("Via") == request.values("Via")
        assert response.get_all("Record-Route") == ["<sip:p1;lr>", "<sip:p2;lr>"]
        for name in ("From", "Call-ID", "CSeq"):
            assert response.get(name) == request.get(name)
        assert response.get("Timestamp") is None
        assert response.get("Content-Length") == str(len(SDP))

    def test_100_takes_the_timestamp_and_no_tag(self) -> None:
        request = parse_request(request_bytes(extra=("Timestamp: 54", "Record-Route: <sip:p1;lr>")))
        response = parse_response(build_response(request, 100, to_tag="ours"))
        assert (response.get("Timestamp"), response.to_tag, response.get("Record-Route")) == ("54", "", None)

    def test_refusals_carry_no_record_route(self) -> None:
        request = parse_request(request_bytes(extra=("Record-Route: <sip:p1;lr>",)))
        assert parse_response(build_response(request, 486, to_tag="x")).get("Record-Route") is None

    def test_a_tag_that_is_there_stays(self) -> None:
        request = parse_request(request_bytes(to="<sip:a@b>;tag=theirs"))
        assert parse_response(build_response(request, 200, to_tag="ours")).to_tag == "theirs"

    def test_folded_lines_come_back_unfolded(self) -> None:
        request = parse_request(request_bytes(to="\r\n <sip:a@b>\r\n ;x=y"))
        assert b"\r\n " not in build_response(request, 200)

    def test_bytes_that_are_no_utf8_come_back_as_they_were(self) -> None:
        display = b'"Andr\xe9" <sip:a@b>;tag=1'
        request = parse_request(request_bytes(from_=display.decode("utf-8", "surrogateescape")))
        assert b"From: " + display + b"\r\n" in build_response(request, 200)

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(299, "OK"), (499, "Bad Request"), (599, "Server Internal Error"), (491, "Request Pending")],
    )
    def test_reason_phrases(self, status: int, reason: str) -> None:
        assert parse_response(build_response(parse_request(request_bytes()), status)).reason == reason

    def test_own_reason_phrase(self) -> None:
        assert parse_response(
            build_response(parse_request(request_bytes()), 400, "Bad Request - CSeq")
        ).reason.endswith("CSeq")

    @pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq"])
    def test_answer_to_a_request_that_lacks_a_header(self, name: str) -> None:
        with pytest.raises(SipParseError) as caught:
            parse_message(request_bytes(without=(name,)))
        request = caught.value.request
        assert isinstance(request, Request)
        lines = build_response(request, caught.value.status_hint, to_tag="t").split(b"\r\n")
        assert lines[0] == b"SIP/2.0 400 Bad Request"
        assert lines[1].startswith(b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK74bf9")
        assert not any(line.startswith(name.encode() + b":") for line in lines)


@pytest.mark.parametrize("value", ["a\r\nEvil: b", "a\nb", "a\rb"])
def test_no_value_can_smuggle_in_a_line(value: str) -> None:
    with pytest.raises(LocalProtocolError):
        build_request("OPTIONS", "sip:a", [("Subject", value)])
    with pytest.raises(LocalProtocolError):
        build_response(parse_request(request_bytes()), 200, headers=[("Subject", value)])


def test_ids_differ() -> None:
    assert len({make() for make in (new_branch, new_tag, new_call_id) for _ in range(100)}) == 300
