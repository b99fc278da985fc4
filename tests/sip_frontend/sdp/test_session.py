"""Reading and writing descriptions (RFC 8866)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.sdp import Connection, MediaDescription, Origin, SdpError, SessionDescription
from sip_frontend.sdp.media import Attribute
from tests.sip_frontend.sdp.conftest import describe

FULL = (
    b"v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=Call to John Smith\r\ni=SDP Offer #1\r\n"
    b"u=http://www.jdoe.example.com/home.html\r\ne=Jane Doe <jane@jdoe.example.com>\r\np=+1 617 555-6011\r\n"
    b"c=IN IP4 198.51.100.1\r\nb=AS:84\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=recvonly\r\n"
    b"m=audio 49170 RTP/AVP 0\r\na=mid:0\r\n"
    b"m=video 51372/2 RTP/AVP 99\r\ni=second\r\nc=IN IP6 2001:db8::2\r\nb=TIAS:64000\r\na=rtpmap:99 h263-1998/90000\r\n"
)


def test_a_full_description_comes_back_byte_by_byte() -> None:
    assert SessionDescription.parse(FULL).build() == FULL


def test_fields_are_where_the_rfc_puts_them() -> None:
    read = SessionDescription.parse(FULL)
    assert read.origin == Origin("jdoe", "3724394400", "3724394405", Connection("IP4", "198.51.100.1"))
    assert [(media.kind, media.port, media.port_count) for media in read.media] == [
        ("audio", 49170, 1),
        ("video", 51372, 2),
    ]
    assert read.get("group") == "BUNDLE 0 1"
    assert read.get("ice-lite") is None
    assert read.media[1].other == ["i=second", "b=TIAS:64000"]


class TestConnection:
    """RFC 8866 section 5.7: the section's own c= comes before the session's."""

    def test_section_wins_over_session(self) -> None:
        read = SessionDescription.parse(FULL)
        assert read.connection_of(read.media[0]) == Connection("IP4", "198.51.100.1")
        assert read.connection_of(read.media[1]) == Connection("IP6", "2001:db8::2")

    def test_ttl_is_cut_off(self) -> None:
        read = SessionDescription.parse(describe("m=audio 4000 RTP/AVP 0", session="c=IN IP4 233.252.0.1/127\n"))
        assert read.connection == Connection("IP4", "233.252.0.1")

    def test_foreign_network_type_is_told_apart(self) -> None:
        with pytest.raises(SdpError) as caught:
            SessionDescription.parse(describe("m=audio 4000 RTP/AVP 0", session="c=AF IP4 127.0.0.1\n"))
        assert (caught.value.status_hint, caught.value.warning) == (400, 300)

    def test_none_at_all_is_refused(self) -> None:
        with pytest.raises(SdpError, match="no c= line"):
            SessionDescription.parse(describe("m=audio 4000 RTP/AVP 0", session=""))

    def test_none_is_needed_for_a_disabled_section(self) -> None:
        assert SessionDescription.parse(describe("m=audio 0 RTP/AVP 0", session="")).media[0].port == 0


class TestDirection:
    @pytest.mark.parametrize(
        ("session", "section", "direction"),
        [("", "", "sendrecv"), ("a=inactive\n", "", "inactive"), ("a=inactive\n", "\na=sendonly", "sendonly")],
    )
    def test_section_then_session_then_default(self, session: str, section: str, direction: str) -> None:
        data = describe(f"m=audio 4000 RTP/AVP 0{section}", session="c=IN IP4 127.0.0.1\n" + session)
        read = SessionDescription.parse(data)
        assert read.direction_of(read.media[0]) == direction


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\r\n\r\n"])
def test_any_line_end_will_do(line_end: str) -> None:
    data = FULL.decode().replace("\r\n", line_end).encode()
    assert SessionDescription.parse(data).build() == FULL


def test_missing_s_and_t_are_forgiven() -> None:
    read = SessionDescription.parse(b"v=0\no=- 1 1 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 4000 RTP/AVP 0\n")
    assert read.name == "-"
    assert b"\r\nt=0 0\r\n" in read.build()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"v=1\r\no=- 1 1 IN IP4 127.0.0.1\r\n",
        b"o=- 1 1 IN IP4 127.0.0.1\r\nv=0\r\n",
        b"v=0\r\ns=-\r\n",
        b"v=0\r\no=- 1 IN IP4\r\n",
        b"v=0\r\no=- 1 1 XX IP4 127.0.0.1\r\n",
        describe("m=audio"),
        describe("m=audio 70000 RTP/AVP 0"),
        describe("m=audio -1 RTP/AVP 0"),
        describe("m=audio \u0664 RTP/AVP 0"),
        describe("m=audio 4000 RTP/AVP"),
        describe("m=audio 4000 RTP/AVP 0", "hello there"),
        describe(*["m=audio 4000 RTP/AVP 0"] * 33),
        describe("m=audio 4000 RTP/AVP 0", session="c=IN IP4\n"),
        describe("m=audio 4000 RTP/AVP 0", session="c=IN IP4 /127\n"),
        describe("m=audio 4000 RTP/AVP 0", session="c=IN IP9 127.0.0.1\n"),
    ],
)
def test_what_cannot_be_read_is_a_400(data: bytes) -> None:
    with pytest.raises(SdpError) as caught:
        SessionDescription.parse(data)
    assert caught.value.status_hint == 400


TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-.", min_size=1, max_size=8)
NUMBER = st.integers(0, 2**64).map(str)
VALUE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
CONNECTION = st.one_of(
    st.builds(Connection, st.just("IP4"), st.ip_addresses(v=4).map(str)),
    st.builds(Connection, st.just("IP6"), st.ip_addresses(v=6).map(str)),
)
ATTRIBUTE: st.SearchStrategy[Attribute] = st.tuples(TOKEN, st.none() | VALUE)
MEDIA = st.builds(
    MediaDescription,
    kind=TOKEN,
    port=st.integers(0, 65535),
    profile=TOKEN,
    formats=st.lists(TOKEN, min_size=1, max_size=4),
    connection=CONNECTION,
    attributes=st.lists(ATTRIBUTE, max_size=4),
    other=st.just([]),
    port_count=st.integers(1, 4),
)
SESSION = st.builds(
    SessionDescription,
    origin=st.builds(Origin, TOKEN, NUMBER, NUMBER, CONNECTION),
    name=VALUE,
    connection=st.none() | CONNECTION,
    attributes=st.lists(ATTRIBUTE, max_size=4),
    media=st.lists(MEDIA, max_size=4),
    other=st.just(["t=0 0"]),
)


@given(SESSION)
def test_what_we_write_we_read(session: SessionDescription) -> None:
    assert SessionDescription.parse(session.build()) == session


@given(st.binary(max_size=400))
def test_noise_is_refused_or_read_but_never_worse(noise: bytes) -> None:
    for data in (noise, b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n" + noise):
        try:
            read = SessionDescription.parse(data)
        except SdpError:
            continue
        for media in read.media:
            media.payload_formats()
            read.direction_of(media)


TRUNK = """v=0
o=Provider 1386 14 IN IP4 198.51.100.20
s=sip call
c=IN IP4 198.51.100.21
t=0 0
m=audio 31782 RTP/AVP 8 0 18 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=maxptime:20
"""
DESK_PHONE = """v=0
o=- 1622 1622 IN IP4 192.0.2.33
s=desk phone
c=IN IP4 192.0.2.33
t=0 0
a=sendrecv
m=audio 2250 RTP/AVP 9 127 0 8 97 101
a=rtpmap:9 G722/8000
a=rtpmap:127 G7221/16000
a=fmtp:127 bitrate=32000
a=rtpmap:97 iLBC/8000
a=fmtp:97 mode=20
a=rtpmap:101 telephone-event/8000
"""
BROWSER = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=msid-semantic: WMS stream
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Xy1z
a=ice-pwd:0123456789abcdefghijklmn
a=fingerprint:sha-256 AA:BB:CC
a=setup:actpass
a=mid:0
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:126 telephone-event/8000
a=ssrc:3735928559 cname:user
"""


@pytest.mark.covers("CM-153")
@pytest.mark.parametrize(
    ("text", "address", "names"),
    [
        (TRUNK, "198.51.100.21", ["PCMA", "PCMU", "G729", "telephone-event"]),
        (DESK_PHONE, "192.0.2.33", ["G722", "G7221", "PCMU", "PCMA", "iLBC", "telephone-event"]),
        (BROWSER, "0.0.0.0", ["opus", "PCMU", "PCMA", "telephone-event"]),
    ],
)
def test_descriptions_as_trunks_phones_and_browsers_write_them(text: str, address: str, names: list[str]) -> None:
    read = SessionDescription.parse(text.replace("\n", "\r\n").encode())
    (media,) = read.media
    connection = media.connection or read.connection
    assert connection is not None
    assert connection.address == address
    assert [one.name for one in media.payload_formats()] == names
