"""URI comparison by the examples of RFC 3261 section 19.1.4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.errors import RegistrationRefused
from registrar.uri import SipUri, same_uri


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        ("sip:alice@atlanta.com?subject=x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=x"),
        ("sip:[2001:DB8::1]:5060", "sip:[2001:db8::1]:5060"),
        ("tel:+1-201", "tel:+1-201"),
    ],
)
def test_equal(one: str, other: str) -> None:
    assert same_uri(one, other)
    assert same_uri(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b", "sip:a@[b"),
        ("tel:1", "tel:2"),
    ],
)
def test_different(one: str, other: str) -> None:
    assert not same_uri(one, other)
    assert not same_uri(other, one)


def test_parts() -> None:
    read = SipUri.parse("sip:a;b?c:p%20w@[::1]:5070;lr;x=%41?h=v")
    assert (read.user, read.host, read.port) == ("a;b?c:p w", "[::1]", "5070")
    assert (read.params, read.headers) == ({"lr": "", "x": "a"}, "h=v")


@pytest.mark.parametrize("text", ["", "sip:", "sip:a@", "tel:1", "a@b", "sip:a@:5060"])
def test_unreadable(text: str) -> None:
    with pytest.raises(RegistrationRefused):
        SipUri.parse(text)


@given(st.text(max_size=40))
def test_noise_is_refused_or_read(noise: str) -> None:
    try:
        SipUri.parse("sip:" + noise)
    except RegistrationRefused:
        return
