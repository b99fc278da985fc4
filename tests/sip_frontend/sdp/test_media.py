"""What payload numbers mean (RFC 3551 section 6, RFC 8866 section 6.6)."""

from __future__ import annotations

import pytest

from sip_frontend.sdp import Format, MediaDescription


def section(formats: str, *attributes: tuple[str, str]) -> MediaDescription:
    return MediaDescription("audio", 4000, "RTP/AVP", formats.split(), attributes=list(attributes))


@pytest.mark.covers("CM-141")
def test_static_numbers_need_no_rtpmap() -> None:
    assert section("0 8 9 18").payload_formats() == [
        Format("PCMU", 0, 8000),
        Format("PCMA", 8, 8000),
        Format("G722", 9, 8000),
        Format("G729", 18, 8000),
    ]


def test_static_numbers_mean_what_the_rfc_says_whatever_rtpmap_claims() -> None:
    assert section("0", ("rtpmap", "0 PCMA/8000")).payload_formats() == [Format("PCMU", 0, 8000)]


def test_rtpmap_decides_for_dynamic_numbers() -> None:
    """97 is not iLBC and 101 is no telephone-event by itself (DE-053)."""
    found = section("97 101", ("rtpmap", "101 opus/48000/2"), ("rtpmap", "97 telephone-event/8000")).payload_formats()
    assert found == [Format("telephone-event", 97, 8000), Format("opus", 101, 48000, 2)]


def test_fmtp_is_found_for_static_and_dynamic_numbers() -> None:
    found = section(
        "18 110", ("fmtp", "18 annexb=no"), ("rtpmap", "110 iLBC/8000"), ("fmtp", "110  mode=30 ")
    ).payload_formats()
    assert [payload.fmtp for payload in found] == ["annexb=no", "mode=30"]


@pytest.mark.parametrize("formats", ["100", "128", "-1", "x", "0x8", "\u0668", "9999999999999"])
def test_numbers_without_a_meaning_are_left_out(formats: str) -> None:
    assert section(formats).payload_formats() == []


def test_a_number_named_twice_counts_once() -> None:
    assert section("0 0 0").payload_formats() == [Format("PCMU", 0, 8000)]


@pytest.mark.parametrize("rtpmap", ["100", "100 ", "100 name", "100 name/x", "100 name/8000/y"])
def test_broken_rtpmap_names_nothing_of_ours(rtpmap: str) -> None:
    for payload in section("100", ("rtpmap", rtpmap)).payload_formats():
        assert payload.name in ("name", "")
