"""Descriptions inside message bodies (RFC 5621)."""

from __future__ import annotations

from sip_frontend.sdp import find_description

MIXED = (
    b"preamble\r\n--12 34\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
    b"--12 34\r\nc: Application/SDP; charset=utf-8\r\nContent-ID: <1>\r\n\r\nv=0\r\ns=-\r\n\r\n--12 34--\r\nepilogue"
)


def test_a_plain_body_is_the_description() -> None:
    assert find_description("Application/SDP ;charset=x", b"v=0\r\n") == b"v=0\r\n"


def test_a_part_of_a_multipart_body_is_found() -> None:
    assert find_description('multipart/mixed; boundary="12 34"', MIXED) == b"v=0\r\ns=-\r\n"


def test_other_parts_and_types_are_none() -> None:
    assert find_description('multipart/mixed;boundary="12 34"', MIXED.replace(b"/SDP", b"/not")) is None
    assert find_description("multipart/mixed", MIXED) is None
    assert find_description("text/plain", b"v=0\r\n") is None
    assert find_description("", b"v=0\r\n") is None
