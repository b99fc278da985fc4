"""Contact lists: RFC 3261 section 20.10."""

from __future__ import annotations

import pytest

from sip_frontend.message import Address, SipParseError
from sip_frontend.message.headers import ContactList, contact_expires_s, contact_q
from tests.sip_frontend.message.samples import parse_request, request_bytes


def contacts(value: str, *extra: str) -> ContactList:
    return ContactList.of(parse_request(request_bytes(contact=value, extra=extra)))


def test_several_on_one_line_and_on_many() -> None:
    found = contacts('"Doe, J" <sip:a,1@b>;q=0.7, sip:c@d;expires=5', "m: <sip:e@f>")
    assert [str(contact.uri) for contact in found.contacts] == ["sip:a,1@b", "sip:c@d", "sip:e@f"]
    assert not found.star


def test_star() -> None:
    assert contacts("*") == ContactList(star=True)
    with pytest.raises(SipParseError):
        contacts("*, <sip:a@b>")
    with pytest.raises(SipParseError):
        contacts("*", "m: *")


def test_none() -> None:
    assert ContactList.of(parse_request(request_bytes(without=("Contact",)))) == ContactList(star=False)


@pytest.mark.parametrize("value", ["", "<sip:a@b>,", "<>"])
def test_empty_values_are_refused(value: str) -> None:
    with pytest.raises(SipParseError):
        contacts(value)


@pytest.mark.parametrize(
    ("params", "expires"), [("", 600), (";expires=0", 0), (";expires=280297596632815", 3600), (";expires=x", 3600)]
)
def test_expires(params: str, expires: int) -> None:
    assert contact_expires_s(Address.parse("<sip:a@b>" + params), 600) == expires


@pytest.mark.parametrize(
    ("q", "thousandths"),
    [("1", 1000), ("1.000", 1000), ("0", 0), ("0.33", 330), ("0.5", 500), ("2", 1000), (".5", 1000), ("x", 1000)],
)
def test_q(q: str, thousandths: int) -> None:
    assert contact_q(Address.parse(f"<sip:a@b>;q={q}")) == thousandths
    assert contact_q(Address.parse("<sip:a@b>")) == 1000
