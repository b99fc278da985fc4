"""Diversion and History-Info read into one form."""

from __future__ import annotations

import pytest

from sip_frontend.message.headers import answer_after_s, diversions
from tests.sip_frontend.message.samples import parse_request, request_bytes


def test_diversion_latest_first() -> None:
    lines = (
        'Diversion: "Bob" <sip:bob@b>;reason=user-busy;counter=1, <tel:+12>;reason="no-answer"',
        "Diversion: bad <",
        "Diversion: <sip:c@d>",
    )
    found = diversions(parse_request(request_bytes(extra=lines)))
    assert [(str(one.uri), one.display, one.reason) for one in found] == [
        ("sip:bob@b", "Bob", "user-busy"),
        ("tel:+12", "", "no-answer"),
        ("sip:c@d", "", ""),
    ]


def test_history_info() -> None:
    line = (
        "History-Info: <sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D486>;index=1,"
        "<sip:UserB@example.com>;index=1.1,<sip:UserC@example.com;cause=408>;index=1.2"
    )
    found = diversions(parse_request(request_bytes(extra=(line,))))
    assert [(str(one.uri), one.reason) for one in found] == [
        ("sip:UserB@example.com", "no-answer"),
        ("sip:UserA@ims.example.com", "user-busy"),
    ]


def test_none() -> None:
    assert diversions(parse_request(request_bytes(extra=("History-Info: <sip:a@b>;index=1",)))) == []


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Call-Info: <sip:pbx.test>;answer-after=0", 0),
        ("Call-Info: <http://x/y,z>;purpose=icon, <sip:x> ; Answer-After = 5", 5),
        ("Alert-Info: info=alert-autoanswer;delay=0", 0),
        ("Alert-Info: Ring Answer", 0),
        ("Answer-Mode: Auto;require", 0),
        ("Answer-Mode: Manual", None),
        ("Call-Info: <http://x;answer-after=1>", None),
        ("Subject: x", None),
    ],
)
def test_answer_after(line: str, seconds: int | None) -> None:
    assert answer_after_s(parse_request(request_bytes(extra=(line,)))) == seconds
