"""Offer and answer (RFC 3264)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip_frontend.sdp import (
    AgreedMedia,
    Format,
    LocalMedia,
    NotAcceptable,
    SdpError,
    SessionDescription,
    answer,
    offer,
    read_answer,
)
from tests.sip_frontend.sdp.conftest import describe

EVENTS = "a=rtpmap:{0} telephone-event/8000\na=fmtp:{0} 0-15"


def answered(data: bytes, local: LocalMedia) -> tuple[SessionDescription, AgreedMedia]:
    body, agreed = answer(SessionDescription.parse(data), local)
    return SessionDescription.parse(body), agreed


def refused(data: bytes, local: LocalMedia) -> NotAcceptable:
    with pytest.raises(NotAcceptable) as caught:
        answer(SessionDescription.parse(data), local)
    assert caught.value.status_hint == 488
    return caught.value


class TestCodecs:
    @pytest.mark.covers("CM-143")
    def test_our_order_decides(self, local: LocalMedia) -> None:
        _, agreed = answered(describe("m=audio 4000 RTP/AVP 8 0"), local)
        assert agreed.formats == (Format("PCMU", 0, 8000),)

    @pytest.mark.covers("CM-146")
    def test_answer_names_one_codec_and_the_offered_events(self, local: LocalMedia) -> None:
        body, agreed = answered(describe("m=audio 4000 RTP/AVP 8 0 96", EVENTS.format(96)), local)
        assert body.media[0].formats == ["0", "96"]
        assert (agreed.telephone_event_send, agreed.telephone_event_receive) == (96, 96)
        assert agreed.telephone_event_rate == 8000

    def test_comfort_noise_goes_with_a_codec_of_its_clock_where_we_take_it(self, local: LocalMedia) -> None:
        asked = describe("m=audio 4000 RTP/AVP 13 0 96", "a=rtpmap:96 opus/48000/2")
        _, without = answered(asked, local)
        assert [payload.name for payload in without.formats] == ["PCMU"]
        quiet = replace(local, codecs=("CN", "PCMU", "OPUS"))
        body, agreed = answered(asked, quiet)
        assert body.media[0].formats == ["0", "13"]
        assert [payload.name for payload in agreed.receive_formats] == ["PCMU", "CN"]
        _, wideband = answered(asked, replace(quiet, codecs=("OPUS", "CN")))
        assert [payload.name for payload in wideband.formats] == ["opus"]

    def test_comfort_noise_in_an_answer_is_never_what_we_send(self, local: LocalMedia) -> None:
        quiet = replace(local, codecs=("PCMU", "CN"))
        offered = offer(quiet)
        agreed = read_answer(offered, SessionDescription.parse(describe("m=audio 4000 RTP/AVP 13 0")), quiet)
        assert [payload.name for payload in agreed.formats] == ["PCMU", "CN"]
        with pytest.raises(NotAcceptable):
            read_answer(offered, SessionDescription.parse(describe("m=audio 4000 RTP/AVP 13")), quiet)

    @pytest.mark.covers("CM-147")
    def test_events_are_never_answered_unless_offered(self, local: LocalMedia) -> None:
        body, agreed = answered(describe("m=audio 4000 RTP/AVP 0"), local)
        assert body.media[0].formats == ["0"]
        assert agreed.telephone_event_send is None
        assert agreed.telephone_event_receive is None

    def test_events_can_be_switched_off(self, local: LocalMedia) -> None:
        local.telephone_event = False
        body, _ = answered(describe("m=audio 4000 RTP/AVP 0 101", EVENTS.format(101)), local)
        assert body.media[0].formats == ["0"]

    def test_number_101_is_no_event_when_rtpmap_says_otherwise(self, local: LocalMedia) -> None:
        _, agreed = answered(describe("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 speex/8000"), local)
        assert agreed.telephone_event_send is None

    @pytest.mark.covers("CM-145")
    def test_dynamic_numbers_are_the_peers(self, local: LocalMedia) -> None:
        data = describe(
            "m=audio 4000 RTP/AVP 110 127",
            "a=rtpmap:110 ILBC/8000\na=rtpmap:127 telephone-event/8000",
        )
        body, agreed = answered(data, replace(local, codecs=("iLBC", "PCMU")))
        assert body.media[0].formats == ["110", "127"]
        assert agreed.formats[0].payload_type == 110
        assert body.media[0].payload_formats()[0] == Format("iLBC", 110, 8000, 1, "mode=20")

    @pytest.mark.covers("CM-144")
    def test_ilbc_of_30_ms_is_not_taken(self, local: LocalMedia) -> None:
        data = describe("m=audio 4000 RTP/AVP 97 0", "a=rtpmap:97 iLBC/8000\na=fmtp:97 mode=30")
        _, agreed = answered(data, replace(local, codecs=("iLBC", "PCMU")))
        assert agreed.formats[0].name == "PCMU"

    def test_events_of_the_codecs_own_clock_rate_are_preferred(self, local: LocalMedia) -> None:
        data = describe(
            "m=audio 4000 RTP/AVP 96 101 102",
            "a=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/8000\na=rtpmap:102 telephone-event/48000",
        )
        _, agreed = answered(data, replace(local, codecs=("opus",)))
        assert (agreed.telephone_event_send, agreed.telephone_event_rate) == (102, 48000)

    def test_nothing_in_common_says_what_there_is(self, local: LocalMedia) -> None:
        error = refused(describe("m=audio 4000 RTP/AVP 18"), local)
        assert error.warning == 305
        assert "PCMU PCMA" in str(error)


class TestSections:
    """RFC 3264 section 6: as many sections as offered, in their order."""

    @pytest.mark.covers("CM-143")
    def test_video_is_refused_in_its_place(self, local: LocalMedia) -> None:
        data = describe(
            "m=video 5000 RTP/AVP 99 100\na=mid:v", "m=audio 4000 RTP/AVP 0\na=mid:a", "m=image 7 udptl t38"
        )
        body, agreed = answered(data, local)
        assert [(media.kind, media.port) for media in body.media] == [("video", 0), ("audio", 12000), ("image", 0)]
        assert body.media[0].formats == ["99", "100"]
        assert [media.get("mid") for media in body.media] == ["v", "a", None]
        assert agreed.line == 1

    def test_bundle_keeps_the_accepted_section_alone(self, local: LocalMedia) -> None:
        data = describe(
            "m=audio 4000 RTP/AVP 0\na=mid:0",
            "m=video 4000 RTP/AVP 99\na=mid:1",
            session="c=IN IP4 198.51.100.7\na=group:BUNDLE 0 1\n",
        )
        assert answered(data, local)[0].get("group") == "BUNDLE 0"

    def test_no_bundle_without_one_offered(self, local: LocalMedia) -> None:
        data = describe("m=audio 4000 RTP/AVP 0\na=mid:0", session="c=IN IP4 198.51.100.7\na=group:LS 0\n")
        assert answered(data, local)[0].get("group") is None

    def test_first_audio_that_suits_is_taken(self, local: LocalMedia) -> None:
        body, agreed = answered(describe("m=audio 5000 RTP/AVP 18", "m=audio 4000 RTP/AVP 8"), local)
        assert [media.port for media in body.media] == [0, 12000]
        assert agreed.remote_port == 4000

    @pytest.mark.parametrize("section", ["m=video 4000 RTP/AVP 0", "m=audio 0 RTP/AVP 0"])
    def test_no_audio_is_refused(self, local: LocalMedia, section: str) -> None:
        assert refused(describe(section), local).warning == 304

    def test_no_section_at_all_is_refused(self, local: LocalMedia) -> None:
        assert refused(describe(), local).warning == 304


class TestProfiles:
    @pytest.mark.parametrize("profile", ["RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "RTP/XAVP", "UNKNOWN"])
    def test_what_we_cannot_secure_is_refused(self, local: LocalMedia, profile: str) -> None:
        assert refused(describe(f"m=audio 4000 {profile} 0"), local).warning == 302

    def test_a_plain_section_beside_it_is_taken(self, local: LocalMedia) -> None:
        body, agreed = answered(describe("m=audio 5000 RTP/SAVP 0", "m=audio 4000 RTP/AVP 0"), local)
        assert [(media.port, media.profile) for media in body.media] == [(0, "RTP/SAVP"), (12000, "RTP/AVP")]
        assert agreed.profile == "RTP/AVP"

    def test_the_offered_profile_comes_back(self, local: LocalMedia) -> None:
        assert answered(describe("m=audio 4000 RTP/AVPF 0"), local)[0].media[0].profile == "RTP/AVPF"

    def test_keys_under_a_clear_profile_are_not_answered(self, local: LocalMedia) -> None:
        data = describe("m=audio 4000 RTP/AVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WnD7c1ksDGs")
        assert answered(data, local)[0].media[0].get("crypto") is None


class TestTarget:
    """Where our packets go (DE-050: the section's own address first)."""

    @pytest.mark.covers("CM-149")
    def test_section_address_wins(self, local: LocalMedia) -> None:
        _, agreed = answered(describe("m=audio 4000 RTP/AVP 0\nc=IN IP4 203.0.113.9"), local)
        assert (agreed.remote_address, agreed.remote_port) == ("203.0.113.9", 4000)
        assert (agreed.remote_rtcp_address, agreed.remote_rtcp_port) == ("203.0.113.9", 4001)

    @pytest.mark.parametrize(
        ("line", "target"),
        [
            ("a=rtcp:4382", ("198.51.100.7", 4382)),
            ("a=rtcp:4382 IN IP4 192.0.2.77", ("192.0.2.77", 4382)),
            ("a=rtcp:99999", ("198.51.100.7", 4001)),
            ("a=rtcp", ("198.51.100.7", 4001)),
            ("a=rtcp:4382\na=rtcp-mux", ("198.51.100.7", 4000)),
        ],
    )
    def test_rtcp(self, local: LocalMedia, line: str, target: tuple[str, int]) -> None:
        _, agreed = answered(describe(f"m=audio 4000 RTP/AVP 0\n{line}"), local)
        assert (agreed.remote_rtcp_address, agreed.remote_rtcp_port) == target

    def test_rtcp_mux_is_answered_only_if_offered_and_wanted(self, local: LocalMedia) -> None:
        data = describe("m=audio 4000 RTP/AVP 0\na=rtcp-mux")
        body, agreed = answered(data, local)
        assert agreed.rtcp_mux
        assert body.media[0].get("rtcp-mux") == ""
        local.rtcp_mux = False
        body, agreed = answered(data, local)
        assert (agreed.rtcp_mux, agreed.remote_rtcp_port) == (False, 4001)
        assert body.media[0].get("rtcp-mux") is None

    def test_the_highest_port_has_no_rtcp_above_it(self, local: LocalMedia) -> None:
        assert answered(describe("m=audio 65535 RTP/AVP 0"), local)[1].remote_rtcp_port == 0

    def test_the_other_address_family_is_refused(self, local: LocalMedia) -> None:
        data = describe("m=audio 4000 RTP/AVP 0", session="c=IN IP6 2001:db8::7\n")
        assert refused(data, local).warning == 301
        body, agreed = answered(data, replace(local, address="2001:db8::1"))
        assert agreed.remote_address == "2001:db8::7"
        assert str(body.connection) == "IN IP6 2001:db8::1"

    @pytest.mark.parametrize(
        ("lines", "ptime_ms"),
        [
            *[("", 20), ("\na=ptime:30", 30), ("\na=ptime:7", 20), ("\na=ptime:40\na=maxptime:20", 20)],
            *[("\na=ptime:120", 60), ("\na=ptime:25", 20), ("\na=maxptime:15", 10), ("\na=maxptime:150", 20)],
            *[("\na=ptime:60\na=maxptime:50", 50), ("\na=maxptime:5", 20), ("\na=ptime:x\na=maxptime:y", 20)],
        ],
    )
    def test_ptime_is_what_the_peer_wants_if_we_make_it(self, local: LocalMedia, lines: str, ptime_ms: int) -> None:
        assert answered(describe("m=audio 4000 RTP/AVP 0" + lines), local)[1].ptime_ms == ptime_ms


class TestDirection:
    """RFC 3264 section 6.1 and 8.4."""

    @pytest.mark.parametrize(
        ("offered", "mine", "direction", "send", "receive", "held"),
        [
            ("sendrecv", "sendrecv", "sendrecv", True, True, False),
            ("sendonly", "sendrecv", "recvonly", False, True, True),
            ("recvonly", "sendrecv", "sendonly", True, False, False),
            ("inactive", "sendrecv", "inactive", False, False, True),
            ("sendrecv", "sendonly", "sendonly", True, False, False),
            ("sendonly", "sendonly", "inactive", False, False, True),
            ("recvonly", "sendonly", "sendonly", True, False, False),
            ("sendrecv", "inactive", "inactive", False, False, False),
        ],
    )
    @pytest.mark.covers("CM-121", "CM-152")
    def test_mirrored(
        self, local: LocalMedia, offered: str, mine: str, direction: str, send: bool, receive: bool, held: bool
    ) -> None:
        local.direction = mine
        body, agreed = answered(describe(f"m=audio 4000 RTP/AVP 0\na={offered}"), local)
        assert body.direction_of(body.media[0]) == direction
        assert (agreed.send, agreed.receive, agreed.held) == (send, receive, held)

    @pytest.mark.parametrize("line", ["c=IN IP4 0.0.0.0", "c=IN IP4 0.0.0.0\na=sendonly", "c=IN IP6 ::"])
    def test_a_black_hole_is_a_full_hold(self, local: LocalMedia, line: str) -> None:
        body, agreed = answered(describe(f"m=audio 4000 RTP/AVP 0\n{line}"), local)
        assert body.direction_of(body.media[0]) == "inactive"
        assert (agreed.send, agreed.receive, agreed.held) == (False, False, True)


class TestOffer:
    @pytest.mark.covers("CM-141", "CM-142")
    def test_everything_we_have_and_events(self, local: LocalMedia) -> None:
        body = SessionDescription.parse(offer(local))
        assert body.media[0].formats == ["0", "8", "101"]
        assert body.media[0].payload_formats()[2] == Format("telephone-event", 101, 8000, 1, "0-16")
        assert str(body.origin) == "- 77 1 IN IP4 192.0.2.1"

    def test_events_for_every_clock_rate(self, local: LocalMedia) -> None:
        body = SessionDescription.parse(offer(replace(local, codecs=("opus", "PCMU"))))
        assert body.media[0].formats == ["96", "0", "102", "101"]

    @pytest.mark.covers("CM-148")
    def test_a_codec_named_twice_is_offered_once(self, local: LocalMedia) -> None:
        body = SessionDescription.parse(offer(replace(local, codecs=("PCMU", "pcmu", "PCMU"))))
        assert body.media[0].formats == ["0", "101"]

    def test_numbers_of_the_session_are_kept_and_never_given_twice(self, local: LocalMedia) -> None:
        numbers = {("TELEPHONE-EVENT", 8000): 96}
        body = SessionDescription.parse(offer(replace(local, codecs=("opus", "PCMU")), numbers=numbers))
        assert body.media[0].formats == ["97", "0", "102", "96"]


class TestReadAnswer:
    def test_each_side_has_its_own_numbers(self, local: LocalMedia) -> None:
        sent = offer(replace(local, codecs=("opus", "PCMU")))
        reply = describe(
            "m=audio 4000 RTP/AVP 120 121", "a=rtpmap:120 OPUS/48000/2\na=rtpmap:121 telephone-event/48000"
        )
        agreed = read_answer(sent, SessionDescription.parse(reply), local)
        assert [payload.payload_type for payload in agreed.formats] == [120]
        assert [payload.payload_type for payload in agreed.receive_formats] == [96]
        assert (agreed.telephone_event_send, agreed.telephone_event_receive) == (121, 102)

    def test_answer_with_several_codecs_the_first_is_sent(self, local: LocalMedia) -> None:
        agreed = read_answer(offer(local), SessionDescription.parse(describe("m=audio 4000 RTP/AVP 8 0")), local)
        assert [payload.name for payload in agreed.formats] == ["PCMA", "PCMU"]

    def test_events_of_another_rate_than_offered_are_none(self, local: LocalMedia) -> None:
        reply = describe("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/16000")
        assert read_answer(offer(local), SessionDescription.parse(reply), local).telephone_event_send is None

    def test_hold_by_answer(self, local: LocalMedia) -> None:
        reply = describe("m=audio 4000 RTP/AVP 0\na=inactive")
        agreed = read_answer(offer(local), SessionDescription.parse(reply), local)
        assert (agreed.send, agreed.receive, agreed.held) == (False, False, True)

    def test_direction_offered_bounds_the_answer(self, local: LocalMedia) -> None:
        sent = offer(replace(local, direction="sendonly"))
        agreed = read_answer(sent, SessionDescription.parse(describe("m=audio 4000 RTP/AVP 0")), local)
        assert (agreed.send, agreed.receive) == (True, False)

    @pytest.mark.parametrize(
        "section",
        ["m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 18", "m=audio 4000 RTP/SAVP 0", "m=audio 4000 RTP/AVP 101"],
    )
    def test_refusals(self, local: LocalMedia, section: str) -> None:
        with pytest.raises(NotAcceptable):
            read_answer(offer(local), SessionDescription.parse(describe(section)), local)

    @pytest.mark.parametrize("sections", [[], ["m=video 4000 RTP/AVP 0"]])
    def test_no_answer_to_our_offer(self, local: LocalMedia, sections: list[str]) -> None:
        with pytest.raises(SdpError):
            read_answer(offer(local), SessionDescription.parse(describe(*sections)), local)
