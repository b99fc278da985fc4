"""Who hears whom while it changes, packet by packet: out of a mix and into it, silenced and deaf, one after another."""

from __future__ import annotations

import audioop
import itertools
from collections import Counter
from pathlib import Path

import pytest
import rtp_engine

from tests.media_workers.engine.rig import PCMA, Heard, Peer, Rig
from tests.media_workers.engine.talk import level, paced, talking
from tests.media_workers.engine.test_mixing import G722, TONES, hear_for, tones_heard
from tests.media_workers.engine.test_playing import file, flat, player, tone
from tests.media_workers.engine.test_recording import recorder
from tests.media_workers.engine.test_transcoding import power, samples_in
from tests.support.tones import FRAME, decode, sine

LOUD = 0.05
QUICK_S = 0.004
"""What two hear of each other is passed on when it comes, so they may talk faster than in real time."""
SHORTER_S = 0.015
"""Than a packet lasts: what has come by now, of a stream that may not end."""


def patterns(packets: list[Heard]) -> Counter[bytes]:
    return Counter(packet.payload[:1] for packet in packets if packet.payload == packet.payload[:1] * FRAME)


def talk_together(legs: list[tuple[Peer, int]], said: tuple[bytes, bytes]) -> list[Counter[bytes]]:
    """Both say fifty packets of their pattern; how many of which each of them heard meanwhile."""
    heard: tuple[list[Heard], list[Heard]] = ([], [])
    for _ in paced(50, QUICK_S):
        for (peer, port), pattern, list_ in zip(legs, said, heard, strict=True):
            peer.talk(port, pattern * FRAME)
            list_ += peer.hear(1000, timeout_s=0.0)
    for (peer, _), list_ in zip(legs, heard, strict=True):
        list_ += peer.hear(1000, timeout_s=SHORTER_S)
    return [patterns(list_) for list_ in heard]


@pytest.mark.covers("EN-048", "EN-053")
def test_two_who_are_taken_apart_and_put_together_again_lose_nothing(rig: Rig) -> None:
    """49 to 51 packets of each pattern are asked for."""
    peers = [rig.peer() for _ in range(2)]
    legs = [(peer, rig.open(peer, group="g")[1]) for peer in peers]
    assert talk_together(legs, (b"\x01", b"\x02")) == [{b"\x02": 50}, {b"\x01": 50}]
    ringing = rtp_engine.PlayerSpec("ring", [tone("uk.ringing")], loop_=100)
    rig.set(1, peers[0], deaf=True)
    rig.set(2, peers[1], player=ringing)
    assert tones_heard(peers[1].hear(10)) == {400}
    apart = talk_together(legs, (b"\x03", b"\x04"))
    assert [kinds.keys() & {b"\x03", b"\x04"} for kinds in apart] == [set(), set()]
    for handle, peer in enumerate(peers, 1):
        rig.set(handle, peer, group="g")
        peer.hear(1000, timeout_s=0.0)
    assert talk_together(legs, (b"\x05", b"\x06")) == [{b"\x06": 50}, {b"\x05": 50}]


@pytest.mark.covers("EN-052")
def test_two_of_three_who_are_not_sent_to_hear_nothing_and_are_heard(rig: Rig) -> None:
    peers = [rig.peer() for _ in TONES]
    ports = [rig.open(peer, group="g", send=n == 0)[1] for n, peer in enumerate(peers)]
    with talking(list(zip(peers, ports, TONES, strict=True))):
        assert len(peers[0].hear(20)) == 20
        assert tones_heard(hear_for(peers[0], 0.4)) == set(TONES[1:])
    assert [peer.raw(0.0) for peer in peers[1:]] == [b"", b""]
    assert [rig.stats(handle).packets_sent for handle in (2, 3)] == [0, 0]


def heard_half(rig: Rig, *, talker: bool) -> list[list[Heard]]:
    """What two of three hear of the first, who says 50 packets; half way it is not heard, or they not sent to."""
    peers = [rig.peer() for _ in range(3)]
    ports = [rig.open(peer, group="g")[1] for peer in peers]
    heard: list[list[Heard]] = [[], []]
    codes = sine(TONES[0], 1.0)
    for n in paced(50):
        if n == 25 and talker:
            rig.set(1, peers[0], group="g", receive=False)
        elif n == 25:
            for handle, peer in enumerate(peers[1:], 2):
                rig.set(handle, peer, group="g", send=False)
        peers[0].talk(ports[0], codes[n * FRAME : (n + 1) * FRAME])
        for peer, list_ in zip(peers[1:], heard, strict=True):
            list_ += peer.hear(1000, timeout_s=0.0)
    return heard


def loud(packets: list[Heard]) -> int:
    return sum(level(decode(packet.payload), TONES[0]) > LOUD for packet in packets)


@pytest.mark.covers("EN-051")
def test_who_is_silenced_half_way_is_heard_for_half_of_it(rig: Rig) -> None:
    for heard in heard_half(rig, talker=True):
        assert len(heard) >= 35
        assert 15 <= loud(heard) <= 30
        assert loud(heard[32:]) == 0


@pytest.mark.covers("EN-052")
def test_who_are_not_sent_to_from_half_way_on_hear_half_of_it(rig: Rig) -> None:
    for heard in heard_half(rig, talker=False):
        assert 15 <= len(heard) <= 30
        assert loud(heard) >= 12


@pytest.mark.covers("EN-036", "EN-049", "EN-053")
def test_who_is_transferred_hears_its_music_then_ringing_then_the_new_party(rig: Rig, tmp_path: Path) -> None:
    a, b, c = (rig.peer() for _ in range(3))
    _, a_port = rig.open(a, group="one", formats=[PCMA])
    _, b_port = rig.open(b, group="one", recorders=[recorder(tmp_path / "call.wav")])
    _, c_port = rig.open(c, formats=[G722])
    for _ in paced(10):
        a.talk(a_port, b"\x55" * FRAME, payload_type=8)
        b.talk(b_port)
    rig.set(1, a, formats=[PCMA])
    rig.set(2, b)
    stages: list[list[Heard]] = []
    for hertz in (300, 800):
        moh = rtp_engine.PlayerSpec(f"{hertz}", [tone(f"{hertz}*0.5:2000")], loop_=100)
        rig.set(1, a, formats=[PCMA], player=moh)
        rig.wait(lambda e, hertz=hertz: e.kind == "play_started" and e.text == f"{hertz}")  # type: ignore[misc]
        a.hear(1000, timeout_s=0.0)
        stages.append(a.hear(10))
    rig.close(2)
    rig.set(1, a, formats=[PCMA], group="two")
    rig.set(3, c, formats=[G722], group="two")
    a.hear(1000, timeout_s=0.0)
    for n in paced(40):  # the new party sends back what it hears
        codes = sine(100, 0.02 * 40)[n * FRAME : (n + 1) * FRAME]
        linear = b"".join(sample.to_bytes(2, "little", signed=True) for sample in decode(codes))
        a.talk(a_port, audioop.lin2alaw(linear, 2), payload_type=8)
        for packet in c.hear(1000, timeout_s=0.0):
            c.talk(c_port, packet.payload, payload_type=9)
    stages.append(a.hear(1000, timeout_s=0.1)[15:])
    loudest = [max((100, 300, 500, 800), key=lambda hertz: power(samples_in(stage), hertz)) for stage in stages]
    assert loudest == [300, 800, 100]


@pytest.mark.covers("EN-062")
def test_twenty_players_in_a_row_each_go_on_the_wire(rig: Rig, tmp_path: Path) -> None:
    sounds = [flat(tmp_path / f"{n}.wav", 1000 * n + 1000, 200) for n in range(20)]
    peer = rig.peer()
    handle, _ = rig.open(peer)
    heard: list[Heard] = []
    for n in paced(20, 0.03):
        rig.set(handle, peer, player=player(f"p{n}", file(sounds[n])))
        heard += peer.hear(1000, timeout_s=0.0)
    rig.wait(lambda e: e.kind == "play_ended" and e.detail == "completed")
    heard += peer.hear(1000, timeout_s=0.05)
    assert len(heard) > 30
    assert [b.seq - a.seq & 0xFFFF for a, b in itertools.pairwise(heard)] == [1] * (len(heard) - 1)
    ended = [(text, how) for _, text, how in rig.told(handle, "play_ended")]
    assert ended == [(f"p{n}", "replaced") for n in range(19)] + [("p19", "completed")]
