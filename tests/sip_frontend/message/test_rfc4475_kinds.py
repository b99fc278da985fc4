"""The kinds of RFC 4475, sections 3.1 to 3.4, in messages of our own made after its text."""

from __future__ import annotations

from typing import Final

import pytest

from sip_frontend.message import parse_message
from sip_frontend.message.headers import ContactList, RetryAfter, WarningValue, accepts
from switchroom.errors import SipParseError
from tests.sip_frontend.message.samples import SDP, parse_request, parse_response, request_bytes, verdict

METHOD: Final = "!interesting-Method0123456789_*+`.%indeed'~"
ODD_URI: Final = (
    "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"
)


class TestValid:
    """Section 3.1.1."""

    def test_wide_range_of_valid_characters(self) -> None:
        data = request_bytes(
            f"{METHOD} {ODD_URI} SIP/2.0",
            via="SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
            to='"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
            from_="token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\""
            ";tag=_token~1'+`*%!-.",
            call_id="intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
            cseq=f"139122385 {METHOD}",
            max_forwards="255",
            extra=("extensionHeader-!.%*+_`'~: \ufeff大停電",),
        )
        assert verdict(data) is None
        request = parse_request(data)
        assert request.from_tag == "_token~1'+`*%!-."
        assert request.via.branch == "z9hG4bK-.!%66*_+`'~"
        to = request.address("To")
        assert to is not None
        assert to.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
        assert request.get("extensionHeader-!.%*+_`'~") == "\ufeff大停電"

    def test_escaped_nulls(self) -> None:
        data = request_bytes(
            "REGISTER sip:example.com SIP/2.0",
            cseq="14398234 REGISTER",
            to="sip:null-%00-null@example.com",
            from_="sip:null-%00-null@example.com;tag=839923423",
            contact="<sip:%00@host5.example.com>",
            extra=("Contact: <sip:%00%00@host5.example.com>", "L:0"),
            without=("Content-Length",),
        )
        assert verdict(data) is None
        request = parse_request(data)
        to = request.address("To")
        assert to is not None
        assert to.uri.user == "null-\x00-null"
        assert [contact.uri.user for contact in ContactList.of(request).contacts] == ["\x00", "\x00\x00"]
        assert str(ContactList.of(request).contacts[0].uri) == "sip:%00@host5.example.com"

    def test_no_space_between_display_name_and_bracket(self) -> None:
        data = request_bytes(from_="caller<sip:caller@example.com>;tag=323")
        assert verdict(data) is None
        assert parse_request(data).from_tag == "323"

    def test_extra_trailing_octets_in_a_datagram(self) -> None:
        first = request_bytes("REGISTER sip:example.com SIP/2.0", cseq="8 REGISTER")
        request = parse_request(first + request_bytes(body=SDP))
        assert (request.method, request.body) == ("REGISTER", b"")

    def test_varied_and_unknown_transports(self) -> None:
        others = ("SCTP t2.e.com", "TLS t3.e.com", "UNKNOWN t4.e.com", "TCP t5.e.com")
        data = request_bytes(extra=tuple([f"Via: SIP/2.0/{via};branch=z9hG4bK{i}" for i, via in enumerate(others)]))
        assert verdict(data) is None

    def test_unusual_reason_phrase(self) -> None:
        line = "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое"
        response = parse_response(request_bytes(line, to="<sip:a@b>;tag=x"))
        assert response.reason == line[12:]


class TestInvalid:
    """Section 3.1.2."""

    def test_extraneous_header_field_separators(self) -> None:
        assert verdict(request_bytes(via="SIP/2.0/UDP 192.0.2.15;;,;,,")) == 400
        assert verdict(request_bytes(contact='"" <> ;,"Joe" <sip:joe@example.org>;;,,;;')) == 400

    def test_negative_content_length(self) -> None:
        data = request_bytes(without=("Content-Length",), extra=("Content-Length: -999",), body=SDP)
        assert verdict(data) == 400

    def test_response_scalars_over_range(self) -> None:
        assert verdict(request_bytes("SIP/2.0 503 Service Unavailable", cseq="9292394834772304023312 OPTIONS")) == 0
        with pytest.raises(SipParseError):
            RetryAfter.parse("949302838503028349304023988")
        with pytest.raises(SipParseError):
            WarningValue.parse('1812 overture "In Progress"')

    def test_request_uri_in_angle_brackets(self) -> None:
        assert verdict(request_bytes("INVITE <sip:user@example.com> SIP/2.0")) == 400

    def test_several_spaces_in_the_request_line(self) -> None:
        assert verdict(request_bytes("INVITE  sip:user@example.com  SIP/2.0")) == 400

    def test_headers_in_the_request_uri(self) -> None:
        assert verdict(request_bytes("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0")) == 400

    def test_contact_that_needs_angle_brackets(self) -> None:
        data = request_bytes(
            "REGISTER sip:example.com SIP/2.0",
            cseq="998332 REGISTER",
            contact="sip:user@example.com?Route=%3Csip:sip.example.com%3E",
        )
        assert verdict(data) == 400

    def test_display_name_that_needs_quotes(self) -> None:
        assert verdict(request_bytes(from_="Bell, Alexander <sip:a.g.bell@example.com>;tag=43")) == 400

    def test_method_mismatch(self) -> None:
        assert verdict(request_bytes("OPTIONS sip:user@example.com SIP/2.0", cseq="8 INVITE")) == 400

    def test_overlarge_response_code(self) -> None:
        assert verdict(request_bytes("SIP/2.0 4294967301 better not break the receiver", to="<sip:a@b>;tag=1")) == 0


class TestApplicationLayer:
    """Section 3.3: good messages, but for the first and the ambiguous ones."""

    def test_missing_required_headers(self) -> None:
        assert verdict(request_bytes(without=("Call-ID", "From", "To"))) == 400

    def test_known_scheme_we_do_not_serve(self) -> None:
        data = request_bytes("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", cseq="1 OPTIONS")
        assert verdict(data) is None
        assert parse_request(data).request_uri().scheme == "soap.beep"

    def test_unknown_required_options(self) -> None:
        data = request_bytes(extra=("Require: nothingSupportsThis, nothingSupportsThisEither",))
        assert verdict(data) is None
        assert parse_request(data).values("Require") == ["nothingSupportsThis", "nothingSupportsThisEither"]

    def test_unknown_authorization_scheme(self) -> None:
        line = "Authorization: NoOneKnowsThisScheme opaque-data=here"
        assert verdict(request_bytes(extra=(line,))) is None

    def test_multiple_content_lengths(self) -> None:
        assert (
            verdict(request_bytes(without=("Content-Length",), extra=("L: 3", "Content-Length: 5"), body=b"abcde"))
            == 400
        )

    def test_zero_max_forwards(self) -> None:
        data = request_bytes(max_forwards="0")
        assert verdict(data) is None
        assert parse_request(data).max_forwards == 0

    def test_unacceptable_accept(self) -> None:
        request = parse_request(request_bytes(extra=("Accept: text/nobodyKnowsThis",)))
        assert not accepts(request.values("Accept"), "application/sdp")


def test_branch_that_is_nothing_but_the_cookie() -> None:
    """Section 3.2.1."""
    assert verdict(request_bytes(via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")) == 400


def test_invite_of_an_rfc2543_client() -> None:
    """Section 3.4.1."""
    data = request_bytes(
        via="SIP/2.0/UDP iftgw.example.com",
        from_="<sip:+13035551111@ift.client.example.net;user=phone>",
        without=("Max-Forwards", "Contact", "Content-Length"),
        body=SDP,
    )
    assert verdict(data) is None
    message = parse_message(data)
    assert (message.body, message.from_tag, message.via.is_rfc3261) == (SDP, "", False)
