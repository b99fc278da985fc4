"""RTCP, statistics, silence, and the end of a channel."""

from __future__ import annotations

import struct
import time

import pytest
import rtp_engine

from tests.media_workers.engine.rig import HOST, PCMU, Rig, parts, rtp


def receiver_report(ours: int, sender: int, *, lost: int, jitter: int) -> bytes:
    return struct.pack("!BBHIIIIIII", 0x81, 201, 7, sender, ours, lost << 24, 5, jitter, 0, 0)


@pytest.mark.covers("EN-018")
def test_the_last_event_carries_what_was_counted(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    for seq in (1, 2, 4, 5, 6, 8):
        peer.send(port, rtp(seq, seq * 160, bytes(160)))
    peer.hear(6)
    closed = rig.close(handle)
    stats = closed.stats
    assert stats is not None
    assert (stats.packets_received, stats.packets_sent, stats.packets_lost) == (6, 6, 2)
    assert (stats.bytes_received, stats.bytes_sent) == (960, 960)
    assert (stats.payload_type_in, stats.payload_type_out, stats.ssrc_in) == (0, 0, 7)
    assert 1.0 <= stats.mos < 4.0, "a quarter of the packets was lost"


@pytest.mark.covers("EN-008")
def test_an_end_says_goodbye_to_the_peer(rig: Rig) -> None:
    peer, control = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True, rtcp=control.address)
    peer.talk(port)
    peer.hear()
    rig.close(handle)
    assert parts(control.raw()) == [200, 202, 207, 203]
    with pytest.raises(KeyError):
        rig.engine.send_digits(handle, "1")


@pytest.mark.covers("EN-008")
def test_a_second_close_is_harmless(rig: Rig) -> None:
    handle, _ = rig.open(rig.peer())
    rig.engine.close_channel(handle, "one")
    rig.engine.close_channel(handle, "two")
    assert rig.wait(lambda e: e.kind == "closed").text == "one"
    with pytest.raises(KeyError):
        rig.engine.close_channel(handle, "three")


def test_what_the_peer_reports_is_known(rig: Rig) -> None:
    peer, control = rig.peer(), rig.peer()
    handle, port = rig.open(peer, echo=True)
    peer.talk(port)
    ours = peer.hear()[0].ssrc
    control.send(port + 1, receiver_report(ours, 7, lost=64, jitter=80))
    stats = rig.until(handle, lambda stats: stats.remote_loss > 0)
    assert (stats.remote_loss, stats.remote_jitter_ms) == (0.25, 10.0)


def test_reports_come_by_themselves_and_on_the_shared_port(rig: Rig) -> None:
    peer = rig.peer()
    _, port = rig.open(peer, echo=True, rtcp_mux=True)
    peer.talk(port)
    peer.hear()
    report = peer.raw(9.0)
    assert parts(report) == [200, 202, 207]
    assert struct.unpack_from("!H", report, 2)[0] == 12, "one block about the peer"
    assert struct.unpack_from("!I", report, 28)[0] == 7


@pytest.mark.covers("EN-009")
def test_silence_is_told_once_and_again_after_as_long(rig: Rig) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, idle_after_s=1)
    peer.talk(port)
    assert rig.wait(lambda e: e.kind == "idle").number == 1
    assert rig.wait(lambda e: e.kind == "idle" and e.number == 2).handle == handle


@pytest.mark.covers("EN-009")
def test_hold_freezes_the_count_of_silence(rig: Rig) -> None:
    peer = rig.peer()
    handle, _ = rig.open(peer, idle_after_s=1, receive=False)
    other, _ = rig.open(rig.peer(), idle_after_s=1)
    rig.wait(lambda e: e.kind == "idle" and e.handle == other)
    assert rig.told(handle, "idle") == []


@pytest.mark.covers("EN-009")
def test_after_a_hold_silence_is_counted_anew(rig: Rig) -> None:
    """The peer may send nothing while it holds us, although we listened all the time."""
    peer = rig.peer()
    handle, _ = rig.open(peer)
    other, _ = rig.open(rig.peer(), idle_after_s=1)
    rig.wait(lambda e: e.kind == "idle" and e.handle == other)
    until = time.monotonic() + 1
    rig.set(handle, peer, idle_after_s=1)
    assert rig.wait(lambda e: e.kind == "idle" and e.handle == handle).number == 1
    assert time.monotonic() >= until


@pytest.mark.covers("EN-001", "EN-002")
def test_shutdown_ends_every_channel(rig: Rig) -> None:
    handles = [rig.open(rig.peer())[0] for _ in range(4)]
    rig.engine.shutdown()
    rig.take()
    closed = [(e.handle, e.text) for e in rig.events if e.kind == "closed"]
    assert sorted(closed) == [(handle, "shutdown") for handle in handles]


def test_ports_are_free_again_after_the_end(rig: Rig) -> None:
    peer = rig.peer()
    for _ in range(50):
        rig.handles = 0
        handle, port = rig.open(peer, echo=True)
        peer.talk(port)
        assert len(peer.hear()) == 1
        rig.close(handle)
        rig.events.clear()
    assert rig.engine.load()[0] == 0


def test_a_released_block_lets_its_channels_end_in_peace(rig: Rig) -> None:
    from tests.media_workers.engine.rig import PAIRS

    peer = rig.peer()
    handle, port = rig.open(peer, echo=True)
    rig.engine.release_block(HOST, rig.first, PAIRS)
    peer.talk(port)
    assert len(peer.hear()) == 1
    rig.close(handle)
    rig.engine.bind_block(HOST, rig.first, PAIRS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"remote": ("pbx.test", 4000)},
        {"allowed_sources": ["10.0.0.0/33"]},
        {"ptime_ms": 15},
        {"dscp": 64},
        {"formats": [("PCMU", 128, 8000, 1)]},
        {"formats": [("PCMU", 0, 0, 1)]},
    ],
)
def test_specs_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {"formats": [PCMU]} | wrong
    with pytest.raises(ValueError):
        rtp_engine.ChannelSpec(**fields)  # type: ignore[arg-type]


def test_the_load_shows_channels_and_busy_threads(rig: Rig) -> None:
    rig.open(rig.peer())
    channels, busy, late_us = rig.engine.load()
    assert (channels, 0 <= busy <= 1, late_us >= 0) == (1, True, True)
