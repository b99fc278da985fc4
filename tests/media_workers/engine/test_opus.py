"""Opus on the wire: as the peer has described it, in packets of every duration."""

from __future__ import annotations

from itertools import pairwise

import pytest
import rtp_engine

from tests.media_workers.engine.rig import Rig, rtp

OPUS = ("opus", 96, 48000, 2)


def prompt(player_id: str) -> rtp_engine.PlayerSpec:
    return rtp_engine.PlayerSpec(player_id, [(True, "400+450:10000", 0, 0, 0, 0)])


@pytest.mark.covers("EN-035")
@pytest.mark.parametrize("ms", [30, 50, 60])
def test_a_phone_with_long_packets_is_heard_in_opus(rig: Rig, ms: int) -> None:
    """Opus has no frame of 30 and 50 ms: its packets hold several (RFC 6716 section 3.2.5)."""
    narrow, wide = rig.peer(), rig.peer()
    _, port = rig.open(narrow, group="g")
    listener, _ = rig.open(wide, group="g", formats=[OPUS])
    for number in range(10):
        narrow.send(port, rtp(1000 + number, 8 * ms * number, b"\x11" * 8 * ms))
    heard = wide.hear(10)
    assert [packet.rtp_ts - heard[0].rtp_ts for packet in heard] == [48 * ms * number for number in range(10)]
    assert rig.stats(listener).drops == {}


@pytest.mark.parametrize("ms", [10, 20, 30, 40, 50, 60])
def test_a_prompt_has_packets_of_the_duration_that_the_peer_wants(rig: Rig, ms: int) -> None:
    peer = rig.peer()
    rig.open(peer, formats=[OPUS], ptime_ms=ms, player=prompt("p"))
    heard = peer.hear(5)
    assert {after.rtp_ts - before.rtp_ts for before, after in pairwise(heard)} == {48 * ms}


def test_it_takes_no_more_bits_than_the_peer_has_said_from_the_moment_it_says_so(rig: Rig) -> None:
    peer = rig.peer()

    def bytes_each(**wishes: str) -> set[int]:
        rig.set(handle, peer, formats=[OPUS], player=prompt("p"), **wishes)
        return {len(packet.payload) for packet in peer.hear(10)[4:]}

    handle, _ = rig.open(peer, formats=[OPUS], player=prompt("p"))
    usual = min(bytes_each())
    assert bytes_each(fmtp="maxaveragebitrate=8000;useinbandfec=1") == {20}
    assert max(bytes_each(fmtp="maxplaybackrate=8000")) < usual
    assert min(bytes_each(fmtp="maxaveragebitrate=510000;useinbandfec=1")) > 40
