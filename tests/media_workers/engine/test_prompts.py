"""Prompts to the packet: which codes are on the wire, how many of each, and with which packet they begin."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.media_workers.engine.rig import PCMA, PCMU, Rig
from tests.media_workers.engine.talk import level
from tests.media_workers.engine.test_mixing import G722
from tests.media_workers.engine.test_playing import file, flat, player, tone, values, wav
from tests.support.tones import FRAME, decode

FOREVER = 0xFFFFFFFF
Format = tuple[str, int, int, int]


@pytest.mark.covers("EN-058")
def test_a_soup_of_loops_and_cuts_is_on_the_wire_to_the_sample(rig: Rig, tmp_path: Path) -> None:
    """The codes and their order are the known ones; their 400 packets took longer files, and eight seconds."""
    one, two, three = (
        flat(tmp_path / f"{code}.wav", decode(bytes([code]))[0], ms)
        for code, ms in ((228, 200), (223, 220), (220, 200))
    )
    peer = rig.peer()
    soup = player("p", file(one, times=2), file(two), file(one), file(three, start=40, stop=100), loop_=2)
    rig.open(peer, player=soup)
    codes = b"".join(packet.payload for packet in peer.hear(88))
    runs = [(code, len(list(run)) / FRAME) for code, run in itertools.groupby(codes)]
    assert runs == [(228, 20), (223, 11), (228, 10), (220, 3)] * 2
    assert rig.wait(lambda e: e.kind == "play_ended").detail == "completed"
    assert peer.raw(0.05) == b""


@pytest.mark.covers("EN-061")
@pytest.mark.parametrize("codec", [PCMU, G722])
def test_a_long_wideband_file_is_not_cut(rig: Rig, tmp_path: Path, codec: Format) -> None:
    """A minute of it, of which the last second is heard: where it ends tells how long it was."""
    long, peer = wav(tmp_path / "long.wav", [1000] * 59 * 16_000 + [4000] * 16_000, rate=16_000), rig.peer()
    rig.open(peer, formats=[codec], player=player("p", file(long), paused=True))
    rig.wait(lambda e: e.kind == "play_started")
    rig.set(1, peer, formats=[codec], player=player("p", file(long), seeks=1, position_ms=59_000))
    packets = peer.hear(50)
    assert rig.wait(lambda e: e.kind == "play_ended").detail == "completed"
    assert peer.raw(0.05) == b""
    assert [len(packet.payload) for packet in packets] == [FRAME] * 50
    if codec == PCMU:
        assert values(packets)[1:] == pytest.approx([4000] * 49, rel=0.05)


@pytest.mark.covers("EN-084")
@pytest.mark.parametrize(("codec", "zero"), [(PCMU, 0xFF), (PCMA, 0xD5)])
def test_generated_silence_is_silence_round_after_round(rig: Rig, codec: Format, zero: int) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer, formats=[codec], player=player("p", tone("0:50"), loop_=FOREVER))
    packets = peer.hear(30)
    assert {packet.payload for packet in packets} == {bytes([zero]) * FRAME}
    assert [packet.seq - packets[0].seq & 0xFFFF for packet in packets] == list(range(30))
    assert rig.told(handle, "play_ended") == []


@pytest.mark.covers("EN-019")
def test_a_tone_that_is_known_begins_with_the_very_next_packet(rig: Rig) -> None:
    """In packets; what it takes in milliseconds is for a benchmark on a machine with nothing else to do."""
    peers = [rig.peer() for _ in range(3)]
    for peer in peers:
        rig.open(peer, group="g")
    rig.set(1, peers[0], group="g", player=player("first", tone("400:100")))
    rig.wait(lambda e: e.kind == "play_ended")
    rig.set(1, peers[0], group="g", player=player("again", tone("400:100")))
    assert rig.told(1, "play_started")[-1] == ("play_started", "again", "")
    sent = rig.stats(1).packets_sent
    assert level(decode(peers[0].hear(sent + 1)[sent].payload), 400) > 0.05


@pytest.mark.covers("EN-019")
def test_where_nothing_was_sent_the_first_packet_is_the_prompt(rig: Rig, tmp_path: Path) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer)
    rig.set(handle, peer, player=player("p", file(flat(tmp_path / "one.wav", 4000, 100))))
    first = peer.hear(1)
    assert first[0].marker
    assert values(first) == pytest.approx([4000], rel=0.05)
    assert rig.told(handle, "play_started") == [("play_started", "p", "")]
