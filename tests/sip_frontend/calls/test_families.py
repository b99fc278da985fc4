"""Media by IPv4 and by IPv6: each leg by the family that its peer offers, whatever the other legs go by."""

from __future__ import annotations

import pytest

from sip_frontend.calls import bridging, media_channels
from sip_frontend.calls.call import Call
from sip_frontend.sdp import NotAcceptable
from tests.sip_frontend.calls.harness import Frontend, command, invite, sdp
from tests.sip_frontend.calls.test_links import ends, leg, spec_of

pytestmark = pytest.mark.covers("EN-004")
BOTH = "2001:db8::5"


def six(body: str) -> str:
    """The same description by IPv6."""
    return body.replace("IP4 127.0.0.1", "IP6 2001:db8::9")


def answered(frontend: Frontend, call_id: str, body: str) -> Call:
    _, call = leg(frontend, call_id, "media-1", body)
    return call


def lines(body: bytes, kind: str) -> list[str]:
    return [line for line in body.decode().split("\r\n") if line.startswith(kind)]


def places(frontend: Frontend, call: Call) -> tuple[str, str]:
    """Where our socket is, and the peer's."""
    spec = spec_of(frontend, call)
    return spec.local_address, spec.remote.rtp.address


def test_an_offer_is_answered_in_its_own_family_and_both_meet() -> None:
    frontend = Frontend(address6=BOTH)
    a, b = answered(frontend, "a", sdp()), answered(frontend, "b", six(sdp()))
    descriptions = [call.negotiation.sent for call in (a, b) if call.negotiation is not None]
    assert [lines(body, "c=") for body in descriptions] == [["c=IN IP4 127.0.0.1"], [f"c=IN IP6 {BOTH}"]]
    assert lines(descriptions[1], "o=")[0].endswith(f"IN IP6 {BOTH}")
    assert [places(frontend, call) for call in (a, b)] == [("127.0.0.1", "127.0.0.1"), (BOTH, "2001:db8::9")]
    assert bridging.mix(frontend.exchange, a, b)


def test_a_peer_that_moves_to_the_other_family_is_followed_and_the_origin_stays() -> None:
    frontend = Frontend(address6=BOTH)
    call = answered(frontend, "a", sdp())
    assert call.negotiation is not None
    first = lines(call.negotiation.sent, "o=")[0].split()
    body = media_channels.remote_offer(frontend.exchange, call, six(sdp()).encode())
    frontend.settle()
    assert lines(body, "c=") == [f"c=IN IP6 {BOTH}"]
    assert lines(body, "o=")[0].split() == [*first[:2], str(int(first[2]) + 1), "IN", "IP4", "127.0.0.1"]
    assert places(frontend, call) == (BOTH, "2001:db8::9")
    on_hold = six(sdp()).replace("IP6 2001:db8::9", "IP4 0.0.0.0").encode()  # no word about a family
    assert lines(media_channels.remote_offer(frontend.exchange, call, on_hold), "c=") == [f"c=IN IP6 {BOTH}"]
    back = media_channels.remote_offer(frontend.exchange, call, sdp().encode())
    assert lines(back, "c=") == ["c=IN IP4 127.0.0.1"]
    frontend.settle()
    assert places(frontend, call) == ("127.0.0.1", "127.0.0.1")


def test_an_offer_that_is_refused_moves_nothing() -> None:
    frontend = Frontend(address6=BOTH)
    call = answered(frontend, "a", sdp())
    with pytest.raises(NotAcceptable):
        media_channels.remote_offer(frontend.exchange, call, six(sdp(payloads="18")).encode())
    assert call.negotiation is not None
    assert lines(call.negotiation.make_offer(), "c=") == ["c=IN IP4 127.0.0.1"]
    assert places(frontend, call) == ("127.0.0.1", "127.0.0.1")


def test_of_two_streams_the_first_that_can_be_reached_is_taken() -> None:
    section = "m=audio 40002 RTP/AVP 0\r\nc=IN IP4 127.0.0.9\r\n"
    for address6, expected in ((BOTH, (BOTH, "2001:db8::9")), ("", ("127.0.0.1", "127.0.0.9"))):
        frontend = Frontend(address6=address6)
        assert places(frontend, answered(frontend, "a", six(sdp()) + section)) == expected


def test_without_ipv6_an_offer_by_it_is_refused() -> None:
    frontend = Frontend()
    frontend.receive(invite("602", six(sdp())))
    run, _ = frontend.activations[0]
    assert run.first_call is not None
    frontend.decide(run, command("answer", run.first_call))
    assert frontend.statuses()[-1] == 488


@pytest.mark.parametrize(("caller", "family"), [("127.0.0.1", "IP4"), ("2001:db8::9", "IP6")])
def test_we_offer_the_family_by_which_the_signalling_goes(caller: str, family: str) -> None:
    frontend = Frontend(address6=BOTH)
    frontend.receive(invite("602").partition("Content-Type")[0] + "\n", (caller, 5061))
    run, _ = frontend.activations[0]
    assert run.first_call is not None
    frontend.decide(run, command("answer", run.first_call))
    offer = frontend.response(200, (caller, 5061)).body
    assert lines(offer, "c=")[0].split()[1] == family


def test_a_link_goes_by_a_family_that_both_workers_have() -> None:
    frontend = Frontend(address6=BOTH)
    a = answered(frontend, "a", sdp())
    granted = {"media-2": ("127.0.0.2", BOTH), "media-3": ("2001:db8::6", "")}
    for name, (address, address6) in granted.items():
        frontend.add_worker(name, address, address6)
    _, b = leg(frontend, "b", "media-2", sdp())
    _, c = leg(frontend, "c", "media-3", six(sdp()))
    assert bridging.mix(frontend.exchange, a, b)
    frontend.settle()
    assert [end.remote.rtp.address for end in ends(frontend)] == ["127.0.0.2", "127.0.0.1"]
    assert bridging.mix(frontend.exchange, a, c)
    frontend.settle()
    assert [end.remote.rtp.address for end in ends(frontend)] == ["2001:db8::6", BOTH]
    assert [end.local_address for end in ends(frontend)] == [BOTH, "2001:db8::6"]
    alone = Frontend()
    a = answered(alone, "a", sdp())
    alone.add_worker("media-3", "2001:db8::6")
    _, c = leg(alone, "c", "media-3", six(sdp()))
    assert not bridging.mix(alone.exchange, a, c)
    alone.settle()
    assert any("one has IPv4 alone" in str(line.keys) for line in alone.logged)
