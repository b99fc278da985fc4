"""What is played over the rest, who alone hears whom, and groups that change under people who talk."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import pytest
import rtp_engine

from tests.media_workers.engine.rig import Heard, Peer, Rig
from tests.media_workers.engine.talk import level, talking
from tests.media_workers.engine.test_mixing import hear_for, tones_heard
from tests.media_workers.engine.test_playing import file, tone, wav
from tests.support.tones import decode


def over(player_id: str, text: str, *, gain_db: int = 0, for_group: bool = False) -> rtp_engine.PlayerSpec:
    return rtp_engine.PlayerSpec(player_id, [tone(text)], loop_=0xFFFFFFFF, gain_db=gain_db, for_group=for_group)


def samples_of(packets: list[Heard]) -> list[int]:
    return decode(b"".join(packet.payload for packet in packets))


def jumps(packets: list[Heard], most: int) -> list[int]:
    """Places where the sound jumps by more than a tone can: clicks."""
    samples = samples_of(packets)
    return [place for place, (a, b) in enumerate(itertools.pairwise(samples)) if abs(a - b) > most]


def one_stream(packets: list[Heard]) -> bool:
    return {(b.seq - a.seq) & 0xFFFF for a, b in itertools.pairwise(packets)} == {1}


@pytest.mark.covers("EN-057")
def test_a_whisper_into_a_bridge_is_heard_by_one_of_the_two_who_goes_on_hearing_the_other(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    ports = [rig.open(peer, group="g")[1] for peer in (a, b)]
    with talking([(a, ports[0], 400), (b, ports[1], 700)]):
        before = hear_for(b, 0.2)
        rig.set(2, b, group="g", overlays=[over("w", "1000:1000")])
        rig.wait(lambda e: e.kind == "play_started" and e.handle == 2)
        time.sleep(0.2)
        assert tones_heard(hear_for(a, 0.3)) == {700}
        middle = b.hear(10_000, timeout_s=0.0) + hear_for(b, 0.3)
        assert tones_heard(middle) == {400, 1000}
        rig.set(2, b, group="g")
        rig.wait(lambda e: e.kind == "play_ended" and e.detail == "interrupted")
        time.sleep(0.2)
        b.hear(10_000, timeout_s=0.0)
        after = hear_for(b, 0.3)
    assert tones_heard(before) == tones_heard(after) == {400}
    assert one_stream(after)


def test_when_nothing_is_played_over_two_they_are_passed_through_again(rig: Rig, tmp_path: Path) -> None:
    a, b = rig.peer(), rig.peer()
    ports = [rig.open(peer, group="g")[1] for peer in (a, b)]
    short = rtp_engine.PlayerSpec("w", [file(wav(tmp_path / "s.wav", [1000] * 1600))])
    rig.set(2, b, group="g", overlays=[short])
    rig.wait(lambda e: e.kind == "play_ended" and e.detail == "completed")
    until = time.monotonic() + 5.0
    while True:  # mixed, it would come as it is too, but later and counted differently: a marked octet tells
        assert time.monotonic() < until
        b.hear(10_000, timeout_s=0.0)
        a.talk(ports[0], bytes(range(160)))
        packets = b.hear(1, timeout_s=0.02)
        if packets and packets[0].payload == bytes(range(160)):
            break


@pytest.mark.covers("EN-057")
def test_an_announcement_is_heard_by_all_of_the_room(rig: Rig) -> None:
    peers = [rig.peer() for _ in range(3)]
    ports = [rig.open(peer, group="g")[1] for peer in peers]
    with talking([(peers[0], ports[0], 400)]):
        rig.set(1, peers[0], group="g", overlays=[over("all", "1000:1000", for_group=True)])
        time.sleep(0.3)
        assert [tones_heard(hear_for(peer, 0.3)) for peer in peers] == [{1000}, {400, 1000}, {400, 1000}]


def test_a_prompt_over_music_and_its_gain_while_it_plays(rig: Rig) -> None:
    peer = rig.peer()
    music = rtp_engine.PlayerSpec("music", [tone("400:1000")], loop_=0xFFFFFFFF)
    rig.open(peer, player=music, overlays=[over("prompt", "1000:1000", gain_db=-20)])
    time.sleep(0.1)
    soft = hear_for(peer, 0.4)
    rig.set(1, peer, player=music, overlays=[over("prompt", "1000:1000")])
    time.sleep(0.1)
    loud = hear_for(peer, 0.4)
    assert tones_heard(loud) == {400, 1000}
    ratio = level(samples_of(loud), 1000) / level(samples_of(soft), 1000)
    assert 7 < ratio < 12
    assert rig.told(1, "play_started", "play_ended") == [("play_started", "music", ""), ("play_started", "prompt", "")]


def test_what_plays_over_the_rest_is_paused_and_sent_elsewhere_while_the_rest_goes_on(rig: Rig, tmp_path: Path) -> None:
    peer = rig.peer()
    music = rtp_engine.PlayerSpec("music", [tone("400:1000")], loop_=0xFFFFFFFF)
    items = [tone("1000:4000"), tone("700:4000")]

    def prompt(*, paused: bool, seeks: int = 0, position_ms: int = 0) -> rtp_engine.PlayerSpec:
        # Soft, because two tones of full strength make others where they are clipped.
        return rtp_engine.PlayerSpec("prompt", items, paused=paused, seeks=seeks, position_ms=position_ms, gain_db=-12)

    def heard(**fields: Any) -> set[int]:
        rig.set(1, peer, player=music, overlays=[prompt(**fields)])
        time.sleep(0.1)
        peer.hear(10_000, timeout_s=0.0)
        return tones_heard(hear_for(peer, 0.3))

    rig.open(peer, player=music, overlays=[prompt(paused=False)])
    rig.wait(lambda e: e.kind == "play_started" and e.text == "prompt")
    assert heard(paused=False) == {400, 1000}
    assert heard(paused=True) == {400}
    assert heard(paused=False) == {400, 1000}
    assert heard(paused=False, seeks=1, position_ms=4_500) == {400, 700}
    assert heard(paused=False, seeks=2) == {400, 1000}
    rig.set(1, peer, player=music, overlays=[prompt(paused=False, seeks=3, position_ms=99_000)])
    ended = rig.wait(lambda e: e.kind == "play_ended")
    assert (ended.text, ended.detail) == ("prompt", "completed")


def test_a_coach_is_heard_by_those_named_however_they_come_and_by_nobody_else(rig: Rig) -> None:
    peers = [rig.peer() for _ in range(3)]
    names = ["coach", "agent", "customer"]
    ports = [
        rig.open(p, group="g", name=n, heard_by=["agent"] if n == "coach" else None)[1]
        for p, n in zip(peers, names, strict=True)
    ]
    with talking([(peers[0], ports[0], 400), (peers[2], ports[2], 700)]):
        time.sleep(0.3)
        assert [tones_heard(hear_for(peer, 0.3)) for peer in peers] == [{700}, {400, 700}, set()]
        rig.close(2)
        time.sleep(0.1)
        assert tones_heard(hear_for(peers[2], 0.3)) == set()  # nobody there to hear it is not everybody
        rig.set(1, peers[0], group="g", name="coach")
        time.sleep(0.1)
        assert tones_heard(hear_for(peers[2], 0.3)) == {400}


def test_gain_holds_in_a_bridge_of_two_too(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    ports = [rig.open(peer, group="g")[1] for peer in (a, b)]
    with talking([(a, ports[0], 400)]):
        plain = level(samples_of(hear_for(b, 0.3)), 400)
        rig.set(1, a, group="g", gain_db=-12)
        time.sleep(0.2)
        assert 3.5 < plain / level(samples_of(hear_for(b, 0.3)), 400) < 4.5


def test_groups_merge_and_split_without_a_click(rig: Rig) -> None:
    peers: list[Peer] = [rig.peer() for _ in range(6)]
    ports = [rig.open(peer, group="one" if n < 3 else "two")[1] for n, peer in enumerate(peers)]
    with talking([(peers[0], ports[0], 400), (peers[3], ports[3], 700)]):
        time.sleep(0.3)
        peers[2].hear(10_000, timeout_s=0.0)
        heard = peers[2].hear(10)
        for n in (3, 4, 5):
            rig.set(n + 1, peers[n], group="one")
        heard += peers[2].hear(20)
        for n in (0, 2):
            rig.set(n + 1, peers[n], group="three")
        rig.set(2, peers[1], group="three")
        heard += peers[2].hear(20)
    assert tones_heard(heard[:8]) == {400}
    assert tones_heard(heard[20:28]) == {400, 700}
    assert tones_heard(heard[-8:]) == {400}
    assert one_stream(heard)
    assert jumps(heard, 9000) == []  # both tones together rise by 7,000 from one sample to the next, at most


def test_the_active_speaker_is_told(rig: Rig) -> None:
    peers = [rig.peer() for _ in range(3)]
    ports = [rig.open(peer, group="g")[1] for peer in peers]
    with talking([(peers[1], ports[1], 400)]):
        began = rig.wait(lambda e: e.kind == "speaker")
        assert (began.handle, began.number) == (2, 1)
        assert began.level_dbov > -40
    ceased = rig.wait(lambda e: e.kind == "speaker" and e.number == 0)
    assert ceased.handle == 2
