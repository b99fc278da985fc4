"""Multipart bodies and fragments."""

from __future__ import annotations

import pytest

from sip_frontend.message import SipParseError
from sip_frontend.message.bodies import body_of, build_multipart, build_sipfrag, parse_sipfrag, parts_of
from sip_frontend.message.message import Request
from tests.sip_frontend.message.samples import SDP, parse_request, request_bytes

XML = b"<presence>\r\n</presence>"


def invite(content_type: str, body: bytes) -> Request:
    return parse_request(request_bytes(body=body, extra=(f"Content-Type: {content_type}",)))


def mixed(boundary: str = "b1") -> bytes:
    return build_multipart(
        [
            ([("Content-Type", "application/pidf+xml"), ("Content-ID", "<x@y>")], XML),
            ([("Content-Type", "application/SDP")], SDP),
        ],
        boundary,
    )


def test_plain_body() -> None:
    request = invite("application/sdp", SDP)
    assert body_of(request, "application/sdp") == SDP
    assert body_of(request, "text/plain") is None
    assert [part.content_type for part in parts_of(request)] == ["application/sdp"]


@pytest.mark.parametrize("header", ["multipart/mixed;boundary=b1", 'Multipart/Related; boundary="b1"; type=x'])
def test_sdp_inside(header: str) -> None:
    request = invite(header, b"preamble\r\n" + mixed() + b"epilogue")
    assert body_of(request, "application/sdp") == SDP
    assert body_of(request, "application/pidf+xml") == XML
    assert body_of(request, "text/plain") is None
    assert parts_of(request)[0].headers["Content-ID"] == "<x@y>"


def test_nested() -> None:
    outer = build_multipart([([("Content-Type", "multipart/alternative;boundary=in")], mixed("in"))], "out")
    assert body_of(invite("multipart/mixed;boundary=out", outer), "application/sdp") == SDP


def test_part_without_headers_is_plain_text() -> None:
    (part,) = parts_of(invite("multipart/mixed;boundary=b", b"--b\r\n\r\nhello\r\n--b--"))
    assert (part.content_type, part.body) == ("text/plain", b"hello")


def test_last_boundary_cut_off() -> None:
    assert body_of(invite("multipart/mixed;boundary=b1", mixed()[:-8]), "application/sdp") is not None


@pytest.mark.parametrize(
    ("header", "body"),
    [("multipart/mixed", mixed()), ("multipart/mixed;boundary=zz", mixed()), ('multipart/mixed;boundary=""', mixed())],
)
def test_no_boundary(header: str, body: bytes) -> None:
    with pytest.raises(SipParseError) as caught:
        body_of(invite(header, body), "application/sdp")
    assert caught.value.header == "Content-Type"


def test_limits_on_parts_and_depth() -> None:
    many = build_multipart([([("Content-Type", "text/plain")], b"x")] * 100, "b")
    with pytest.raises(SipParseError) as caught:
        parts_of(invite("multipart/mixed;boundary=b", many))
    assert caught.value.status_hint == 413
    deep = b"x"
    for level in range(50):
        deep = build_multipart([([("Content-Type", f"multipart/mixed;boundary=b{level - 1}")], deep)], f"b{level}")
    assert len(parts_of(invite("multipart/mixed;boundary=b49", deep))) == 1


def test_no_body() -> None:
    assert parts_of(parse_request(request_bytes())) == []
    assert body_of(invite("application/sdp", b""), "application/sdp") is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"SIP/2.0 100 Trying\r\n", (100, "Trying")),
        (b"SIP/2.0 603", (603, "")),
        (b"\r\nsip/2.0  486  Busy here\r\nTo: x\r\n", (486, "Busy here")),
        (b"INVITE sip:a SIP/2.0", None),
        (b"SIP/2.0 99 x", None),
        (b"SIP/2.0 2000 x", None),
        (b"", None),
        (b"\xff\xfe", None),
    ],
)
def test_sipfrag(body: bytes, expected: tuple[int, str] | None) -> None:
    assert parse_sipfrag(body) == expected


def test_sipfrag_written() -> None:
    assert build_sipfrag(200) == b"SIP/2.0 200 OK\r\n"
    assert parse_sipfrag(build_sipfrag(486, "Nope")) == (486, "Nope")
