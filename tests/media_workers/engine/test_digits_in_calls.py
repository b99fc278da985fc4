"""Digits among the audio of whole calls: how many packets, how far apart, to whom, and how each is told."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.media_workers.engine.rig import PCMA, PCMU, Heard, Rig, rtp
from tests.media_workers.engine.talk import paced, talking
from tests.media_workers.engine.test_digits import EVENTS, digits_of
from tests.media_workers.engine.test_mixing import G722

ILBC = ("iLBC", 97, 8000, 1)
KEYS = "0123456789*#ABCDF"


def events_in(packets: Sequence[Heard], payload_type: int = 101) -> list[Heard]:
    return [packet for packet in packets if packet.payload_type == payload_type]


def keys_in(packets: Sequence[Heard], payload_type: int = 101) -> str:
    return "".join(KEYS[key] for _, key in digits_of(events_in(packets, payload_type)))


def fields(packet: Heard) -> tuple[int, bool, int]:
    """Event, whether it is the end, and duration."""
    event, flags, duration = struct.unpack("!BBH", packet.payload)
    return event, flags >= 0x80, duration


@dataclass(slots=True)
class Press:
    """A key held down for so many packets. Those of these places are lost; who stutters sends every packet twice."""

    key: str
    packets: int = 6
    lost: Sequence[int] = ()
    stutters: bool = False
    pause: int = 3
    """Packets of audio after it."""


def call_of(presses: Sequence[Press], start: int = 3) -> list[tuple[bytes, ...]]:
    """What a phone sends in each 20 ms: audio, and in place of it events, of which the last is sent three times."""
    seq, rtp_ts = 1000, 8000
    ticks: list[tuple[bytes, ...]] = []

    def add(*, payload: bytes, at: int, marker: bool = False, lost: bool = False, copies: int = 1, number: int) -> None:
        nonlocal seq, rtp_ts
        packet = rtp(seq, at, payload, payload_type=number, marker=marker)
        ticks.append(() if lost else (packet,) * copies)
        seq, rtp_ts = seq + 1, rtp_ts + 160

    for _ in range(start):
        add(payload=b"\x11" * 160, at=rtp_ts, number=0)
    for press in presses:
        began = rtp_ts
        for place in range(press.packets + 2):
            steps = min(place + 1, press.packets)
            end = place >= press.packets - 1
            body = struct.pack("!BBH", KEYS.index(press.key), (0x80 if end else 0) | 10, steps * 160)
            copies = 2 if press.stutters else 1
            add(payload=body, at=began, marker=place == 0, lost=place in press.lost, copies=copies, number=101)
        for _ in range(press.pause):
            add(payload=b"\x11" * 160, at=rtp_ts, number=0)
    return ticks


@pytest.mark.covers("EN-041")
def test_digits_among_an_echo_are_fourteen_packets_each_and_200_ms_apart(rig: Rig) -> None:
    peer, other = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True, **EVENTS)
    _, other_port = rig.open(other, echo=True, **EVENTS)
    heard: list[Heard] = []
    elsewhere: list[Heard] = []
    for number in paced(75):
        if number == 5:
            rig.digits(handle, "*9F")
        peer.talk(port)
        other.talk(other_port)
        heard += peer.hear(1000, timeout_s=0.0)
        elsewhere += other.hear(1000, timeout_s=0.0)
    presses = [list(packets) for _, packets in itertools.groupby(events_in(heard), lambda packet: packet.rtp_ts)]
    assert [len(packets) for packets in presses] == [14] * 3
    assert [[fields(packets[place]) for place in (0, 11)] for packets in presses] == [
        [(key, False, 160), (key, True, 1920)] for key in (10, 9, 16)
    ]
    gaps = [b[0].rtp_ts - a[0].rtp_ts - 1920 for a, b in itertools.pairwise(presses)]
    assert all(200 <= gap / 8 <= 260 for gap in gaps), "the two repeats of the end, then 200 ms"
    assert len(elsewhere) >= 74
    assert events_in(elsewhere) == []


@pytest.mark.covers("EN-041")
def test_two_digits_for_a_peer_that_says_nothing_are_28_packets(rig: Rig) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer, echo=True, **EVENTS)
    rig.digits(handle, "#1")
    heard = peer.hear(29, timeout_s=0.4)
    assert len(heard) == 28
    assert keys_in(heard) == "#1"
    assert [packet.marker for packet in heard] == ([True] + [False] * 13) * 2
    assert [b.seq - a.seq & 0xFFFF for a, b in itertools.pairwise(heard)] == [1] * 27
    assert 200 <= (heard[14].rtp_ts - heard[0].rtp_ts - 1920) / 8 <= 260


@pytest.mark.covers("EN-045")
def test_five_digits_for_one_of_three_are_70_packets_and_none_for_the_others(rig: Rig) -> None:
    peers = [rig.peer() for _ in range(3)]
    ports = [rig.open(peer, group="g", **EVENTS)[1] for peer in peers]
    heard: list[list[Heard]] = [[], [], []]
    with talking([(peers[0], ports[0], 400)]):
        rig.digits(1, "*9ABD")
        while len(events_in(heard[0])) < 70:
            heard[0] += (came := peers[0].hear(1))
            assert came
            for peer, list_ in zip(peers[1:], heard[1:], strict=True):
                list_ += peer.hear(1000, timeout_s=0.0)
    assert keys_in(heard[0]) == "*9ABD"
    assert len(events_in(heard[0] + peers[0].hear(15))) == 70
    assert [events_in(list_) for list_ in heard[1:]] == [[], []]
    assert min(len(list_) for list_ in heard[1:]) > 70, "they go on hearing who talks"


@pytest.mark.covers("EN-021", "EN-036", "EN-044")
@pytest.mark.parametrize("number", [101, 127])
def test_digits_cross_from_one_law_to_the_other_among_the_audio(rig: Rig, number: int) -> None:
    a, b = rig.peer(), rig.peer()
    a_handle, a_port = rig.open(a, group="g", event_receive=number, event_send=number)
    b_handle, b_port = rig.open(b, group="g", formats=[PCMA], event_receive=101, event_send=101)
    at_a: list[Heard] = []
    at_b: list[Heard] = []
    for tick in paced(72):
        if tick in (13, 43):
            a.press(a_port, 4 if tick == 13 else 5, payload_type=number)
        a.talk(a_port)
        b.talk(b_port, b"\x55" * 160, payload_type=8)
        at_a += a.hear(1000, timeout_s=0.0)
        at_b += b.hear(1000, timeout_s=0.0)
    assert keys_in(at_b) == "45"
    assert len(events_in(at_b)) == 28
    audio = [packet for packet in at_b if packet.payload_type != 101]
    assert {packet.payload_type for packet in audio} == {8}
    assert {packet.payload_type for packet in at_a} == {0}
    # The case sends 50; ours goes on until both digits have crossed. Where a digit is, there is no audio.
    assert 72 - 28 - 6 <= len(audio) <= 72 - 28 + 6
    assert 70 <= len(at_a) <= 72
    rig.close(a_handle)
    rig.close(b_handle)
    assert [(kind, text) for kind, text, _ in rig.told(a_handle, "digit", "closed")] == [
        ("digit", "4"),
        ("digit", "5"),
        ("closed", "requested"),
    ]
    assert rig.told(b_handle, "digit") == []


@pytest.mark.covers("EN-044")
@pytest.mark.parametrize("third", [ILBC, G722])
def test_both_others_of_three_hear_both_digits_whatever_they_speak(rig: Rig, third: tuple[str, int, int, int]) -> None:
    """Also one whose codec nobody here speaks: it hears no audio of a room, but digits are no audio."""
    peers = [rig.peer() for _ in range(3)]
    ports = [
        rig.open(peer, group="g", formats=[one], **EVENTS)[1]
        for peer, one in zip(peers, (PCMU, PCMA, third), strict=True)
    ]
    heard: list[list[Heard]] = [[], [], []]
    for tick in paced(72):
        if tick in (13, 43):
            peers[0].press(ports[0], 4 if tick == 13 else 5)
        peers[0].talk(ports[0])
        for peer, list_ in zip(peers, heard, strict=True):
            list_ += peer.hear(1000, timeout_s=0.0)
    assert [keys_in(list_) for list_ in heard] == ["", "45", "45"]
    assert [len(events_in(list_)) for list_ in heard] == [0, 28, 28]
    numbers = [{packet.payload_type for packet in list_} - {101} for list_ in heard]
    assert numbers == [{0}, {8}, set() if third is ILBC else {9}]
    assert [text for _, text, _ in rig.told(1, "digit")] == ["4", "5"]
    assert rig.told(2, "digit") + rig.told(3, "digit") == []


@pytest.mark.covers("EN-021", "EN-043", "EN-047")
def test_a_menu_answered_by_a_hasty_caller_on_a_bad_line(rig: Rig) -> None:
    """The eleven presses of a captured call, each with a fault of its own."""
    presses = [
        Press("9"),
        Press("1", lost=[0, 1]),
        Press("9", lost=[5, 6, 7]),
        Press("9", pause=1),
        Press("3", stutters=True),
        Press("3", packets=2, pause=1),
        Press("1", lost=[5, 6, 7], pause=0),
        Press("1", lost=[1, 3, 5]),
        Press("1", packets=25, pause=1),
        Press("1", lost=range(1, 8)),
        Press("2", lost=range(7)),
    ]
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True, **EVENTS)
    ticks = call_of(presses)
    for tick in paced(len(ticks), 0.004):
        for packet in ticks[tick]:
            peer.send(port, packet)
    rig.wait(lambda e: e.kind == "digit" and e.text == "2")
    rig.close(handle)
    assert "".join(text for _, text, _ in rig.told(handle, "digit")) == "91993311112"


@pytest.mark.covers("EN-043", "EN-044", "EN-047")
def test_five_presses_of_one_key_cross_a_bridge_of_two_that_both_talk(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_handle, a_port = rig.open(a, group="g", **EVENTS)
    b_handle, b_port = rig.open(b, group="g", **EVENTS)
    ticks = call_of([Press("2", packets=12, pause=7)] * 5)
    at_a: list[Heard] = []
    for tick in paced(len(ticks)):
        a.talk(a_port)
        for packet in ticks[tick]:
            b.send(b_port, packet)
        at_a += a.hear(1000, timeout_s=0.0)
        b.hear(1000, timeout_s=0.0)
    at_a += a.hear(70 - len(events_in(at_a)))
    at_a += a.hear(1, timeout_s=0.05)
    assert [text for _, text, _ in rig.told(b_handle, "digit")] == ["2"] * 5
    assert rig.told(a_handle, "digit") == []
    assert keys_in(at_a) == "22222"
    assert len(events_in(at_a)) == 70
    rig.close(a_handle)
    rig.close(b_handle)
