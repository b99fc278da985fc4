"""Addresses: RFC 3261 section 20.10 and the torture of RFC 4475."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.message import Address, SipParseError, Uri


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ('"Alice" <sip:alice@a.com>;tag=1', "Alice", "sip:alice@a.com", {"tag": "1"}),
        ("Bob Smith <sip:bob@b.com>", "Bob Smith", "sip:bob@b.com", {}),
        ("caller<sip:caller@example.com>;tag=323", "caller", "sip:caller@example.com", {"tag": "323"}),
        ("<sip:a@b;lr>", "", "sip:a@b;lr", {}),
        ("sip:a@b;tag=x;q=1", "", "sip:a@b", {"tag": "x", "q": "1"}),
        ("sip:+19725552222@gw1.example.net;unknownparam", "", "sip:+19725552222@gw1.example.net", {"unknownparam": ""}),
        (r'"J Rosenberg \\\""   <sip:j@e.com> ;  tag = 98', 'J Rosenberg \\"', "sip:j@e.com", {"tag": "98"}),
        (r'"Quoted string \"\"" <sip:j@e.com>', 'Quoted string ""', "sip:j@e.com", {}),
        ('"a <b>;tag=no" <sip:a@b>;tag=yes', "a <b>;tag=no", "sip:a@b", {"tag": "yes"}),
        ('"" <sip:a@b>', "", "sip:a@b", {}),
        ('"Жозефина" <sip:j@e.com>', "Жозефина", "sip:j@e.com", {}),
        ("Zoë <sip:z@e.com>", "Zoë", "sip:z@e.com", {}),
        ('"%Z%45" <sip:r@e.com>', "%Z%45", "sip:r@e.com", {}),
        ("token1~` token2'+_ token3*%!.- <sip:m@e.com>", "token1~` token2'+_ token3*%!.-", "sip:m@e.com", {}),
        ("<tel:+1201>;expires=10", "", "tel:+1201", {"expires": "10"}),
        ("isbn:2983792873", "", "isbn:2983792873", {}),
    ],
)
def test_forms(text: str, display: str, uri: str, params: dict[str, str]) -> None:
    address = Address.parse(text)
    assert (address.display, str(address.uri), address.params) == (display, uri, params)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "<>",
        '"" <>',
        '"Mr. J. User <sip:j.user@example.com>',
        '"Watson" < sip:t.watson@example.org >',
        "Bell, Alexander <sip:a.g.bell@example.com>;tag=43",
        "<sip:a@b",
        "<sip:a@b> tag=1",
        "<sip:a@b>;;",
        "<sip:a@b>;",
        "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
        "sip:a,b@example.com",
        '"a" sip:a@b',
        '"a" "b" <sip:a@b>',
        '<sip:a@b>;x="y',
    ],
)
def test_not_an_address(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        Address.parse(text, "To")
    assert caught.value.header == "To"


def test_bytes_that_are_no_utf8_do_not_reach_the_display_name() -> None:
    address = Address.parse(b'"Andr\xe9" <sip:a@b>'.decode("utf-8", "surrogateescape"))
    assert address.display == "Andr�"


def test_param_without_quotes_and_tag() -> None:
    address = Address.parse('<sip:a@b>;+sip.instance="<urn:uuid:1>";TAG=t')
    assert address.param("+sip.instance") == "<urn:uuid:1>"
    assert address.params["+sip.instance"] == '"<urn:uuid:1>"'
    assert address.param("x") is None
    assert address.tag == "t"


@given(
    st.builds(
        Address,
        st.sampled_from(["sip:a@b", "sip:a@[::1]:5060;lr", "tel:+12", "sip:b?Replaces=a%3Bb", "x:y"]).map(Uri.parse),
        st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=20),
        st.dictionaries(
            st.from_regex(r"[a-z0-9.+-]{1,8}", fullmatch=True), st.sampled_from(["", "1", '"a;b"', '"<x>"']), max_size=3
        ),
    )
)
def test_property_write_and_read(address: Address) -> None:
    assert Address.parse(str(address)) == address


@given(st.text(max_size=60))
def test_property_any_text_is_read_or_refused(text: str) -> None:
    try:
        address = Address.parse(text)
    except SipParseError:
        return
    assert Address.parse(str(address)).uri == address.uri
