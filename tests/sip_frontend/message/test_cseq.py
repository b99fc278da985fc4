"""CSeq: RFC 3261 section 20.16."""

from __future__ import annotations

import pytest

from sip_frontend.message import CSeq, SipParseError


@pytest.mark.parametrize(
    ("text", "number", "method"),
    [
        ("1 INVITE", 1, "INVITE"),
        ("0009\t  INVITE", 9, "INVITE"),
        ("4294967295 x", 2**32 - 1, "x"),
        ("0 RE%47IST%45R", 0, "RE%47IST%45R"),
        ("0" * 5000 + "7 ACK", 7, "ACK"),
    ],
)
def test_parse(text: str, number: int, method: str) -> None:
    cseq = CSeq.parse(text)
    assert (cseq.number, cseq.method) == (number, method)
    assert CSeq.parse(str(cseq)) == cseq


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "INVITE 1",
        "-1 INVITE",
        "4294967296 INVITE",
        "36893488147419103232 REGISTER",
        "1 IN VITE",
        "1 A,B",
        "٣ BYE",
        "9" * 5000 + " BYE",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        CSeq.parse(text)
    assert caught.value.header == "CSeq"
