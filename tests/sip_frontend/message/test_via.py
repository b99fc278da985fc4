"""Via: RFC 3261 section 20.42, RFC 3581, RFC 5118."""

from __future__ import annotations

import pytest

from sip_frontend.message import SipParseError, Via
from sip_frontend.message import via as via_module


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SIP/2.0/UDP pc33.atlanta.com", Via("UDP", "pc33.atlanta.com")),
        ("SIP/2.0/UDP h:5060;branch=z9hG4bKa", Via("UDP", "h", 5060, "z9hG4bKa")),
        ("SIP/2.0/TCP h;branch=b;rport", Via("TCP", "h", None, "b", rport="")),
        ("SIP/2.0/TCP h;rport=5062;received=10.0.0.1;branch=b", Via("TCP", "h", None, "b", "10.0.0.1", 5062)),
        ("SIP/2.0/WSS x.invalid;branch=b;keep", Via("WSS", "x.invalid", None, "b", params={"keep": ""})),
        ("SIP  /   2.0\t /udp\t    192.0.2.2 ;  branch =  390skdjuw", Via("UDP", "192.0.2.2", None, "390skdjuw")),
        ("SIP/2.0/UDP h : 5060 ; BRANCH=b", Via("UDP", "h", 5060, "b")),
        ("SIP/2.0/UDP [2001:db8::9:1]:5060;branch=b", Via("UDP", "2001:db8::9:1", 5060, "b")),
        (
            "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255]",
            Via("UDP", "2001:db8::9:1", received="2001:db8::9:255"),
        ),
        (
            "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255",
            Via("UDP", "2001:db8::9:1", received="2001:db8::9:255"),
        ),
        ("SIP/2.0/UNKNOWN h;branch=z9hG4bK-.!%66*_+`'~", Via("UNKNOWN", "h", None, "z9hG4bK-.!%66*_+`'~")),
        ("SIP/7.0/UDP c.example.com;branch=b", Via("UDP", "c.example.com", None, "b")),
        ("SIP/2.0/UDP h;maddr=224.2.0.1;ttl=16", Via("UDP", "h", params={"maddr": "224.2.0.1", "ttl": "16"})),
        ('SIP/2.0/UDP h;x="a;b";branch=b', Via("UDP", "h", None, "b", params={"x": '"a;b"'})),
    ],
)
def test_parse(text: str, expected: Via) -> None:
    via = Via.parse(text)
    assert via == expected
    assert Via.parse(str(via)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ;branch=x",
        "SIP/2.0 h",
        "HTTP/1.1/TCP h",
        "SIP/x/UDP h",
        "SIP/2.0/UDP a b",
        "SIP/2.0/UDP h:port",
        "SIP/2.0/UDP 2001:db8::1",
        "SIP/2.0/UDP [::1",
        "SIP/2.0/UDP h;;,;,,",
        "SIP/2.0/UDP h;rport=x",
        "SIP/2.0/UDP h;rport=70000",
        "SIP/2.0/UDP h;ttl=256",
        "SIP/2.0/UDP h;received=[x]",
        'SIP/2.0/UDP h;a="b',
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        Via.parse(text)
    assert caught.value.header == "Via"


@pytest.mark.parametrize(
    ("branch", "expected"), [("z9hG4bKx", True), ("Z9HG4BKx", True), ("z9hG4bK", False), ("", False), ("390skd", False)]
)
def test_branch_of_rfc3261(branch: str, expected: bool) -> None:
    assert Via("UDP", "h", branch=branch).is_rfc3261 is expected


def test_sent_by() -> None:
    assert Via.parse("SIP/2.0/UDP [::1]:5060").sent_by == "[::1]:5060"
    assert Via.parse("SIP/2.0/UDP h").sent_by == "h"


class TestSource:
    """RFC 3261 section 18.2.1 and RFC 3581 section 4."""

    def test_rport_is_filled_in_and_received_added_even_if_equal(self) -> None:
        via = Via.parse("SIP/2.0/UDP 10.0.0.1;branch=b;rport").with_source("10.0.0.1", 5070)
        assert str(via) == "SIP/2.0/UDP 10.0.0.1;branch=b;rport=5070;received=10.0.0.1"

    def test_received_only_if_different_without_rport(self) -> None:
        via = Via.parse("SIP/2.0/UDP 10.0.0.1;branch=b")
        assert via.with_source("10.0.0.1", 5070) is via
        assert via.with_source("10.0.0.2", 5070).received == "10.0.0.2"
        assert Via.parse("SIP/2.0/UDP pc.local;branch=b").with_source("10.0.0.2", 5070).received == "10.0.0.2"

    def test_received_of_the_sender_is_not_believed(self) -> None:
        via = Via.parse("SIP/2.0/UDP 10.0.0.1;branch=b;received=203.0.113.9")
        assert via.with_source("10.0.0.1", 5070).received == ""
        assert via.with_source("10.0.0.2", 5070).received == "10.0.0.2"

    def test_the_same_ipv6_address_in_another_spelling_is_no_difference(self) -> None:
        via = Via.parse("SIP/2.0/UDP [2001:DB8:0::1];branch=b")
        assert via.with_source("2001:db8::1", 5060) is via


def test_what_is_remembered_of_peers_is_bounded() -> None:
    for number in range(5000):
        Via.parse(f"SIP/2.0/UDP host{number}.example;branch=b")
    assert len(via_module._known) <= via_module._MAX_KNOWN
