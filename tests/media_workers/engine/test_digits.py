"""Telephone events (RFC 4733): heard, sent, and carried across a bridge."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import pytest
import rtp_engine

from tests.media_workers.engine.rig import Heard, Rig, rtp
from tests.media_workers.engine.talk import level
from tests.support.tones import decode

EVENTS = {"event_receive": 101, "event_send": 101}


def digits_of(packets: list[Heard]) -> list[tuple[int, int]]:
    """(payload type, event) of each press, by timestamp."""
    return list({p.rtp_ts: (p.payload_type, p.payload[0]) for p in packets if len(p.payload) == 4}.values())


@pytest.mark.covers("EN-021", "EN-043")
def test_each_press_is_one_event(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, **EVENTS)
    for digit in (1, 1, 11, 15):
        peer.talk(port)
        peer.press(port, digit)
    rig.wait(lambda e: e.kind == "digit" and e.text == "D")
    assert [text for _, text, _ in rig.told(handle, "digit")] == ["1", "1", "#", "D"]


def test_digits_under_a_number_that_was_not_negotiated_are_nothing(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, event_receive=96)
    peer.press(port, 5, payload_type=101)
    peer.press(port, 6, payload_type=96)
    rig.wait(lambda e: e.kind == "digit")
    assert [text for _, text, _ in rig.told(handle, "digit")] == ["6"]


@pytest.mark.covers("EN-041", "EN-042")
def test_a_digit_is_fourteen_packets_with_one_timestamp(rig: Rig) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer, event_send=97)
    rig.digits(handle, "#")
    packets = peer.hear(15, timeout_s=0.3)
    assert len(packets) == 14
    assert {(p.payload_type, p.rtp_ts, p.payload[0]) for p in packets} == {(97, packets[0].rtp_ts, 11)}
    assert [p.marker for p in packets] == [True] + [False] * 13
    assert [p.payload[1] for p in packets] == [13] * 11 + [0x80 | 13] * 3
    durations = [struct.unpack("!H", p.payload[2:])[0] for p in packets]
    assert durations == [160 * n for n in range(1, 13)] + [1920, 1920]
    assert [p.seq for p in packets] == [(packets[0].seq + n) & 0xFFFF for n in range(14)]


def test_a_peer_without_events_hears_the_tones(rig: Rig) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer)
    rig.digits(handle, "5")
    packets = peer.hear(11, timeout_s=0.2)
    assert {p.payload_type for p in packets} == {0}
    assert len(packets) == 10
    samples = decode(b"".join(p.payload for p in packets[:5]))
    assert min(level(samples, 770), level(samples, 1336)) > 0.05 > level(samples, 941)
    assert rig.told(handle, "play_started", "play_ended") == []


@pytest.mark.covers("EN-044")
def test_a_press_crosses_a_bridge_under_the_other_legs_number(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_handle, a_port = rig.open(a, group="g", event_receive=101, event_send=101)
    rig.open(b, group="g", event_receive=96, event_send=96)
    a.talk(a_port)
    a.press(a_port, 7)
    packets = b.hear(15)
    assert [p.payload_type for p in packets] == [0] + [96] * 14
    assert digits_of(packets[1:]) == [(96, 7)]
    assert [text for _, text, _ in rig.told(a_handle, "digit")] == ["7"]


def test_who_is_heard_by_some_presses_for_them_alone(rig: Rig) -> None:
    peers = {name: rig.peer() for name in ("agent", "customer", "coach")}
    ports = {
        name: rig.open(peer, group="g", name=name, heard_by=["agent"] if name == "coach" else None, **EVENTS)[1]
        for name, peer in peers.items()
    }
    peers["coach"].press(ports["coach"], 7)
    heard = peers["agent"].hear()
    while heard[-1].payload[1] != 0x8D or len(heard[-1].payload) != 4:  # until it ends
        heard += peers["agent"].hear()
    assert digits_of(heard) == [(101, 7)]
    # Shorter than a packet: what has come by now, of a room that does not end.
    assert [digits_of(peers[name].hear(1000, timeout_s=0.01)) for name in ("customer", "coach")] == [[], []]


def test_raw_events_never_reach_a_leg_that_has_not_negotiated_them(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    _, a_port = rig.open(a, group="g", **EVENTS)
    rig.open(b, group="g")
    a.press(a_port, 7)
    a.talk(a_port, b"voice")
    heard = b.hear(20, timeout_s=0.3)
    assert {p.payload_type for p in heard} == {0}
    samples = decode(b"".join(p.payload for p in heard if p.payload != b"voice")[:800])
    assert min(level(samples, 852), level(samples, 1209)) > 0.05 > level(samples, 941)  # it hears the tones


@pytest.mark.covers("EN-044")
def test_in_a_room_tones_are_for_who_takes_no_events_and_hears_who_pressed(rig: Rig) -> None:
    """A and B have events, C and D none; D must not hear A."""
    peers = [rig.peer() for _ in range(4)]
    fields: list[dict[str, Any]] = [{"name": "a", "heard_by": ["b", "c"]} | EVENTS, {"name": "b"} | EVENTS]
    fields += [{"name": "c"}, {"name": "d"}]
    ports = [rig.open(peer, group="g", **one)[1] for peer, one in zip(peers, fields, strict=True)]
    peers[0].press(ports[0], 7)
    rig.wait(lambda e: e.kind == "digit")
    b, c, d = (peer.hear(20, timeout_s=0.5) for peer in peers[1:])
    assert digits_of([p for p in b if p.payload_type == 101]) == [(101, 7)]
    loudness = []
    for heard in (b, c, d):
        samples = decode(b"".join(p.payload for p in heard if p.payload_type == 0))
        loudness.append(max(level(samples[at : at + 400], 852) for at in range(0, len(samples), 400)))
    assert loudness[1] > 0.05 > max(loudness[0], loudness[2])


def test_several_digits_for_a_peer_without_events_come_one_after_the_other(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    _, a_port = rig.open(a, group="g", **EVENTS)
    rig.open(b, group="g")
    for digit in (1, 2, 3):
        a.press(a_port, digit)
    frames = [decode(packet.payload) for packet in b.hear(30)]
    columns = [next((hertz for hertz in (1209, 1336, 1477) if level(frame, hertz) > 0.05), 0) for frame in frames]
    assert [hertz for hertz, _ in itertools.groupby(columns) if hertz] == [1209, 1336, 1477]


@pytest.mark.covers("EN-021")
def test_how_long_a_key_was_held_down_is_told_when_it_is_let_go(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, **EVENTS)
    peer.press(port, 5, packets=14)
    ended = rig.wait(lambda e: e.kind == "digit_ended")
    assert (ended.text, ended.number, ended.duration_ms) == ("5", 0, 280)
    body = struct.pack("!BBH", 6, 10, 800)
    peer.send(port, rtp(peer.seq, peer.rtp_ts, body, payload_type=101, marker=True))  # its end is lost
    ended = rig.wait(lambda e: e.kind == "digit_ended" and e.text == "6")
    assert ended.duration_ms == 100
    assert [kind for kind, _, _ in rig.told(handle, "digit", "digit_ended")] == ["digit", "digit_ended"] * 2


@pytest.mark.covers("EN-045")
def test_our_own_digits_go_to_one_leg_alone(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_handle, _ = rig.open(a, group="g", **EVENTS)
    rig.open(b, group="g", **EVENTS)
    rig.digits(a_handle, "9")
    assert len(a.hear(14)) == 14
    assert b.raw(0.02) == b""


def test_audio_around_a_digit_keeps_one_stream(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    _, a_port = rig.open(a, group="g", **EVENTS)
    b_handle, _ = rig.open(b, group="g", **EVENTS)
    a.talk(a_port, b"before")
    heard = b.hear(1)
    rig.digits(b_handle, "5")
    heard += b.hear(14)
    a.talk(a_port, b"after")
    heard += b.hear(1)
    assert [p.seq for p in heard] == [(heard[0].seq + n) & 0xFFFF for n in range(16)]
    assert len({p.ssrc for p in heard}) == 1
    assert heard[-1].payload == b"after"


def test_event_packets_cut_short_are_nothing(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, **EVENTS)
    for body in (b"", b"\5", b"\5\x8a\0"):
        peer.send(port, rtp(peer.seq, 1, body, payload_type=101))
        peer.seq += 1
    rig.until(handle, lambda stats: stats.packets_received == 3)
    assert rig.told(handle, "digit") == []


@pytest.mark.covers("EN-033")
def test_digits_do_not_hold_up_the_audio_around_them(rig: Rig) -> None:
    peer = rig.peer()
    _, port = rig.open(peer, echo=True, **EVENTS)
    for n in range(5):
        peer.talk(port, bytes([n]) * 160)
        peer.press(port, n, packets=14)
    assert [p.payload[0] for p in peer.hear(5) if p.payload_type == 0] == [0, 1, 2, 3, 4]


@pytest.mark.covers("EN-012")
def test_digits_go_before_a_prompt_and_a_prompt_before_an_echo(rig: Rig) -> None:
    prompt = rtp_engine.PlayerSpec("p", [(True, "400:10000", 0, 0, 0, 0)])
    peer = rig.peer()
    handle, port = rig.open(peer, player=prompt, echo=True, **EVENTS)
    peer.hear(2)
    rig.digits(handle, "5")
    sent = peer.hear(25)
    kinds = [p.payload_type for p in sent]
    first = kinds.index(101)
    assert kinds[first : first + 15] == [101] * 14 + [0]
    peer.talk(port, b"echo")
    assert b"echo" not in [p.payload for p in peer.hear(5)]
    rig.set(handle, peer, echo=True, **EVENTS)
    rig.wait(lambda e: e.kind == "play_ended")
    peer.hear(5, timeout_s=0.1)
    peer.talk(port, b"echo")
    assert peer.hear()[0].payload == b"echo"
