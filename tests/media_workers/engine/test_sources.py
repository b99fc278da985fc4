"""What does not come from the peer, or is no RTP, changes nothing."""

from __future__ import annotations

import random
import time

import pytest

from tests.media_workers.engine.rig import HOST, Peer, Rig, rtp


@pytest.mark.covers("EN-014")
def test_audio_follows_a_peer_behind_a_nat(rig: Rig) -> None:
    signalled, peer = rig.peer(), rig.peer()
    handle, port = rig.open(signalled, echo=True)
    for _ in range(10):
        peer.talk(port)
    assert len(peer.hear(9)) == 9
    told = rig.wait(lambda e: e.kind == "latched" and e.handle == handle)
    assert (told.text, told.number) == peer.address
    assert signalled.raw(0.02) == b""


def test_without_latch_audio_goes_where_it_was_signalled(rig: Rig) -> None:
    signalled, peer = rig.peer(), rig.peer()
    _, port = rig.open(signalled, echo=True, latch=False)
    peer.talk(port)
    peer.talk(port)
    assert len(signalled.hear(1)) == 1
    assert peer.raw(0.02) == b""


@pytest.mark.covers("EN-014")
def test_a_stranger_beside_a_living_peer_is_neither_heard_nor_sent_to(rig: Rig) -> None:
    peer, stranger = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True)
    peer.talk(port)
    for _ in range(20):
        stranger.talk(port, b"hijack")
    peer.talk(port, b"mine")
    assert [packet.payload for packet in peer.hear(2)][-1] == b"mine"
    assert stranger.raw(0.02) == b""
    rig.until(handle, lambda stats: stats.drops == {"source": 20})


def test_a_connected_socket_lets_a_peer_that_moved_come_back(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    peer.talk(port)
    peer.hear()
    stranger = rig.peer()
    # Within half a second the socket is connected: the kernel keeps the stranger away, and nothing is counted.
    until = time.monotonic() + 5
    while time.monotonic() < until:
        before = rig.stats(handle).packets_dropped
        stranger.talk(port)
        peer.talk(port)
        peer.hear()
        if rig.stats(handle).packets_dropped == before:
            break
    else:
        pytest.fail("never connected")
    moved = rig.peer()
    moved.seq, moved.rtp_ts = peer.seq, peer.rtp_ts
    for _ in range(500):
        moved.talk(port)
        if moved.raw(0.01):
            break
    else:
        pytest.fail("never heard again")


def _latched(rig: Rig) -> tuple[Peer, int, int]:
    """A peer behind a NAT: signalled at one address, heard from another; its handle and port."""
    peer = rig.peer("127.0.0.2")
    handle, port = rig.open(rig.peer(), echo=True)
    peer.talk(port)
    peer.talk(port)
    assert len(peer.hear(1)) == 1
    return peer, handle, port


def _knock(stranger: Peer, port: int, for_s: float, **fields: int) -> bool:
    """Talks for so long; whether it got an answer."""
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        stranger.talk(port, b"hijack", **fields)
        if stranger.raw(0.01):
            return True
    return False


@pytest.mark.covers("EN-014")
@pytest.mark.parametrize(("ssrc", "ahead"), [(666, 1), (7, -1000), (7, 20_000)])
def test_attack_a_stranger_in_a_silence_of_the_peer_is_not_sent_to(rig: Rig, ssrc: int, ahead: int) -> None:
    """Of another stream, replaying the peer's, or guessing where it is."""
    peer, _, port = _latched(rig)
    stranger = rig.peer("127.0.0.3")
    stranger.seq = peer.seq + ahead
    assert not _knock(stranger, port, 1.5, ssrc=ssrc)
    peer.talk(port, b"mine", ssrc=8)  # a new stream of the same source, as after a transfer over there
    assert peer.hear()[0].payload == b"mine"


@pytest.mark.covers("EN-014")
def test_a_peer_whose_nat_changes_is_followed_and_its_old_place_let_in_again(rig: Rig) -> None:
    peer, _, port = _latched(rig)
    moved = rig.peer("127.0.0.4")
    moved.seq, moved.rtp_ts = peer.seq, peer.rtp_ts
    assert _knock(moved, port, 5)
    peer.talk(port, b"mine")
    assert peer.hear()[0].payload == b"mine"


@pytest.mark.covers("EN-014")
def test_attack_a_flood_before_the_peer_speaks_never_shuts_it_out(rig: Rig) -> None:
    """Not even by the socket being connected to the stranger."""
    peer, stranger = rig.peer(), rig.peer("127.0.0.3")
    _, port = rig.open(peer, echo=True)
    for _ in range(100):
        stranger.talk(port, b"hijack")
        stranger.raw(0.01)
    until = time.monotonic() + 0.6  # two sweeps, in which a socket would be connected
    while time.monotonic() < until:
        stranger.talk(port, b"hijack")
        stranger.raw(0.01)
    peer.talk(port, b"mine", ssrc=8)
    assert peer.hear()[0].payload == b"mine"


def test_garbage_is_counted_and_harms_nothing(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    chance = random.Random(4711)
    for _ in range(20):
        for size in (0, 1, 11, 12, 13, 100, 1400):
            peer.send(port, chance.randbytes(size))
        rig.stats(handle)  # no faster than they are taken: what the kernel drops is not our subject
    peer.send(port, b"\x80" * 1600)
    peer.send(port, rtp(1, 1, b"x", payload_type=77))
    peer.send(port, b"\x16\xfe\xfd" + bytes(30))
    peer.send(port, b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12))
    peer.talk(port, b"still here", ssrc=1)
    assert peer.hear(1)[0].payload == b"still here"
    drops = rig.until(handle, lambda stats: "oversize" in stats.drops and stats.drops["unexpected"] >= 2).drops
    assert drops["oversize"] == 1
    assert drops["payload_type"] >= 1


@pytest.mark.covers("EN-031", "EN-032")
def test_a_large_packet_and_a_foreign_format_at_the_start_pass_by(rig: Rig) -> None:
    peer = rig.peer()
    _, port = rig.open(peer, echo=True)
    peer.talk(port, payload_type=3)
    peer.talk(port, payload_type=3)
    for size in (160, 1188, 160):
        peer.talk(port, bytes(size))
    assert [len(packet.payload) for packet in peer.hear(3)] == [160, 1188, 160]


def test_what_came_before_the_channel_opened_is_thrown_away(rig: Rig) -> None:
    peer = rig.peer()
    for seq in range(20):
        peer.send(rig.first, rtp(seq, seq, b"early"))
    handle, port = rig.open(peer, echo=True)
    peer.talk(port, b"now")
    assert peer.hear()[0].payload == b"now"
    rig.until(handle, lambda stats: stats.packets_received == 1)


def test_nothing_is_sent_or_heard_before_the_peer_is_known(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(None, echo=True)
    peer.talk(port)
    assert peer.raw(0.05) == b""
    rig.set(handle, peer, echo=True)
    peer.talk(port)
    assert len(peer.hear()) == 1


@pytest.mark.covers("EN-013")
def test_a_new_address_in_mid_call_is_followed_at_once(rig: Rig) -> None:
    peer, other = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True)
    peer.talk(port)
    peer.hear()
    rig.set(handle, other, echo=True)
    other.seq, other.rtp_ts = peer.seq, peer.rtp_ts
    other.talk(port)
    assert len(other.hear()) == 1


def test_ipv6(rig: Rig) -> None:
    import socket

    import rtp_engine

    from tests.support.ports import free_block

    port, _ = free_block(2)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        peer.bind(("::1", 0))
        peer.settimeout(5)
        spec = rtp_engine.ChannelSpec(formats=[("PCMU", 0, 8000, 1)], remote=("::1", peer.getsockname()[1]), echo=True)
        rig.engine.set_channel(77, "::1", port, spec)
        rig.stats(77)
        peer.sendto(rtp(1, 1, b"six"), ("::1", port))
        assert peer.recv(100)[12:] == b"six"
    rig.close(77)


def test_a_port_in_use_is_refused(rig: Rig) -> None:
    import rtp_engine

    _, port = rig.open(rig.peer())
    spec = rtp_engine.ChannelSpec(formats=[("PCMU", 0, 8000, 1)])
    with pytest.raises(OSError, match="in use"):
        rig.engine.set_channel(50, HOST, port, spec)
    with pytest.raises(OSError):
        rig.engine.set_channel(50, HOST, port + 1, spec)
