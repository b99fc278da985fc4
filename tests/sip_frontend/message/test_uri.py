"""URIs: RFC 3261 section 19.1, RFC 3966, RFC 5118."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.message import SipParseError, Uri


@pytest.mark.covers("CM-022")
@pytest.mark.parametrize(
    "text",
    [
        "sip:alice@atlanta.com",
        "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:1212@gateway.com",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone",
        "sip:alice;day=tuesday@atlanta.com",
        "sip:atlanta.com;method=REGISTER?To=sip:bob%40biloxi.com",
        "sips:alice@atlanta.com?Subject=project%20x&Priority=urgent",
        "sip:[2001:db8::10]",
        "sip:user@[2001:db8::10]:5070",
        "sip:[2001:db8::10:5070]",
        "sip:10.0.0.1:5080;lr;ob",
        "tel:+1-201-555-0123",
        "tel:863-1234;phone-context=+1-914-555",
        "isbn:2983792873",
        "http://www.example.com",
        "soap.beep://192.0.2.103:3002",
        "urn:service:sos",
    ],
)
def test_parse_and_write_back(text: str) -> None:
    assert str(Uri.parse(text)) == text


def test_parts() -> None:
    uri = Uri.parse("SIPS:al%69ce:p%40ss@Example.COM:5061;TRANSPORT=TCP;lr?subject=a%20b&Subject=c&X-Y=")
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port) == ("sips", "alice", "p@ss", "Example.COM", 5061)
    assert uri.params == {"transport": "TCP", "lr": ""}
    assert uri.transport == "tcp"
    assert uri.headers == {"Subject": "a b, c", "X-Y": ""}
    assert uri.is_sip
    assert uri.host_port == "Example.COM:5061"


def test_port_is_not_taken_from_an_ipv6_address() -> None:
    uri = Uri.parse("sip:[2001:db8::10:5070]")
    assert (uri.host, uri.port) == ("2001:db8::10:5070", None)


def test_all_left_of_the_at_sign_is_the_user() -> None:
    assert Uri.parse("sip:user;par=u%40example.net@example.com").user == "user;par=u@example.net"
    uri = Uri.parse("sip:1_u~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,w!*pas$wo~d_too.(doesn't-it)@example.com")
    assert uri.user == "1_u~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert uri.password == "&it+has=1,w!*pas$wo~d_too.(doesn't-it)"
    assert uri.host == "example.com"


def test_escaped_parameters_are_unescaped_once() -> None:
    assert Uri.parse("sip:cal%6Cer@h;%6C%72;n%61me=v%61lue%25%34%31").params == {"lr": "", "name": "value%41"}


@pytest.mark.covers("CM-022")
def test_tel_number_is_the_user() -> None:
    uri = Uri.parse("tel:+1-201;ext=5")
    assert (uri.user, uri.host, uri.params) == ("+1-201", "", {"ext": "5"})


def test_unknown_scheme_stays_unread() -> None:
    assert Uri.parse("nobodyKnowsThisScheme:totallyopaquecontent").opaque == "totallyopaquecontent"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "alice@example.com",
        "sip:@example.com",
        "sip:a@b@c",
        "sip:a@",
        "sip:a@b:port",
        "sip:a@b:70000",
        "sip:a@b:",
        "sip:a b@c",
        "sip:a@b; lr",
        "<sip:a@b>",
        "sip:2001:db8::10",
        "sip:[2001:db8::10",
        "sip:[2001:db8::10]5060",
        "sip:[2001:db8:::192.0.2.1]",
        "sip:[fe80::1%25eth0]",
        "sip:exa/mple.com",
        "sip:a%4@b",
        "sip:a%zz@b",
        "tel:",
        "tel:+1 201",
        "tel:hello",
        "1ab:x",
        "a b:x",
        ":x",
        "sip:ü.example",
    ],
)
def test_not_a_uri(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        Uri.parse(text, "Refer-To")
    assert caught.value.header == "Refer-To"


class TestEquality:
    """RFC 3261 section 19.1.4, its own examples first."""

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
            ("tel:+1-201-555", "tel:+1(201)555"),
        ],
    )
    def test_equal(self, left: str, right: str) -> None:
        assert Uri.parse(left) == Uri.parse(right)
        assert hash(Uri.parse(left)) == hash(Uri.parse(right))

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:a@b", "sips:a@b"),
            ("sip:a@b", "sip:a@b;user=phone"),
            ("sip:a@b", "sip:a@b;maddr=192.0.2.1"),
            ("tel:863-1234;phone-context=+1", "tel:863-1234"),
        ],
    )
    def test_not_equal(self, left: str, right: str) -> None:
        assert Uri.parse(left) != Uri.parse(right)

    def test_other_types(self) -> None:
        assert Uri.parse("sip:a@b") != "sip:a@b"


def test_text_comes_back_as_it_was_but_not_into_changed_copies() -> None:
    text = "SIP:%61lice%3Bx@Example.COM;Transport=TCP"
    uri = Uri.parse(text)
    assert str(uri) == text
    assert str(replace(uri, port=5070)) == "sip:alice;x@Example.COM:5070;transport=TCP"
    assert str(Uri.parse("sip:a\x00b@h")) == "sip:a%00b@h"


def test_without_drops_parameters_and_headers() -> None:
    uri = Uri.parse("sip:a@b;method=INVITE;lr?Replaces=x")
    assert str(uri.without(("method",), headers=True)) == "sip:a@b;lr"
    assert str(uri.without(("method",))) == "sip:a@b;lr?Replaces=x"


_TEXT = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20)
_HOSTS = st.sampled_from(["example.com", "10.0.0.1", "2001:db8::1", "a_b.test", "x"])


@given(
    st.builds(
        Uri,
        st.sampled_from(["sip", "sips"]),
        _TEXT,
        st.one_of(st.just(""), _TEXT),
        _HOSTS,
        st.one_of(st.none(), st.integers(0, 65535)),
        st.dictionaries(st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True), st.one_of(st.just(""), _TEXT), max_size=3),
        st.dictionaries(st.sampled_from(["Replaces", "Subject", "X-a"]), _TEXT, max_size=2),
    )
)
def test_property_write_and_read(uri: Uri) -> None:
    again = Uri.parse(str(uri))
    assert again == uri
    assert (again.user, again.password, again.params, again.headers) == (
        uri.user,
        uri.password,
        uri.params,
        uri.headers,
    )


@given(st.text(max_size=60))
def test_property_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, "sip:" + text, "tel:" + text):
        try:
            uri = Uri.parse(candidate)
        except SipParseError:
            continue
        assert Uri.parse(str(uri)) == uri
