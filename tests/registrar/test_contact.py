"""Contact values as clients write them."""

from __future__ import annotations

import pytest

from registrar.contact import Contact, delta_seconds


@pytest.mark.parametrize(
    ("value", "uri", "params"),
    [
        ("<sip:a@b;transport=tcp>;expires=60", "sip:a@b;transport=tcp", {"expires": "60"}),
        ("sip:a@b;expires=60", "sip:a@b", {"expires": "60"}),
        ('"Desk; \\"1\\" <x>" < sip:a@b > ; Expires = 60 ;q=0.7', "sip:a@b", {"expires": "60", "q": "0.7"}),
        (
            '<sip:a@b>;+SIP.Instance="<urn:uuid:1;2>";reg-id=1;flag',
            "sip:a@b",
            {"+sip.instance": "<urn:uuid:1;2>", "reg-id": "1", "flag": ""},
        ),
        ('<sip:a@b>;methods="INVITE, \\"BYE\\"";x', "sip:a@b", {"methods": 'INVITE, "BYE"', "x": ""}),
        ("Bob <sips:a@b>;;", "sips:a@b", {}),
        ("<mailto:a@b>", "mailto:a@b", {}),
    ],
)
def test_parts(value: str, uri: str, params: dict[str, str]) -> None:
    read = Contact.parse(value)
    assert (read.uri, read.params) == (uri, params)
    assert read.instance_id == params.get("+sip.instance", "")


@pytest.mark.parametrize(
    ("text", "q"), [("0.5", 0.5), ("1", 1.0), ("0", 0.0), ("2", 1.0), ("-1", 1.0), ("nan", 1.0), ("x", 1.0), ("", 1.0)]
)
def test_q_is_a_preference_or_1(text: str, q: float) -> None:
    assert Contact.parse(f"<sip:a@b>;q={text}").q == q


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        (" 60 ", 60),
        ("0", 0),
        ("9" * 40, 2**32 - 1),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("\u0661", None),
    ],
)
def test_delta_seconds(text: str, seconds: int | None) -> None:
    assert delta_seconds(text) == seconds
