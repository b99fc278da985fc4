"""Conferences: sum minus own, who hears whom, members of different codecs."""

from __future__ import annotations

import itertools
import time

import pytest

from tests.media_workers.engine.rig import PCMA, PCMU, Heard, Peer, Rig, rtp
from tests.media_workers.engine.talk import level, talking
from tests.support.tones import decode, sine

G722 = ("G722", 9, 8000, 1)
OPUS = ("opus", 111, 48000, 2)
TONES = (400, 700, 1000)


def tones_heard(packets: list[Heard]) -> set[int]:
    """Which of TONES are in what a peer heard."""
    samples = decode(b"".join(packet.payload for packet in packets))
    return {hertz for hertz in TONES if level(samples, hertz) > 0.05}


def hear_for(peer: Peer, seconds: float) -> list[Heard]:
    peer.hear(10_000, timeout_s=0.0)
    until = time.monotonic() + seconds
    packets = []
    while time.monotonic() < until:
        packets += peer.hear(1, timeout_s=0.1)
    return packets


@pytest.mark.covers("EN-050")
def test_three_hear_the_others_and_not_themselves(rig: Rig) -> None:
    peers = [rig.peer() for _ in TONES]
    ports = [rig.open(peer, group="g")[1] for peer in peers]
    with talking(list(zip(peers, ports, TONES, strict=True))):
        time.sleep(0.3)
        for peer, own in zip(peers, TONES, strict=True):
            assert tones_heard(hear_for(peer, 0.4)) == set(TONES) - {own}
    for handle in (1, 2, 3):
        rig.close(handle)


@pytest.mark.covers("EN-050")
def test_silence_is_sent_when_nobody_talks(rig: Rig) -> None:
    peers = [rig.peer() for _ in range(3)]
    for peer in peers:
        rig.open(peer, group="g")
    packets = peers[0].hear(5)
    assert {packet.payload for packet in packets} == {b"\xff" * 160}
    assert [p.seq - packets[0].seq for p in packets] == [0, 1, 2, 3, 4]


@pytest.mark.covers("EN-051", "EN-052")
def test_directions_and_muting_hold_among_three(rig: Rig) -> None:
    peers = [rig.peer() for _ in TONES]
    ports = [rig.open(peer, group="g")[1] for peer in peers]
    rig.set(1, peers[0], group="g", receive=False)
    rig.set(2, peers[1], group="g", muted=True)
    with talking(list(zip(peers, ports, TONES, strict=True))):
        time.sleep(0.3)
        assert tones_heard(hear_for(peers[0], 0.4)) == {1000}
        assert tones_heard(hear_for(peers[2], 0.4)) == set()
        rig.set(1, peers[0], group="g", send=False)
        time.sleep(0.3)
        assert hear_for(peers[0], 0.2) == []
        assert tones_heard(hear_for(peers[2], 0.4)) == {400}


def test_from_two_to_three_and_back_each_stream_stays_one(rig: Rig) -> None:
    peers = [rig.peer() for _ in TONES]
    ports = [rig.open(peer, group="g")[1] for peer in peers[:2]]
    packets: list[Heard] = []
    with talking([(peers[0], ports[0], 400)]):
        packets += hear_for(peers[1], 0.3)
        rig.open(peers[2], group="g")
        packets += peers[1].hear(15)
        rig.close(3)
        packets += peers[1].hear(15)
    steps = [(b.seq - a.seq) & 0xFFFF for a, b in itertools.pairwise(packets)]
    assert set(steps) == {1}
    assert len({packet.ssrc for packet in packets}) == 1
    ahead = [(b.rtp_ts - a.rtp_ts) & 0xFFFF_FFFF for a, b in itertools.pairwise(packets)]
    assert all(0 < step < 160 * 6 for step in ahead)


@pytest.mark.covers("EN-036", "EN-039")
def test_members_of_different_codecs(rig: Rig) -> None:
    peers = [rig.peer() for _ in TONES]
    _, first = rig.open(peers[0], group="g", formats=[PCMU])
    rig.open(peers[1], group="g", formats=[PCMA])
    rig.open(peers[2], group="g", formats=[G722])
    with talking([(peers[0], first, 400)]):
        time.sleep(0.3)
        alaw, wide = hear_for(peers[1], 0.3), hear_for(peers[2], 0.3)
    assert {packet.payload_type for packet in alaw} == {8}
    assert {packet.payload_type for packet in wide} == {9}
    assert len({packet.payload for packet in wide}) > 5


@pytest.mark.covers("EN-036", "EN-039", "CM-004")
@pytest.mark.parametrize("wide", [G722, OPUS, ("L16", 97, 16000, 1)])
def test_a_bridge_between_two_codecs_translates_on_arrival(rig: Rig, wide: tuple[str, int, int, int]) -> None:
    a, b, c, d = (rig.peer() for _ in range(4))
    _, a_port = rig.open(a, group="one", formats=[PCMU])
    rig.open(b, group="one", formats=[wide])
    _, c_port = rig.open(c, group="two", formats=[wide])
    rig.open(d, group="two", formats=[PCMU])
    codes = sine(400, 1.0)
    heard: list[Heard] = []
    middle: list[Heard] = []
    for at in range(0, len(codes), 160):
        a.talk(a_port, codes[at : at + 160])
        middle += b.hear(1)
        packet = middle[-1]
        c.send(c_port, rtp(packet.seq, packet.rtp_ts, packet.payload, payload_type=wide[1]))
        heard += d.hear(1)
    assert {packet.payload_type for packet in middle} == {wide[1]}
    steps = {(b.rtp_ts - a.rtp_ts) & 0xFFFF_FFFF for a, b in itertools.pairwise(middle)}
    assert steps == {wide[2] // 50}
    assert [(p.seq - heard[0].seq) & 0xFFFF for p in heard] == list(range(50))
    assert [(p.rtp_ts - heard[0].rtp_ts) & 0xFFFF_FFFF for p in heard] == [160 * n for n in range(50)]
    assert tones_heard(heard) == {400}


def opus_packets(rig: Rig, codes: bytes) -> list[Heard]:
    """Sound as the engine itself says it in Opus."""
    talker, listener = rig.peer(), rig.peer()
    _, port = rig.open(talker, group="made", formats=[PCMU])
    rig.open(listener, group="made", formats=[OPUS])
    packets: list[Heard] = []
    for at in range(0, len(codes), 160):
        talker.talk(port, codes[at : at + 160])
        packets += listener.hear(1)
    return packets


@pytest.mark.covers("EN-036")
def test_a_codec_that_can_makes_up_for_what_was_lost_on_the_way_to_another(rig: Rig) -> None:
    packets = opus_packets(rig, sine(400, 1.0))
    c, d = rig.peer(), rig.peer()
    handle, port = rig.open(c, group="two", formats=[OPUS])
    rig.open(d, group="two", formats=[PCMU])
    order = [*range(10), *range(11, 20), *range(22, 30), 31, 30, *range(32, 40), *range(44, 50)]
    for index in order:
        packet = packets[index]
        c.send(port, rtp(packet.seq, packet.rtp_ts, packet.payload, payload_type=OPUS[1]))
    heard = d.hear(46)
    places = [(packet.seq - heard[0].seq) & 0xFFFF for packet in heard]
    assert places == [*range(40), *range(44, 50)]  # one, two and one out of order are made up for, not four
    assert [(packet.rtp_ts - heard[0].rtp_ts) & 0xFFFF_FFFF for packet in heard] == [160 * place for place in places]
    assert tones_heard(heard[5:40]) == {400}
    assert all(tones_heard([heard[place]]) == {400} for place in (10, 20, 21, 30))
    assert rig.stats(handle).packets_lost == 7


@pytest.mark.covers("EN-044")
def test_a_digit_reaches_every_other_member(rig: Rig) -> None:
    peers = [rig.peer() for _ in range(3)]
    events = {"event_receive": 101, "event_send": 101}
    ports = [rig.open(peer, group="g", **events)[1] for peer in peers]
    peers[0].press(ports[0], 4)
    for peer in peers[1:]:
        digits = [p for p in peer.hear(30) if p.payload_type == 101]
        assert len(digits) == 14
        assert {p.payload[0] for p in digits} == {4}


def test_who_talks_is_told(rig: Rig) -> None:
    peers = [rig.peer() for _ in TONES]
    ports = [rig.open(peer, group="g")[1] for peer in peers]
    with talking([(peers[0], ports[0], 400)]):
        assert rig.wait(lambda e: e.kind == "talk" and e.number == 1).handle == 1
    assert rig.wait(lambda e: e.kind == "talk" and e.number == 0).handle == 1
