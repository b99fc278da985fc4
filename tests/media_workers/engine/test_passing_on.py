"""Packets that are passed on as they arrive: echo, two-party relay, translation of numbers and laws."""

from __future__ import annotations

import audioop  # the standard library's G.711, as a second opinion
import random

import pytest

from tests.media_workers.engine.rig import PCMA, PCMU, Peer, Rig, rtp
from tests.media_workers.engine.talk import paced


@pytest.mark.covers("EN-005", "EN-016")
def test_echo_gives_back_every_packet_under_our_own_numbers(rig: Rig) -> None:
    peer = rig.peer()
    _, port = rig.open(peer, echo=True)
    for _ in range(50):
        peer.talk(port, random.randbytes(160))
    heard = peer.hear(50)
    assert len(heard) == 50
    assert {packet.ssrc for packet in heard} != {7}
    assert [packet.seq for packet in heard] == [(heard[0].seq + n) & 0xFFFF for n in range(50)]
    assert [(p.rtp_ts - heard[0].rtp_ts) & 0xFFFF_FFFF for p in heard] == [160 * n for n in range(50)]
    assert [packet.marker for packet in heard] == [True] + [False] * 49


@pytest.mark.covers("EN-017")
def test_start_numbers_are_random(rig: Rig) -> None:
    seen = set()
    for _ in range(4):
        peer = rig.peer()
        _, port = rig.open(peer, echo=True)
        peer.talk(port)
        seen.add((peer.hear()[0].seq, peer.seq))
    assert len(seen) == 4


@pytest.mark.covers("EN-025", "EN-027", "EN-028", "EN-029")
def test_loss_disorder_wrap_and_a_new_ssrc_pass_through(rig: Rig) -> None:
    peer = rig.peer()
    _, port = rig.open(peer, echo=True)
    sent = [65530, 65531, 65533, 65532, 65535, 2, 3]
    for seq in sent:
        peer.send(port, rtp(seq, seq * 160, seq.to_bytes(2, "big")))
    heard = peer.hear(len(sent))
    first = heard[0].seq
    assert [(packet.seq - first) & 0xFFFF for packet in heard] == [(seq - 65530) & 0xFFFF for seq in sent]
    peer.send(port, rtp(9, 100, b"new", ssrc=99))
    assert peer.hear()[0].seq == (first + 10) & 0xFFFF


@pytest.mark.covers("EN-026")
def test_duplicates_are_not_passed_on_and_are_counted(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    for seq in (1, 1, 2, 2, 3):
        peer.send(port, rtp(seq, seq * 160, b"x"))
    assert len(peer.hear(4, timeout_s=0.2)) == 3
    rig.until(handle, lambda stats: (stats.packets_received, stats.packets_duplicate) == (3, 2))


def bridge(rig: Rig, a: Peer, b: Peer, *, a_format: object = PCMU, b_format: object = PCMU) -> tuple[int, int]:
    _, a_port = rig.open(a, group="g", formats=[a_format])
    _, b_port = rig.open(b, group="g", formats=[b_format])
    return a_port, b_port


@pytest.mark.covers("EN-048", "EN-049", "EN-037")
def test_two_in_a_group_hear_each_other(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_port, b_port = bridge(rig, a, b)
    a.talk(a_port, b"from a")
    b.talk(b_port, b"from b")
    assert (b.hear()[0].payload, a.hear()[0].payload) == (b"from a", b"from b")


@pytest.mark.covers("EN-013", "EN-037")
def test_payload_types_are_translated_and_unknown_codecs_pass_untouched(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_port, _ = bridge(rig, a, b, a_format=("G729x", 97, 8000, 1), b_format=("g729X", 112, 8000, 1))
    a.talk(a_port, b"opaque", payload_type=97)
    heard = b.hear()[0]
    assert (heard.payload_type, heard.payload) == (112, b"opaque")


@pytest.mark.covers("EN-036")
def test_one_law_becomes_the_other(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_port, b_port = bridge(rig, a, b, a_format=PCMU, b_format=PCMA)
    every = bytes(range(256))
    a.talk(a_port, every)
    heard = b.hear()[0]
    assert heard.payload_type == 8
    assert heard.payload == audioop.lin2alaw(audioop.ulaw2lin(every, 2), 2)
    b.talk(b_port, every, payload_type=8)
    heard = a.hear()[0]
    assert heard.payload_type == 0
    assert heard.payload == audioop.lin2ulaw(audioop.alaw2lin(every, 2), 2)


@pytest.mark.covers("EN-036")
def test_a_packet_that_is_too_long_for_the_other_codec_is_said_anew_in_shorter_ones(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_port, _ = bridge(rig, a, b, b_format=("L16", 97, 16_000, 1))
    for _ in paced(20, 0.06):
        a.talk(a_port, b"\x11" * 480)
        a.rtp_ts += 320
    heard = b.hear(1000, timeout_s=0.01)  # shorter than a packet: the stream does not end
    assert {(packet.payload_type, len(packet.payload)) for packet in heard} == {(97, 640)}
    assert len(heard) >= 45, "nothing is lost but the delay at the beginning"


def test_header_extension_csrcs_and_padding_are_not_passed_on(rig: Rig) -> None:
    peer = rig.peer()
    _, port = rig.open(peer, echo=True)
    plain = rtp(1, 160, b"")
    csrcs, extension = b"\0\0\0\1", b"\xbe\xde\0\1abcd"
    peer.send(port, bytes([0x80 | 0x20 | 0x10 | 1]) + plain[1:] + csrcs + extension + b"voice" + b"\0\0\3")
    assert peer.hear()[0].payload == b"voice"


@pytest.mark.covers("EN-053", "EN-054")
def test_who_leaves_a_group_is_not_heard_and_who_stays_hears_the_next(rig: Rig) -> None:
    a, b, c = rig.peer(), rig.peer(), rig.peer()
    a_handle, a_port = rig.open(a, group="g")
    b_handle, b_port = rig.open(b, group="g")
    a.talk(a_port, b"1")
    assert b.hear()[0].payload == b"1"
    rig.set(b_handle, b)
    a.talk(a_port, b"2")
    b.talk(b_port, b"2")
    rig.until(a_handle, lambda stats: stats.packets_received == 2)
    _, c_port = rig.open(c, group="g")
    a.talk(a_port, b"3")
    c.talk(c_port, b"4")
    assert (c.hear()[0].payload, a.hear()[0].payload) == (b"3", b"4")
    assert b.raw(0.05) == b""
    rig.close(a_handle)
    c.talk(c_port, b"5")
    rig.until(3, lambda stats: stats.packets_received == 2)


@pytest.mark.covers("EN-015")
def test_directions_mean_the_same_alone_and_in_a_group(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_port, b_port = bridge(rig, a, b)
    rig.set(1, a, group="g", send=False)
    a.talk(a_port, b"a is heard")
    b.talk(b_port, b"a must not hear")
    assert b.hear()[0].payload == b"a is heard"
    assert a.raw(0.05) == b""
    rig.set(1, a, group="g", receive=False)
    a.talk(a_port, b"a is not heard")
    b.talk(b_port, b"a hears")
    assert a.hear()[0].payload == b"a hears"
    assert b.raw(0.05) == b""
    rig.until(1, lambda stats: stats.drops == {"not_receiving": 1})


def test_muted_and_deaf_members(rig: Rig) -> None:
    a, b = rig.peer(), rig.peer()
    a_port, b_port = bridge(rig, a, b)
    rig.set(1, a, group="g", muted=True)
    a.talk(a_port, b"muted")
    b.talk(b_port, b"heard")
    assert a.hear()[0].payload == b"heard"
    rig.set(1, a, group="g", deaf=True)
    a.talk(a_port, b"again")
    b.talk(b_port, b"unheard")
    assert b.hear()[0].payload == b"again"
    assert a.raw(0.05) == b""


def test_groups_bring_channels_of_two_threads_together(rig2: Rig) -> None:
    peers = [rig2.peer() for _ in range(8)]
    opened = [rig2.open(peer, echo=True) for peer in peers]
    for index, (peer, (handle, port)) in enumerate(zip(peers, opened, strict=True)):
        peer.talk(port, b"echo")
        assert peer.hear()[0].payload == b"echo"
        rig2.set(handle, peer, group=f"g{index % 4}")
    for one in range(4):
        peers[one].talk(opened[one][1], b"one")
        peers[one + 4].talk(opened[one + 4][1], b"other")
        assert peers[one].hear()[0].payload == b"other"
        assert peers[one + 4].hear()[0].payload == b"one"
    stats = rig2.close(opened[0][0]).stats
    assert stats is not None
    assert stats.packets_received == 2, "counters move with the channel"
