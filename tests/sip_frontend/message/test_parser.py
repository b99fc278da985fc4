"""One datagram to one message: RFC 3261 sections 7 and 18.3."""

from __future__ import annotations

import contextlib
import gc

import pytest

from sip_frontend.message import Request, SipParseError, StreamParser, Via, parse_message, validate
from sip_frontend.message.parser import find_tag
from tests.sip_frontend.message.samples import SDP, parse_request, parse_response, request_bytes


def refused(data: bytes) -> SipParseError:
    with pytest.raises(SipParseError) as caught:
        parse_message(data)
    return caught.value


def test_invite() -> None:
    data = request_bytes(body=SDP, extra=("Content-Type: application/sdp",))
    request = parse_request(data)
    assert (request.method, request.uri) == ("INVITE", "sip:600@pbx.test")
    assert request.via == Via("UDP", "192.0.2.1", 5060, "z9hG4bK74bf9", rport="")
    assert (request.call_id, request.cseq, request.cseq_method) == ("3848276298220188511@192.0.2.1", 1, "INVITE")
    assert (request.from_tag, request.to_tag) == ("9fxced76sl", "")
    assert request.from_value == '"Alice" <sip:alice@example.com>;tag=9fxced76sl'
    assert request.to_value == "Bob <sip:600@pbx.test>"
    assert request.body == SDP
    assert request.raw == data
    assert request.max_forwards == 70


def test_response() -> None:
    response = parse_response(request_bytes("SIP/2.0 180 Ringing there", to="<sip:b@c>;tag=x"))
    assert (response.status, response.reason, response.to_tag) == (180, "Ringing there", "x")


@pytest.mark.parametrize(
    ("line", "status", "reason"), [("SIP/2.0 100 ", 100, ""), ("SIP/2.0 200", 200, ""), ("sip/2.0 200 OK", 200, "OK")]
)
def test_response_without_reason(line: str, status: int, reason: str) -> None:
    # RFC 4475 section 3.1.1.13; the space may be missing too
    if line.startswith("sip"):
        assert refused(request_bytes(line)).status_hint == 400
        return
    response = parse_response(request_bytes(line))
    assert (response.status, response.reason) == (status, reason)


def test_reason_of_any_script() -> None:
    line = "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое"
    assert parse_response(request_bytes(line)).reason.endswith("простое")


@pytest.mark.parametrize(
    "line",
    ["SIP/2.0 4294967301 x", "SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 abc x", "SIP/2.0 ٢٠٠ x", "SIP/3.0 200 OK"],
)
def test_bad_status_lines(line: str) -> None:
    assert refused(request_bytes(line)).request is None


class TestHeaders:
    @pytest.mark.covers("DR-049")
    def test_compact_forms_and_any_case(self) -> None:
        request = parse_request(
            b"OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nF: <sip:a@b>;tag=1\r\nt: <sip:c@d>\r\n"
            b"I: abc\r\ncseq: 4 OPTIONS\r\nm: <sip:e@f>\r\nK: timer\r\ns:\r\nx: 90\r\no: talk\r\nu: hold\r\n"
            b"r: <sip:g@h>\r\nb: <sip:i@j>\r\nc: text/plain\r\ne: gzip\r\nx-LINE: 1\r\nL: 2\r\n\r\nhi"
        )
        assert request.call_id == "abc"
        values = {
            name: request.get(name) for name in ("Supported", "Subject", "Session-Expires", "Event", "Allow-Events")
        }
        assert values == {
            "Supported": "timer",
            "Subject": "",
            "Session-Expires": "90",
            "Event": "talk",
            "Allow-Events": "hold",
        }
        assert request.get("Refer-To") == "<sip:g@h>"
        assert request.get("Referred-By") == "<sip:i@j>"
        assert request.get("Content-Encoding") == "gzip"
        assert request.get("X-Line") == request.get("x-line") == request.get("X-LINE") == "1"
        assert request.get("contact") == request.get("CONTACT") == request.get("m") == "<sip:e@f>"
        assert request.content_type == "text/plain"
        assert request.body == b"hi"
        assert ("x-LINE", "1") in request.headers
        assert ("Supported", "timer") in request.headers

    def test_folding_and_white_space_before_the_colon(self) -> None:
        request = parse_request(
            request_bytes(
                call_id="\r\n folded-id",
                cseq="0009\r\n\t  INVITE",
                extra=("Subject  :  one\r\n   two\r\n\tthree", "s2 :x"),
            )
        )
        assert (request.call_id, request.cseq) == ("folded-id", 9)
        assert " ".join((request.get("Subject") or "").split()) == "one two three"
        assert request.get("s2") == "x"

    @pytest.mark.covers("DR-049")
    def test_values_on_one_line_and_on_many(self) -> None:
        request = parse_request(
            request_bytes(
                extra=(
                    "Via: SIP/2.0/TCP b;branch=z9hG4bK2 , SIP/2.0/TLS c",
                    "Route: <sip:r1;lr>",
                    "v: SIP/2.0/UDP d",
                    "route: <sip:r2;lr>",
                )
            )
        )
        assert [value.split()[1].partition(";")[0] for value in request.values("Via")] == [
            "192.0.2.1:5060",
            "b",
            "c",
            "d",
        ]
        assert len(request.get_all("Via")) == 3
        assert request.values("Route") == ["<sip:r1;lr>", "<sip:r2;lr>"]
        assert request.get("Route") == "<sip:r1;lr>"
        assert request.values("Allow") == request.get_all("Allow") == []

    def test_top_via_of_several_on_one_line(self) -> None:
        request = parse_request(request_bytes(via="SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2"))
        assert (request.via.host, request.via.branch) == ("a", "z9hG4bK1")

    def test_lines_that_are_no_header_are_ignored(self) -> None:
        request = parse_request(request_bytes(extra=("this is no header", "nor this: one", "Subject: x")))
        assert request.get("Subject") == "x"
        assert len(request.headers) == 9

    def test_unknown_header_with_odd_value_stays_opaque(self) -> None:
        assert parse_request(request_bytes(extra=("Odd: ;;,,;;,;",))).get("Odd") == ";;,,;;,;"

    def test_escapes_mean_nothing_in_header_names(self) -> None:
        request = parse_request(request_bytes(extra=("C%6Fntact: <sip:x@y>",)))
        assert len(request.get_all("Contact")) == 1

    def test_bytes_that_are_no_utf8_survive(self) -> None:
        subject = b"Andr\xe9"
        request = parse_request(request_bytes(extra=("Subject: " + subject.decode("utf-8", "surrogateescape"),)))
        assert (request.get("Subject") or "").encode("utf-8", "surrogateescape") == subject


class TestLineEnds:
    def test_leading_line_breaks_are_skipped(self) -> None:
        assert parse_request(b"\r\n\r\n" + request_bytes()).method == "INVITE"

    def test_lf_alone_ends_lines_where_there_is_no_cr(self) -> None:
        request = parse_request(request_bytes(body=b"ab").replace(b"\r\n", b"\n"))
        assert (request.call_id, request.body) == ("3848276298220188511@192.0.2.1", b"ab")

    @pytest.mark.parametrize(
        "smuggled", ["x\nP-Asserted-Identity: <sip:boss@b>", "x\rP-Asserted-Identity: <sip:boss@b>"]
    )
    def test_a_lone_cr_or_lf_begins_no_header(self, smuggled: str) -> None:
        request = parse_request(request_bytes(extra=(f"Subject: {smuggled}",)))
        assert request.get("P-Asserted-Identity") is None
        assert request.get("Subject") == "x P-Asserted-Identity: <sip:boss@b>"

    def test_unicode_line_ends_are_none(self) -> None:
        text = "a\x0bVia: SIP/2.0/UDP evil\x85Route: <sip:evil>\u2028x: y"
        request = parse_request(request_bytes(extra=(f"Subject: {text}",)))
        assert request.get("Subject") == text
        assert request.get("Route") is None

    def test_stray_cr_at_the_end_of_a_line(self) -> None:
        assert parse_request(request_bytes(to="<sip:a@b>;tag=t\r")).to_tag == "t"

    def test_head_without_an_empty_line(self) -> None:
        assert parse_request(request_bytes().rstrip(b"\r\n")).method == "INVITE"

    @pytest.mark.parametrize(
        "data", [b"", b"\r\n", b"\r\n\r\n", b"\x00", b"\xff" * 100, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b":\r\n\r\n"]
    )
    def test_rubbish(self, data: bytes) -> None:
        assert refused(data).request is None


class TestContentLength:
    def test_surplus_is_cut(self) -> None:
        assert parse_request(request_bytes(body=b"abc") + b"INVITE sip:next").body == b"abc"

    def test_none_means_to_the_end(self) -> None:
        assert parse_request(request_bytes(without=("Content-Length",), body=b"abc")).body == b"abc"

    @pytest.mark.parametrize("length", ["9999", "4", "-999", "", "x", "9" * 5000, "+3", "٣", "3 3"])
    def test_missing_bytes_and_nonsense_are_answered(self, length: str) -> None:
        data = request_bytes(without=("Content-Length",), extra=(f"Content-Length: {length}",), body=b"abc")
        error = refused(data)
        assert (error.status_hint, error.header) == (400, "Content-Length")
        assert isinstance(error.request, Request)
        assert error.request.call_id

    def test_leading_zeros_are_legal(self) -> None:
        data = request_bytes(without=("Content-Length",), extra=("Content-Length: 0000000003",), body=b"abc")
        assert parse_request(data).body == b"abc"


class TestRefusedButAnswerable:
    @pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq"])
    def test_missing_header_is_named(self, name: str) -> None:
        error = refused(request_bytes(without=(name,)))
        assert (error.header, error.status_hint) == (name, 400)
        assert isinstance(error.request, Request)
        assert error.request.via.branch == "z9hG4bK74bf9"

    def test_without_a_via_there_is_no_way_back(self) -> None:
        assert refused(request_bytes(without=("Via",))).request is None
        assert refused(request_bytes(via=";;,;,,")).request is None

    def test_an_ack_is_never_answered(self) -> None:
        assert refused(request_bytes("ACK sip:a@b SIP/2.0", cseq="x ACK")).request is None

    @pytest.mark.parametrize(
        ("line", "status"),
        [
            ("INVITE sip:a@b SIP/7.0", 505),
            ("INVITE sip:a@b SIP/2.1", 505),
            ("INVITE sip:a@b; lr SIP/2.0", 400),
            ("INVITE sip:a@b SIP/2.0  ", 400),
            ("INVITE  sip:a@b  SIP/2.0", 400),
            ("INVITE sip:a@b", 400),
            ("INVITE sip:a@b HTTP/1.1", 400),
            ("INVITE sip:a@b SIP/2.0/UDP", 400),
            ("INV<>TE sip:a@b SIP/2.0", 400),
            ("INVITE", 400),
        ],
    )
    def test_request_lines(self, line: str, status: int) -> None:
        error = refused(request_bytes(line))
        assert (error.status_hint, error.header) == (status, "")
        assert isinstance(error.request, Request)
        assert error.request.from_tag == "9fxced76sl"
        assert error.request.cseq == 1

    def test_version_in_lower_case_is_the_same_version(self) -> None:
        assert parse_request(request_bytes("INVITE sip:a@b sip/2.0")).uri == "sip:a@b"

    def test_unknown_methods_are_read(self) -> None:
        method = "!interesting-Method0123456789_*+`.%indeed'~"
        assert parse_request(request_bytes(f"{method} sip:a@b SIP/2.0", cseq=f"1 {method}")).method == method

    def test_bad_cseq_leaves_the_rest_readable(self) -> None:
        error = refused(request_bytes(cseq="36893488147419103232 INVITE"))
        assert isinstance(error.request, Request)
        assert (error.header, error.request.to_value, error.request.cseq) == ("CSeq", "Bob <sip:600@pbx.test>", 0)

    @pytest.mark.parametrize("call_id", ["", "a b"])
    def test_bad_call_id(self, call_id: str) -> None:
        assert refused(request_bytes(call_id=call_id)).header == "Call-ID"


class TestLimits:
    def test_too_many_headers(self) -> None:
        assert refused(request_bytes(extra=("X: y",) * 300)).status_hint == 513

    def test_too_long_a_head(self) -> None:
        assert refused(request_bytes(extra=("X: " + "y" * 70000,))).status_hint == 513

    def test_folded_lines_count_as_lines(self) -> None:
        assert refused(request_bytes(extra=("X: " + "\r\n y" * 300,))).status_hint == 513


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("<sip:a@b>;tag=1", "1"),
        ("<sip:a@b>;x=y;tag=1;z", "1"),
        ("<sip:a@b>", ""),
        ("sip:a@b;tag=2", "2"),
        ("<sip:a@b;tag=no>", ""),
        ("<sip:a@b;tag=no>;tag=yes", "yes"),
        ('"x>;tag=no" <sip:a@b>;tag=yes', "yes"),
        ('<sip:a@b>;x=">;tag=no";tag=yes', "yes"),
        ("<sip:a@b> ; TAG  =  yes", "yes"),
        ("sip:tag@b", ""),
        ("<sip:a@b>;mytag=1", ""),
    ],
)
def test_find_tag(value: str, tag: str) -> None:
    assert find_tag(value, "To") == tag


def living() -> int:
    return sum(isinstance(thing, Request | SipParseError) for thing in gc.get_objects())


def test_neither_messages_nor_refusals_hold_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        before = living()
        parse_message(request_bytes()).addresses("Contact")
        for data in (request_bytes(cseq="x"), request_bytes("INVITE x"), request_bytes(body=b"1")[:-1]):
            with contextlib.suppress(SipParseError):
                parse_message(data)
            StreamParser().feed(data)
        StreamParser().feed(request_bytes(extra=("l: 77",)))
        validate(parse_request(request_bytes(max_forwards="300")))
        assert living() == before
    finally:
        gc.enable()


class TestTooManyHeaders:
    """RFC 3261 section 21.5.7: too large a message is answered 513, so that its sender knows better next time."""

    def test_the_refusal_has_what_an_answer_needs(self) -> None:
        data = request_bytes("OPTIONS sip:600@pbx.test SIP/2.0", cseq="7 OPTIONS", extra=("X-Pad: " + "y" * 40,) * 330)
        with pytest.raises(SipParseError) as caught:
            parse_message(data)
        request = caught.value.request
        assert caught.value.status_hint == 513
        assert isinstance(request, Request)
        assert (request.method, request.cseq, request.call_id) == ("OPTIONS", 7, "3848276298220188511@192.0.2.1")
        assert request.via.branch == "z9hG4bK74bf9"

    def test_key_headers_behind_the_limit_are_found(self) -> None:
        start, *rest = request_bytes().split(b"\r\n")
        data = b"\r\n".join([start, *[b"X: y"] * 300, *rest])
        with pytest.raises(SipParseError) as caught:
            parse_message(data)
        assert isinstance(caught.value.request, Request)

    @pytest.mark.parametrize("start", ["SIP/2.0 200 OK", "ACK sip:a SIP/2.0", "(bad) sip:a SIP/2.0"])
    def test_what_must_not_be_answered_is_not_answerable(self, start: str) -> None:
        with pytest.raises(SipParseError) as caught:
            parse_message(request_bytes(start, extra=("X: y",) * 300))
        assert caught.value.request is None
