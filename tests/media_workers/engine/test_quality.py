"""How a channel is heard: statistics by the E-model, and extended reports (RFC 3611) both ways."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from tests.media_workers.engine.rig import Peer, Rig, rtp
from tests.media_workers.engine.test_recording import recorder
from tests.media_workers.engine.test_reports import parts

XR = 207
VOIP_METRICS = 7


def blocks(compound: bytes) -> dict[int, bytes]:
    """The blocks of the extended report, by type."""
    found = {}
    while compound:
        size = 4 + 4 * struct.unpack_from("!H", compound, 2)[0]
        if compound[1] == XR:
            body = compound[8:size]
            while body:
                length = 4 + 4 * struct.unpack_from("!H", body, 2)[0]
                found[body[0]], body = body[4:length], body[length:]
        compound = compound[size:]
    return found


def extended(sender: int, *content: bytes) -> bytes:
    """A receiver report without blocks, and an extended one."""
    body = b"".join(content)
    return (
        struct.pack("!BBHI", 0x80, 201, 1, sender) + struct.pack("!BBHI", 0x80, XR, 1 + len(body) // 4, sender) + body
    )


def talk_with_losses(peer: Peer, port: int) -> None:
    """Two seconds, every twentieth packet lost."""
    due = time.monotonic()
    for number in range(100):
        if number % 20 != 10:
            peer.send(port, rtp(number, number * 160, b"\x11" * 160))
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))


def test_what_is_decoded_is_judged_by_what_the_jitter_buffer_did(rig: Rig, tmp_path: Path) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, recorders=[recorder(tmp_path / "heard.wav")])
    talk_with_losses(peer, port)
    stats = rig.close(handle).stats
    assert stats is not None
    assert stats.packets_lost == 5
    assert 0.04 <= stats.concealed <= 0.08
    assert 10 <= stats.buffer_ms <= 120
    assert 3.5 < stats.mos < 4.2
    assert 70 < stats.rating < 90


def test_what_a_recording_heard_badly_is_known_when_it_has_ended(rig: Rig, tmp_path: Path) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, recorders=[recorder(tmp_path / "heard.wav")])
    talk_with_losses(peer, port)
    during = rig.stats(handle)
    rig.set(handle, peer)
    stats = rig.close(handle).stats
    assert stats is not None
    assert stats.packets_lost == 5
    assert stats.concealed_ms >= during.concealed_ms >= 80
    assert stats.buffer_ms == pytest.approx(during.buffer_ms, abs=5)
    assert 3.5 < stats.mos < 4.2


def test_who_is_heard_too_late_is_discarded_and_concealed(rig: Rig, tmp_path: Path) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, recorders=[recorder(tmp_path / "heard.wav")])
    talk_with_losses(peer, port)
    for number in (70, 90):
        peer.send(port, rtp(number, number * 160, b"\x11" * 160))
    stats = rig.until(handle, lambda stats: stats.packets_received == 97)
    assert (stats.packets_lost, stats.packets_discarded) == (3, 2)
    assert stats.concealed_ms >= 80
    assert (stats.burst_density, stats.burst_ms) == (0, 0)
    assert 0.03 < stats.gap_density < 0.07
    assert stats.mos < stats.mos_listening < 4.3


def test_a_channel_that_heard_nothing_has_no_quality(rig: Rig) -> None:
    handle, _ = rig.open(rig.peer())
    stats = rig.stats(handle)
    assert (stats.mos, stats.rating, stats.buffer_ms, stats.remote_mos) == (0, 0, 0, 0)


def test_the_peer_is_told_how_it_was_heard(rig: Rig) -> None:
    peer, control = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True, rtcp=control.address)
    for seq in (*range(1, 40), *range(42, 60), *range(61, 80)):
        peer.send(port, rtp(seq, seq * 160, bytes(160)))
    rig.until(handle, lambda stats: stats.packets_received == 76)
    rig.close(handle)
    farewell = control.raw()
    assert parts(farewell) == [200, 202, XR, 203]
    metrics = blocks(farewell)[VOIP_METRICS]
    assert struct.unpack_from("!I", metrics)[0] == 7
    assert metrics[4] == 256 * 3 // 79, "three of 79 never came"
    assert metrics[6] == 255, "a burst of two, all lost"
    assert metrics[19] == 16
    assert 60 < metrics[20] < 93
    assert 30 < metrics[23] <= metrics[22] < 45


def test_the_peers_extended_report_is_read(rig: Rig) -> None:
    peer, control = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True)
    peer.talk(port)
    ours = peer.hear()[0].ssrc
    metrics = struct.pack("!BBHI", VOIP_METRICS, 0, 8, ours) + bytes(16) + bytes([80, 127, 38, 37]) + bytes(8)
    control.send(port + 1, extended(7, metrics))
    assert rig.until(handle, lambda stats: stats.remote_mos > 0).remote_mos == 3.8


def test_who_asks_by_a_reference_time_is_answered(rig: Rig) -> None:
    peer, control = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True, rtcp=control.address)
    peer.talk(port)
    peer.hear()
    control.send(port + 1, extended(7, struct.pack("!BBHII", 4, 0, 2, 0x0001_2345, 0x6789_0000)))
    time.sleep(0.2)
    rig.close(handle)
    answer = blocks(control.raw())[5]
    ssrc, last, delay = struct.unpack("!III", answer)
    assert (ssrc, last) == (7, 0x2345_6789)
    assert 0.15 < delay / 65536 < 2


def test_who_only_listens_asks_for_the_round_trip_itself(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, rtcp_mux=True)
    peer.talk(port)
    report = peer.raw(9.0)
    assert parts(report) == [201, 202, XR]
    high, low = struct.unpack("!II", blocks(report)[4])
    ours = struct.unpack_from("!I", report, 4)[0]
    middle = (high << 16 | low >> 16) & 0xFFFF_FFFF
    peer.send(port, extended(7, struct.pack("!BBHIII", 5, 0, 3, ours, middle, 0)))
    stats = rig.until(handle, lambda stats: stats.round_trip_ms > 0)
    assert stats.round_trip_ms < 1000
