"""Sound that changes its codec on the way: a real phone's, a tone's, and fifty calls' of every pair at once."""

from __future__ import annotations

import audioop
import itertools
import struct
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.media_workers.engine.rig import PATIENCE_S, PCMA, PCMU, Heard, Rig, engine_rig, rtp
from tests.media_workers.engine.talk import level, paced
from tests.media_workers.engine.test_mixing import G722, OPUS
from tests.support.material import material_files
from tests.support.pcap import datagrams
from tests.support.tones import sine

L16 = ("L16", 97, 16000, 1)
CODECS = (PCMU, PCMA, G722, OPUS, L16)
Format = tuple[str, int, int, int]
WINDOW = 400
CAPTURE = material_files("rtp-pcap/440hzinbackgroundg722.pcap")


def samples_in(packets: Sequence[Heard]) -> list[int]:
    """Of PCMU and PCMA."""
    laws = {0: audioop.ulaw2lin, 8: audioop.alaw2lin}
    linear = b"".join(laws[packet.payload_type](packet.payload, 2) for packet in packets)
    return list(struct.unpack(f"<{len(linear) // 2}h", linear))


def power(samples: Sequence[int], hertz: float) -> float:
    """At that frequency, as 50 ms can tell it from others; where the phase jumps between them does not matter."""
    windows = [samples[at : at + WINDOW] for at in range(0, len(samples) - WINDOW + 1, WINDOW)]
    return sum(level(window, hertz) ** 2 / 2 for window in windows) / len(windows)


def share(samples: Sequence[int], hertz: float) -> float:
    """How much of all power is at that frequency."""
    whole = sum(sample * sample for sample in samples) / 32768**2 / len(samples)
    return power(samples, hertz) / whole


def hums(samples: Sequence[int]) -> bool:
    """Whether around 440 Hz there is far more than above and below."""
    return power(samples, 440) > 20 * max(power(samples, hertz) for hertz in (220, 300, 580, 660, 1320))


def said_in(rig: Rig, codec: Format, codes: bytes) -> list[Heard]:
    """Sound as the engine says it in a codec, for which PCMU is its source."""
    talker, listener = rig.peer(), rig.peer()
    handle, port = rig.open(talker, group=f"made {codec}")
    other, _ = rig.open(listener, group=f"made {codec}", formats=[codec])
    packets: list[Heard] = []
    for at in range(0, len(codes), 160):
        talker.talk(port, codes[at : at + 160])
        packets += listener.hear(1)
    rig.close(handle)
    rig.close(other)
    return packets


def as_pcmu(rig: Rig, codec: Format, packets: Sequence[Heard]) -> list[Heard]:
    """What somebody with PCMU hears of packets in a codec."""
    talker, listener = rig.peer(), rig.peer()
    handle, port = rig.open(talker, group=f"read {codec}", formats=[codec])
    other, _ = rig.open(listener, group=f"read {codec}")
    heard: list[Heard] = []
    for packet in packets:
        talker.send(port, rtp(packet.seq, packet.rtp_ts, packet.payload, payload_type=codec[1]))
        heard += listener.hear(1)
    rig.close(handle)
    rig.close(other)
    return heard


@pytest.mark.covers("EN-035", "EN-036")
@pytest.mark.parametrize("path", CAPTURE)
def test_a_real_phones_wideband_reaches_the_other_law(rig: Rig, path: Path) -> None:
    a, b = rig.peer(), rig.peer()
    _, port = rig.open(a, group="g", formats=[G722])
    rig.open(b, group="g", formats=[PCMA])
    heard: list[Heard] = []
    for _, _, payload in datagrams(path):
        a.send(port, payload)
        heard += b.hear(1)
    assert len(heard) == 393
    assert {packet.payload_type for packet in heard} == {8}
    assert hums(samples_in(heard))


@pytest.mark.covers("EN-035", "EN-050")
@pytest.mark.parametrize("path", CAPTURE)
def test_a_real_phones_wideband_reaches_both_others_of_three(rig: Rig, path: Path) -> None:
    peers = [rig.peer() for _ in range(3)]
    ports = [
        rig.open(peer, group="g", formats=[codec])[1] for peer, codec in zip(peers, (G722, PCMU, G722), strict=True)
    ]
    packets = [payload for _, _, payload in datagrams(path)]
    narrow: list[Heard] = []
    wide: list[Heard] = []
    for n in paced(60):
        peers[0].send(ports[0], packets[n])
        narrow += peers[1].hear(1000, timeout_s=0.0)
        wide += peers[2].hear(1000, timeout_s=0.0)
    assert hums(samples_in(narrow))
    assert {packet.payload_type for packet in wide} == {9}
    assert hums(samples_in(as_pcmu(rig, G722, wide)))


@pytest.mark.covers("EN-036", "EN-038", "EN-039", "EN-050")
@pytest.mark.parametrize(("codec", "others"), [(G722, (PCMA, PCMU)), (PCMA, (PCMA, PCMA)), (OPUS, (PCMU, G722))])
def test_a_tone_is_nearly_all_that_is_heard_of_it_behind_a_mix(
    rig: Rig, codec: Format, others: tuple[Format, Format]
) -> None:
    """More than 0.30 of the energy is asked for, 0.35 where nothing but PCMA is spoken."""
    packets = said_in(rig, codec, sine(400, 1.0))
    talker, *listeners = (rig.peer() for _ in range(3))
    _, port = rig.open(talker, group="g", formats=[codec])
    for listener, other in zip(listeners, others, strict=True):
        rig.open(listener, group="g", formats=[other])
    heard: list[list[Heard]] = [[], []]
    for n in paced(50):
        packet = packets[n]
        talker.send(port, rtp(packet.seq, packet.rtp_ts, packet.payload, payload_type=codec[1]))
        for listener, list_ in zip(listeners, heard, strict=True):
            list_ += listener.hear(1000, timeout_s=0.0)
    for other, list_ in zip(others, heard, strict=True):
        plain = as_pcmu(rig, other, list_) if other is G722 else list_
        assert share(samples_in(plain[15:40]), 400) > 0.8


@pytest.mark.covers("EN-036", "EN-037", "EN-048", "EN-049")
def test_fifty_bridges_of_every_pair_of_codecs_at_once_lose_no_packet_either_way() -> None:
    pairs = list(itertools.islice(itertools.cycle(itertools.combinations_with_replacement(CODECS, 2)), 50))
    with engine_rig(pairs=2 * len(pairs) + 2 * len(CODECS)) as rig:
        said = {codec: said_in(rig, codec, sine(400, 1.2)) for codec in CODECS}
        bridges = [Bridge(rig, f"g{n}", a, b) for n, (a, b) in enumerate(pairs)]
        for n in paced(60):
            for bridge in bridges:
                bridge.say(said[bridge.codecs[0]][n])
                bridge.hear()
        until = time.monotonic() + PATIENCE_S
        while any(bridge.received != (60, 60) for bridge in bridges) and time.monotonic() < until:
            for bridge in bridges:
                bridge.hear()
        assert {bridge.received for bridge in bridges} == {(60, 60)}
        for bridge in bridges:
            assert bridge.carried_tone()


class Bridge:
    """Two legs. One talks, the other sends back what it hears."""

    def __init__(self, rig: Rig, group: str, *codecs: Format) -> None:
        self.codecs = codecs
        self.peers = [rig.peer() for _ in codecs]
        self.ports = [
            rig.open(peer, group=group, formats=[codec])[1] for peer, codec in zip(self.peers, codecs, strict=True)
        ]
        self.heard: tuple[list[Heard], list[Heard]] = ([], [])

    @property
    def received(self) -> tuple[int, int]:
        near, far = self.heard
        return len(near), len(far)

    def say(self, packet: Heard) -> None:
        self._send(0, packet)

    def hear(self) -> None:
        """Take what has come, and send back what came to the far end."""
        near, far = self.heard
        near += self.peers[0].hear(1000, timeout_s=0.0)
        for packet in self.peers[1].hear(1000, timeout_s=0.0):
            far.append(packet)
            self._send(1, packet)

    def carried_tone(self) -> bool:
        """Where it can be heard without a decoder."""
        ends = zip(self.codecs, self.heard, strict=True)
        return all(share(samples_in(list_[20:30]), 400) > 0.8 for codec, list_ in ends if codec in (PCMU, PCMA))

    def _send(self, end: int, packet: Heard) -> None:
        datagram = rtp(packet.seq, packet.rtp_ts, packet.payload, payload_type=self.codecs[end][1])
        self.peers[end].send(self.ports[end], datagram)
