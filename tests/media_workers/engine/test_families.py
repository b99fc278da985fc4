"""IPv4 and IPv6 in one engine: every channel has its own family, and they meet all the same."""

from __future__ import annotations

import socket

import pytest
import rtp_engine

from tests.media_workers.engine.rig import PATIENCE_S, PCMA, PCMU, Peer, Rig, wait_readable
from tests.support.ports import has_ipv6

pytestmark = [
    pytest.mark.covers("EN-004"),
    pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback (::1)"),
]
EVENTS = {"event_receive": 101, "event_send": 101}


def test_a_bridge_between_the_families(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer("::1")
    _, a_port = rig.open(a, group="g", **EVENTS)
    _, b_port = rig.open(b, group="g", formats=[PCMA], **EVENTS)
    a.talk(a_port, b"\x11" * 160)
    b.talk(b_port, b"\x55" * 160, payload_type=8)
    assert (a.hear()[0].payload_type, b.hear()[0].payload_type) == (0, 8)
    a.press(a_port, 7)
    assert {packet.payload_type for packet in b.hear(14)} == {101}


def test_the_same_port_at_both_addresses_is_two_channels(rig: Rig) -> None:
    peers = [rig.peer(), rig.peer("::1")]
    for handle, peer in enumerate(peers, 101):
        spec = rtp_engine.ChannelSpec(formats=[PCMU], remote=peer.address, echo=True)
        rig.engine.set_channel(handle, peer.engine, rig.first, spec)
        rig.stats(handle)
    for n, peer in enumerate(peers):
        peer.talk(rig.first, bytes([n]) * 160)
        assert peer.hear()[0].payload == bytes([n]) * 160


def test_a_peer_that_moves_to_the_other_family_is_followed_by_one_stream(rig: Rig) -> None:
    four, six, far = rig.peer(), rig.peer("::1"), rig.peer()
    handle, port = rig.open(four, group="g")
    _, far_port = rig.open(far, group="g")
    four.talk(port, b"by four")
    far.talk(far_port, b"one")
    assert (far.hear()[0].payload, four.hear()[0].payload) == (b"by four", b"one")
    for peer, words in ((six, b"by six"), (four, b"and back")):
        rig.set(handle, peer, group="g")
        peer.talk(port, words, ssrc=9)
        assert far.hear()[0].payload == words
        far.talk(far_port, b"two")
        assert peer.hear()[0].payload == b"two"
    four.talk(port, b"last")
    far.talk(far_port, b"three")
    assert six.raw(0.05) == b""
    stats = rig.close(handle).stats
    assert stats is not None
    assert stats.packets_sent == 4, "its counters go along"


def test_who_goes_by_another_port_leaves_the_old_one_to_others(rig: Rig) -> None:
    six, other = rig.peer("::1"), rig.peer()
    four = rig.peer()
    handle, port = rig.open(four, echo=True)
    four.talk(port)
    four.hear()
    rig.set(handle, six, echo=True)
    spec = rtp_engine.ChannelSpec(formats=[PCMU], remote=other.address, echo=True)
    rig.engine.set_channel(99, "127.0.0.1", port, spec)
    rig.stats(99)
    other.talk(port, b"mine")
    assert other.hear()[0].payload == b"mine"
    with pytest.raises(OSError, match="in use"):
        rig.set(handle, four, echo=True)
    six.talk(port, b"still here", ssrc=9)
    assert six.hear()[0].payload == b"still here"


def test_a_port_that_is_left_is_marked_no_more(rig: Rig) -> None:
    four, six, other = rig.peer(), rig.peer("::1"), rig.peer()
    handle, port = rig.open(four, echo=True, dscp=46)
    assert _echoed_dscp(four, port) == 46
    rig.set(handle, six, echo=True, dscp=46)
    rig.engine.set_channel(
        99, "127.0.0.1", port, rtp_engine.ChannelSpec(formats=[PCMU], remote=other.address, echo=True)
    )
    rig.stats(99)
    assert _echoed_dscp(other, port) == 0


def _echoed_dscp(peer: Peer, port: int) -> int:
    peer.socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    peer.talk(port)
    assert wait_readable(peer.socket.fileno(), PATIENCE_S)
    _, ((_, _, mark),), _, _ = peer.socket.recvmsg(2048, socket.CMSG_SPACE(1))
    return mark[0] >> 2
