"""One leg that hears itself, counted packet by packet: in, out, and what a peer that stalls does to its stream."""

from __future__ import annotations

import itertools

import pytest

from tests.media_workers.engine.rig import Heard, Peer, Rig
from tests.media_workers.engine.talk import paced

QUICK_S = 0.004
"""An echo is sent when it is heard, so its peer may talk faster than in real time."""


def said(peer: Peer, port: int, count: int, step_s: float = QUICK_S) -> list[Heard]:
    """What came back while it talked for so many packets."""
    heard: list[Heard] = []
    for _ in paced(count, step_s):
        peer.talk(port)
        heard += peer.hear(1000, timeout_s=0.0)
    return heard


def all_of(peer: Peer, heard: list[Heard], count: int) -> list[Heard]:
    """With those still on their way; one more than wanted would be told too."""
    heard += peer.hear(count - len(heard))
    return heard + peer.hear(1, timeout_s=0.05)


@pytest.mark.covers("EN-005", "EN-023")
def test_fifty_packets_come_back_and_are_as_good_as_they_can_be(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    assert len(all_of(peer, said(peer, port, 50, 0.02), 50)) == 50
    stats = rig.close(handle).stats
    assert stats is not None
    assert (stats.packets_received, stats.packets_sent, stats.packets_lost) == (50, 50, 0)
    assert 4.3 < stats.mos < 4.5  # 4.5 is the end of the scale, which the E-model never gives to G.711


@pytest.mark.covers("EN-030")
def test_a_peer_that_stalls_and_catches_up_loses_nothing(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    heard = said(peer, port, 120)
    heard += peer.hear(1000, timeout_s=30 * QUICK_S)  # nothing for so long, then all that was due at once
    for _ in range(30):
        peer.talk(port)
    heard = all_of(peer, heard + said(peer, port, 150), 300)
    stats = rig.close(handle).stats
    assert stats is not None
    assert (stats.packets_received, stats.packets_sent, len(heard)) == (300, 300, 300)
    assert {(b.seq - a.seq) & 0xFFFF for a, b in itertools.pairwise(heard)} == {1}
    # An echo that buffers shifts its timestamps by the stall. Ours goes by the peer's own, which did not stall.
    assert {(b.rtp_ts - a.rtp_ts) & 0xFFFF_FFFF for a, b in itertools.pairwise(heard)} == {160}


@pytest.mark.covers("EN-031")
def test_one_packet_too_long_among_fifty_costs_none(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    heard = said(peer, port, 40)
    peer.talk(port, bytes(1200 - 12))
    heard = all_of(peer, heard + said(peer, port, 9), 50)
    assert [len(packet.payload) for packet in heard] == [160] * 40 + [1188] + [160] * 9
    stats = rig.close(handle).stats
    assert stats is not None
    assert (stats.packets_received, stats.packets_sent) == (50, 50)


@pytest.mark.covers("EN-014")
def test_a_peer_that_was_signalled_wrongly_hears_all_but_the_packet_that_showed_where_it_is(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(rig.peer(), echo=True)
    # Two packets in order are wanted of a source that nobody has named: one alone may be anybody's.
    assert len(all_of(peer, said(peer, port, 50), 49)) == 49
    stats = rig.close(handle).stats
    assert stats is not None
    assert (stats.packets_sent, stats.drops) == (49, {"source": 1})
