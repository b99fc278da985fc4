"""Framing on streams: RFC 3261 section 18.3, RFC 5626 section 3.5.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.message import KeepAlive, Request, SipParseError, StreamParser, parse_message
from sip_frontend.message.stream_parser import StreamEvent
from tests.sip_frontend.message.samples import SDP, request_bytes

ONE = request_bytes(body=SDP, extra=("Content-Type: application/sdp",))
TWO = request_bytes("SIP/2.0 200 OK", to="<sip:b@c>;tag=1", body=b"\r\n\r\nINVITE sip:not.a SIP/2.0\r\n\r\n")


def raws(events: list[StreamEvent]) -> list[bytes]:
    return [event.raw if not isinstance(event, KeepAlive | SipParseError) else b"" for event in events]


def only_error(events: list[StreamEvent]) -> SipParseError:
    (error,) = events
    assert isinstance(error, SipParseError)
    return error


def test_several_messages_in_one_write() -> None:
    parser = StreamParser()
    assert raws(parser.feed(ONE + TWO + ONE)) == [ONE, TWO, ONE]
    assert parser.idle


def test_message_split_at_any_byte() -> None:
    for at in range(1, len(ONE)):
        parser = StreamParser()
        events = parser.feed(ONE[:at])
        assert events == []
        assert not parser.idle
        assert raws(parser.feed(ONE[at:])) == [ONE]


def test_byte_by_byte_equals_the_datagram_parser() -> None:
    parser = StreamParser()
    events = [event for at in range(len(TWO)) for event in parser.feed(TWO[at : at + 1])]
    assert raws(events) == [TWO]
    (message,) = events
    assert not isinstance(message, KeepAlive | SipParseError)
    assert message.headers == parse_message(TWO).headers
    assert message.body == parse_message(TWO).body


class TestKeepAlive:
    def test_ping_and_pong(self) -> None:
        parser = StreamParser()
        assert parser.feed(b"\r\n\r\n") == [KeepAlive(ping=True)]
        assert parser.feed(b"\r\n\r\n" + ONE)[0] == KeepAlive(ping=True)
        assert parser.feed(b"\r\n") == [KeepAlive(ping=False)]
        assert parser.feed(ONE + b"\r\n\r\n\r\n\r\n")[1:] == [KeepAlive(ping=True), KeepAlive(ping=True)]
        assert parser.idle

    def test_ping_in_pieces_is_still_seen(self) -> None:
        parser = StreamParser()
        events = [event for byte in (b"\r", b"\n", b"\r", b"\n") for event in parser.feed(byte)]
        assert events[-1] == KeepAlive(ping=True)

    def test_single_line_break_between_messages(self) -> None:
        events = StreamParser().feed(ONE + b"\r\n" + TWO)
        assert raws(events) == [ONE, b"", TWO]


class TestBadMessages:
    def test_bad_head_with_a_length_costs_only_itself(self) -> None:
        bad = request_bytes(cseq="x INVITE", body=SDP)
        parser = StreamParser()
        events = parser.feed(bad[:-5])
        error = only_error(events)
        assert isinstance(error.request, Request)
        assert error.request.call_id
        assert raws(parser.feed(bad[-5:] + ONE)) == [ONE]

    @pytest.mark.parametrize("length", ["", "x", "-1", "99999999999"])
    def test_lost_framing_closes_but_can_be_answered(self, length: str) -> None:
        parser = StreamParser()
        data = request_bytes(without=("Content-Length",), extra=(f"Content-Length: {length}",))
        error = only_error(parser.feed(data + ONE))
        assert isinstance(error.request, Request)
        assert parser.broken
        assert parser.feed(ONE) == []

    def test_no_length(self) -> None:
        parser = StreamParser()
        error = only_error(parser.feed(request_bytes(without=("Content-Length",))))
        assert (error.header, error.status_hint, parser.broken) == ("Content-Length", 400, True)

    def test_two_different_lengths(self) -> None:
        parser = StreamParser()
        error = only_error(parser.feed(request_bytes(extra=("l: 5",)) + b"x" * 5))
        assert (error.header, parser.broken) == ("Content-Length", True)

    def test_the_same_length_twice(self) -> None:
        data = request_bytes(extra=("l: 0",))
        assert raws(StreamParser().feed(data)) == [data]

    def test_bad_head_without_a_length_closes(self) -> None:
        parser = StreamParser()
        only_error(parser.feed(request_bytes(cseq="x", without=("Content-Length",))))
        assert parser.broken

    @pytest.mark.parametrize(
        "data",
        [
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"\x00\x01\x00\x00\x21\x12\xa4\x42",
            b"INVITE sip:a@b SIP/2.0\nVia: x\n\n",
            b"\n",
            b"\rX",
            b" INVITE",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        ],
    )
    def test_what_is_no_sip_is_cut_off_at_once(self, data: bytes) -> None:
        parser = StreamParser()
        only_error(parser.feed(data))
        assert parser.broken


class TestLimits:
    def test_endless_head(self) -> None:
        parser = StreamParser(max_head=2000)
        events: list[StreamEvent] = parser.feed(b"INVITE sip:a@b SIP/2.0\r\n")
        for _ in range(100):
            events += parser.feed(b"X: " + b"y" * 100 + b"\r\n")
        assert only_error(events).status_hint == 513
        assert parser.broken

    def test_long_head_in_one_write(self) -> None:
        parser = StreamParser(max_head=2000)
        error = only_error(parser.feed(request_bytes(extra=("X: " + "y" * 3000,))))
        assert error.status_hint == 513
        assert isinstance(error.request, Request)

    def test_huge_body_is_refused_before_it_comes(self) -> None:
        parser = StreamParser(max_body=100)
        data = request_bytes(without=("Content-Length",), extra=("Content-Length: 101",))
        assert only_error(parser.feed(data)).status_hint == 513
        assert parser.broken


@given(
    st.lists(st.sampled_from([ONE, TWO, b"\r\n\r\n", request_bytes(cseq="bad", body=b"123")]), max_size=6),
    st.lists(st.integers(1, 400), max_size=40),
)
def test_property_the_cuts_do_not_matter(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(messages)
    whole, pieces = StreamParser(), StreamParser()
    expected = whole.feed(stream)
    events: list[StreamEvent] = []
    at = 0
    for cut in cuts:
        events += pieces.feed(stream[at : at + cut])
        at += cut
    events += pieces.feed(stream[at:])
    without_halves = [event for event in events if event != KeepAlive(ping=False)]
    assert raws(without_halves) == raws(expected)
    assert [type(event) for event in without_halves] == [type(event) for event in expected]
    assert not pieces.broken
