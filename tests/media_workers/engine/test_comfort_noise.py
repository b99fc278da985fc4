"""Comfort noise (RFC 3389), both ways, when the formats have it."""

from __future__ import annotations

import math
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.media_workers.engine.rig import PCMA, PCMU, Heard, Peer, Rig, rtp
from tests.media_workers.engine.talk import paced
from tests.media_workers.engine.test_playing import file, player, wav
from tests.media_workers.engine.test_recording import finished, read, recorder
from tests.support.tones import decode

CN = ("CN", 13, 8000, 1)
SHORTER_S = 0.01
"""Than a packet lasts: what has come by now, of a stream that does not end."""


def speech_and_silence() -> list[int]:
    """Half a second of a tone, 1.2 s of faint hiss, half a second of a tone."""
    tone = [round(8000 * math.sin(2 * math.pi * 400 * n / 8000)) for n in range(4000)]
    hiss = [n * 7919 % 33 - 16 for n in range(9600)]
    return [*tone, *hiss, *tone]


def heard_of(rig: Rig, tmp_path: Path, formats: list[tuple[str, int, int, int]]) -> list[Heard]:
    """What a peer hears of it."""
    peer = rig.peer()
    sound = wav(tmp_path / "said.wav", speech_and_silence())
    rig.open(peer, formats=formats, player=player("p", file(sound)))
    rig.wait(lambda event: event.kind == "play_ended")
    return peer.hear(1000, timeout_s=0.2)


def test_a_silence_is_described_and_not_sent(rig: Rig, tmp_path: Path) -> None:
    packets = heard_of(rig, tmp_path, [PCMU, CN])
    kinds = [packet.payload_type for packet in packets]
    first = kinds.index(13)
    described = [packet for packet in packets if packet.payload_type == 13]
    assert 25 + 12 <= first <= 25 + 20, "the end of the tone, and the tail that no word loses"
    assert 1 <= len(described) <= 4, kinds
    assert all(not packet.marker and 60 <= packet.payload[0] <= 75 for packet in described)
    again = next(index for index in range(first, len(kinds)) if kinds[index] == 0)
    assert packets[again].marker
    assert decode(packets[again].payload) != [0] * 160
    assert len(packets) - again >= 25, "the tone has lost nothing at its beginning"
    assert [b.seq - a.seq & 0xFFFF for a, b in pairwise(packets)] == [1] * (len(packets) - 1)
    played_ms = (packets[again].rtp_ts - packets[0].rtp_ts & 0xFFFF_FFFF) / 8
    assert abs(played_ms - 1700) <= 40, "timestamps follow time"


def test_without_comfort_noise_every_silence_is_sent(rig: Rig, tmp_path: Path) -> None:
    packets = heard_of(rig, tmp_path, [PCMU])
    assert {packet.payload_type for packet in packets} == {0}
    assert len(packets) == 110


@pytest.mark.parametrize("level", [30, 50])
def test_the_peers_silence_sounds_as_it_says(rig: Rig, tmp_path: Path, level: int) -> None:
    peer = rig.peer()
    path = tmp_path / "heard.wav"
    handle, port = rig.open(peer, formats=[PCMU, CN], recorders=[recorder(path, channels=1)])
    peer.send(port, rtp(1, 160, bytes([level]), payload_type=13))
    time.sleep(1.0)  # what is recorded is this time
    rig.set(handle, peer, formats=[PCMU, CN], recorders=[recorder(path, channels=1, finished=True)])
    assert finished(rig) == "finished.requested"
    left, right, _ = read(path)
    samples = [sample for pair in zip(left, right, strict=False) for sample in pair][2400:7200]
    power = sum(sample * sample for sample in samples) / len(samples)
    assert abs(-10 * math.log10(power / 32768**2) - level) < 1.5


def test_comfort_noise_is_no_codec_of_the_statistics(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, formats=[PCMU, CN], echo=True)
    peer.talk(port)
    peer.send(port, rtp(peer.seq, peer.rtp_ts, b"\x32", payload_type=13))
    assert [packet.payload_type for packet in peer.hear(2)] == [0, 13]
    assert rig.until(handle, lambda stats: stats.packets_received == 2).payload_type_in == 0


def silence(rig: Rig, a: Peer, port: int, level: int, seconds: float, payload_type: int = 13) -> None:
    """A peer speaks, then falls silent and says how its silence sounds."""
    for _ in paced(3):
        a.talk(port, b"\x11" * 160)
    a.send(port, rtp(a.seq, a.rtp_ts, bytes([level]), payload_type=payload_type))
    a.seq += 1
    time.sleep(seconds)  # the silence itself
    a.rtp_ts += round(seconds * 8000)


def level_of(samples: list[int]) -> float:
    """Below the overload point, in dB."""
    return -10 * math.log10(max(1.0, sum(sample * sample for sample in samples) / len(samples)) / 32768**2)


def test_a_silence_described_to_a_bridge_is_noise_for_who_takes_no_descriptions(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    _, a_port = rig.open(a, group="g", formats=[PCMU, CN])
    rig.open(b, group="g", formats=[PCMU])
    silence(rig, a, a_port, 40, 1.0)
    heard = b.hear(1000, timeout_s=SHORTER_S)
    assert {packet.payload_type for packet in heard} == {0}
    assert [packet.payload for packet in heard[:3]] == [b"\x11" * 160] * 3, "speech is passed on as it is"
    noise = [sample for packet in heard[20:45] for sample in decode(packet.payload)]
    assert len(noise) == 25 * 160, "the line is not dead"
    assert abs(level_of(noise) - 40) < 2
    for _ in paced(25):
        a.talk(a_port, b"\x11" * 160)
    heard = b.hear(1000, timeout_s=SHORTER_S)
    assert sum(packet.payload == b"\x11" * 160 for packet in heard) >= 15, "and speech is heard again"
    assert [y.seq - x.seq & 0xFFFF for x, y in pairwise(heard)] == [1] * (len(heard) - 1)


def test_who_takes_descriptions_is_sent_them_under_its_own_number(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    _, a_port = rig.open(a, group="g", formats=[PCMU, CN])
    rig.open(b, group="g", formats=[PCMA, ("CN", 118, 8000, 1)])
    silence(rig, a, a_port, 40, 0.1)
    heard = b.hear(1000, timeout_s=0.1)
    assert [packet.payload_type for packet in heard] == [8, 8, 8, 118]
    assert (heard[3].payload, heard[3].rtp_ts - heard[2].rtp_ts & 0xFFFF_FFFF) == (b"\x28", 160)


def test_a_description_of_another_clock_is_no_packet_of_the_stream(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    _, a_port = rig.open(a, group="g", formats=[PCMU, CN])
    rig.open(b, group="g", formats=[("opus", 96, 48_000, 2), CN])
    silence(rig, a, a_port, 40, 0.4)
    heard = b.hear(1000, timeout_s=SHORTER_S)
    assert {packet.payload_type for packet in heard} == {96}
    assert len(heard) >= 15


def test_beside_a_codec_that_is_only_passed_on_a_description_that_nobody_takes_is_dropped(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    secret = ("G729x", 97, 8000, 1)
    _, a_port = rig.open(a, group="g", formats=[secret, CN])
    b_handle, _ = rig.open(b, group="g", formats=[secret])
    a.talk(a_port, b"opaque", payload_type=97)
    a.send(a_port, rtp(a.seq, a.rtp_ts, b"\x28", payload_type=13))
    a.seq += 1
    a.talk(a_port, b"opaque", payload_type=97)
    assert [packet.payload for packet in b.hear(3, timeout_s=0.1)] == [b"opaque", b"opaque"]
    assert rig.until(b_handle, lambda stats: bool(stats.drops)).drops == {"no_codec": 1}
