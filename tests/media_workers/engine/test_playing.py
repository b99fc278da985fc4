"""Files and tones: what is heard, and what is told."""

from __future__ import annotations

import audioop
import struct
import wave
from pathlib import Path

import pytest
import rtp_engine

from tests.media_workers.engine.rig import PCMA, Heard, Rig

Item = tuple[int, str, int, int, int, int]


def wav(path: Path, values: list[int], rate: int = 8000) -> str:
    """A WAV file with these samples."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(struct.pack(f"<{len(values)}h", *values))
    return str(path)


def file(path: str, *, start: int = 0, stop: int = 0, times: int = 0, gain: int = 0) -> Item:
    return 0, path, start, stop, times, gain


def tone(text: str) -> Item:
    return 1, text, 0, 0, 0, 0


def player(player_id: str, *items: Item, **fields: bool | int) -> rtp_engine.PlayerSpec:
    return rtp_engine.PlayerSpec(player_id, items, **fields)  # type: ignore[arg-type]


def values(packets: list[Heard]) -> list[int]:
    """The first sample of each packet."""
    return [struct.unpack("<h", audioop.ulaw2lin(p.payload[:1], 2))[0] for p in packets]


def flat(path: Path, value: int, ms: int) -> str:
    return wav(path, [value] * (8 * ms))


@pytest.mark.covers("EN-019", "EN-058", "EN-061")
def test_a_soup_plays_in_order_with_loops_starts_and_stops(rig: Rig, tmp_path: Path) -> None:
    one, two = flat(tmp_path / "one.wav", 1000, 40), flat(tmp_path / "two.wav", 4000, 100)
    peer = rig.peer()
    soup = player("p1", file(one, times=2), file(two, start=40, stop=80), file(one), loop_=2)
    handle, _ = rig.open(peer, player=soup)
    packets = peer.hear(16)
    assert [round(v / 1000) for v in values(packets)] == [1, 1, 1, 1, 4, 4, 1, 1] * 2
    assert [p.seq for p in packets] == [(packets[0].seq + n) & 0xFFFF for n in range(16)]
    assert [(p.rtp_ts - packets[0].rtp_ts) & 0xFFFF_FFFF for p in packets] == [160 * n for n in range(16)]
    rig.wait(lambda e: e.kind == "play_ended")
    assert rig.told(handle, "play_started", "play_ended") == [
        ("play_started", "p1", ""),
        ("play_ended", "p1", "completed"),
    ]
    assert peer.raw(0.05) == b""


def test_the_same_player_sent_again_does_not_begin_again(rig: Rig, tmp_path: Path) -> None:
    one = flat(tmp_path / "one.wav", 1000, 40)
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p1", file(one)))
    rig.wait(lambda e: e.kind == "play_ended")
    rig.set(handle, peer, player=player("p1", file(one)), echo=True)
    assert len(peer.hear(3, timeout_s=0.1)) == 2
    rig.set(handle, peer, player=player("p2", file(one)))
    assert len(peer.hear(2)) == 2


@pytest.mark.covers("EN-062")
def test_a_new_player_replaces_the_old(rig: Rig) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p0", tone("400:10000")))
    rig.wait(lambda e: e.kind == "play_started")
    for n in range(1, 20):
        rig.set(handle, peer, player=player(f"p{n}", tone("400:10000")))
        rig.wait(lambda e, n=n: e.kind == "play_started" and e.text == f"p{n}")  # type: ignore[misc]
    rig.close(handle)
    ended = rig.told(handle, "play_ended")
    assert ended[:-1] == [("play_ended", f"p{n}", "replaced") for n in range(19)]
    assert ended[-1] == ("play_ended", "p19", "channelclosed")


def test_a_player_replaced_before_its_sounds_were_loaded_still_ends(rig: Rig) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p0", tone("400:3000")))
    rig.set(handle, peer, player=player("p1", tone("500:3000")))
    rig.set(handle, peer)
    rig.wait(lambda e: e.kind == "play_ended" and e.text == "p0")
    rig.wait(lambda e: e.kind == "play_ended" and e.text == "p1")


@pytest.mark.covers("EN-046", "EN-074")
def test_a_digit_ends_an_interruptible_player(rig: Rig) -> None:
    peer = rig.peer()
    soup = player("p", tone("400:10000"), interruptible=True)
    handle, port = rig.open(peer, player=soup, event_receive=101)
    peer.hear(1)
    peer.press(port, 2)
    rig.wait(lambda e: e.kind == "play_ended")
    assert rig.told(handle, "digit", "play_ended") == [("digit", "2", ""), ("play_ended", "p", "telephone-event")]


@pytest.mark.covers("EN-060")
def test_files_that_are_missing_are_told(rig: Rig, tmp_path: Path) -> None:
    one, gone = flat(tmp_path / "one.wav", 1000, 20), str(tmp_path / "gone.wav")
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p1", file(gone), file(one)))
    rig.wait(lambda e: e.kind == "play_ended" and e.text == "p1")
    assert [kind for kind, _, _ in rig.told(handle, "no_file", "play_started", "play_ended")] == [
        "no_file",
        "play_started",
        "play_ended",
    ]
    rig.set(handle, peer, player=player("p2", file(gone)))
    ended = rig.wait(lambda e: e.kind == "play_ended" and e.text == "p2")
    assert ended.detail == "no-file"
    assert "gone.wav" in rig.told(handle, "no_file")[1][2]


@pytest.mark.covers("EN-084")
def test_tones_by_name_and_by_grammar(rig: Rig) -> None:
    peer = rig.peer()
    rig.open(peer, player=player("p", tone("uk.ringing")), formats=[PCMA])
    packets = peer.hear(20)
    assert {p.payload_type for p in packets} == {8}
    assert max(audioop.rms(audioop.alaw2lin(p.payload, 2), 2) for p in packets) > 500


@pytest.mark.covers("EN-057")
def test_what_is_played_silences_what_is_passed_on_until_it_ends(rig: Rig, tmp_path: Path) -> None:
    one = flat(tmp_path / "one.wav", 1000, 60)
    a, b = rig.peer(), rig.peer()
    _, a_port = rig.open(a, group="g")
    rig.open(b, group="g", player=player("p", file(one)))
    assert len(b.hear(1)) == 1
    a.talk(a_port, b"unheard")
    assert b"unheard" not in [p.payload for p in b.hear(2)]
    rig.wait(lambda e: e.kind == "play_ended")
    a.talk(a_port, b"heard")
    assert b.hear()[0].payload == b"heard"


def test_a_paused_player_stands_still(rig: Rig, tmp_path: Path) -> None:
    one = wav(tmp_path / "one.wav", [n * 1000 for n in range(1, 9) for _ in range(160)])
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p", file(one)))
    first = peer.hear(3)
    rig.set(handle, peer, player=player("p", file(one), paused=True))
    first += peer.hear(8, timeout_s=0.1)
    heard = [round(v / 1000) for v in values(first)]
    assert heard == list(range(1, len(first) + 1))
    assert len(first) < 8
    rig.set(handle, peer, player=player("p", file(one)))
    rest = peer.hear(9 - len(first))
    assert rest[0].marker
    # What faded away fades in again; from there on it is as it was.
    assert [round(v / 1000) for v in values(rest)] == [0, *range(len(first) + 1, 9)]


def test_a_player_is_sent_elsewhere_and_made_softer(rig: Rig, tmp_path: Path) -> None:
    one = wav(tmp_path / "one.wav", [n * 100 for n in range(1, 301) for _ in range(160)])
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p", file(one)))
    peer.hear(3)
    rig.set(handle, peer, player=player("p", file(one), seeks=1, position_ms=5000, gain_db=-20))
    heard = values(peer.hear(10))
    assert 2500 < heard[-1] < 2700
    rig.set(handle, peer, player=player("p", file(one), seeks=2, position_ms=60_000, gain_db=-20))
    assert rig.wait(lambda e: e.kind == "play_ended").detail == "completed"


def test_one_that_begins_paused_is_heard_from_where_it_was_sent(rig: Rig, tmp_path: Path) -> None:
    one = wav(tmp_path / "one.wav", [n * 100 for n in range(1, 301) for _ in range(160)])
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p", file(one), paused=True))
    rig.wait(lambda e: e.kind == "play_started")
    rig.set(handle, peer, player=player("p", file(one), paused=True, seeks=1, position_ms=2000))
    assert peer.raw(0.1) == b""
    rig.set(handle, peer, player=player("p", file(one), seeks=1, position_ms=2000))
    assert 9700 < values(peer.hear(1))[0] < 10_300


def test_a_player_taken_over_goes_on_where_it_would_stand(rig: Rig, tmp_path: Path) -> None:
    one = wav(tmp_path / "one.wav", [n * 100 for n in range(1, 101) for _ in range(160)])
    peer = rig.peer()
    rig.open(peer, player=player("p", file(one), elapsed_ms=1000))
    assert 4900 < values(peer.hear(1))[0] < 5700


@pytest.mark.parametrize("ptime_ms", [10, 30, 40, 60])
def test_packets_have_the_asked_duration(rig: Rig, ptime_ms: int) -> None:
    peer = rig.peer()
    rig.open(peer, player=player("p", tone("400:400")), ptime_ms=ptime_ms)
    packets = peer.hear(3)
    assert {len(p.payload) for p in packets} == {8 * ptime_ms}
    assert {packets[n + 1].rtp_ts - packets[n].rtp_ts for n in range(2)} <= {8 * ptime_ms, 8 * ptime_ms - (1 << 32)}


@pytest.mark.covers("EN-063", "EN-075")
def test_closing_while_playing_is_clean(rig: Rig, tmp_path: Path) -> None:
    short = flat(tmp_path / "short.wav", 100, 20)
    peer = rig.peer()
    handle, _ = rig.open(peer, player=player("p", *[file(short)] * 50))
    peer.hear(3)
    closed = rig.close(handle)
    assert closed.text == "requested"
    assert rig.told(handle, "play_ended", "closed") == [
        ("play_ended", "p", "channelclosed"),
        ("closed", "requested", ""),
    ]


@pytest.mark.covers("EN-013")
def test_codec_and_number_change_while_a_tone_plays_on(rig: Rig) -> None:
    peer = rig.peer()
    soup = player("p", tone("400:10000"))
    handle, _ = rig.open(peer, player=soup)
    before = peer.hear(3)
    rig.set(handle, peer, player=soup, formats=[("PCMA", 98, 8000, 1)])
    after = peer.hear(6)
    assert ({p.payload_type for p in before}, after[-1].payload_type) == ({0}, 98)
    assert [p.seq for p in before + after] == [(before[0].seq + n) & 0xFFFF for n in range(9)]
    assert audioop.rms(audioop.alaw2lin(after[-1].payload, 2), 2) > 500
    assert rig.told(handle, "play_ended") == []
