"""The fuzz targets under hypothesis: bent messages every time, more of them with ``make fuzz``."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import message_target, sdp_target, stream_target
from tests.sip_frontend.message.samples import SDP, request_bytes
from tests.support.material import material_files

SEEDS = (
    request_bytes(body=SDP, extra=("c: application/sdp", "v: SIP/2.0/TCP a, SIP/2.0/TLS b", "Route: <sip:a;lr>")),
    request_bytes(
        "SIP/2.0 183 x", to="<sip:a@b>;tag=1", extra=('Warning: 307 a "b"', 'Reason: Q.850;cause=16;text="x"')
    ),
    request_bytes(
        "REFER sip:a SIP/2.0", cseq="2 REFER", extra=("Refer-To: <sip:a@b?Replaces=a%3Bto-tag%3Db>", "Event: refer")
    ),
    request_bytes("INFO sip:a SIP/2.0", cseq="3 INFO", body=b"Signal=5\r\n", extra=("c: application/dtmf-relay",)),
    request_bytes(
        "REGISTER sip:a SIP/2.0", cseq="4 REGISTER", contact="*", extra=('Authorization: Digest a="b", c=d',)
    ),
)
PIECES = (
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b'"',
    b"<",
    b">",
    b";",
    b",",
    b":",
    b"%",
    b"\\",
    b"\x00",
    b"\xff",
    b"=",
    b"[",
    b"*",
)
SDP_PIECES = (b"", b"\r\n", b"\n", b"=", b"m=audio 0 RTP/AVP 0\r\n", b"c=IN IP6 ::1\r\n", b"a=rtpmap:\r\n", b"\xff")


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A message with a few pieces cut out, doubled or put in."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 12)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4), st.just(data[at:to] * 2)))
        data = data[:at] + piece + data[to:]
    return data


@given(st.one_of(bent(), st.binary(max_size=200)))
def test_message_fuzz(data: bytes) -> None:
    message_target(data)


@given(st.integers(0, 255), st.lists(st.one_of(bent(), st.sampled_from([b"\r\n", b"\r\n\r\n", *SEEDS])), max_size=4))
def test_stream_fuzz(size: int, messages: list[bytes]) -> None:
    stream_target(bytes([size]) + b"".join(messages))


@given(st.binary(max_size=40), st.integers(0, len(SDP)), st.integers(0, 12), st.sampled_from(SDP_PIECES))
def test_sdp_fuzz(junk: bytes, at: int, cut: int, piece: bytes) -> None:
    sdp_target(SDP[:at] + piece + SDP[at + cut :])
    sdp_target(SDP + junk)


@pytest.mark.parametrize("path", material_files("rfc*/*.[ds]*[tp]") + material_files("protos-c07/*.bin"))
def test_published_messages_fuzz(path: Path) -> None:
    message_target(path.read_bytes())
    stream_target(path.read_bytes())
