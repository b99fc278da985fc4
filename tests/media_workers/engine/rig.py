"""An engine and peers on loopback: sockets that say exactly what a test wants and keep what they hear."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import rtp_engine

from tests.support.ports import free_block

HOST = "127.0.0.1"
PATIENCE_S = 5.0
PCMU = ("PCMU", 0, 8000, 1)
PCMA = ("PCMA", 8, 8000, 1)
PAIRS = 8


def wait_readable(descriptor: int, timeout_s: float) -> bool:
    """Whether there is something to read in time. Poll, because blocks of ports take descriptors beyond 1,024."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout_s) * 1000))


@dataclass(frozen=True, slots=True)
class Heard:
    """One RTP packet that reached a peer."""

    marker: bool
    payload_type: int
    seq: int
    rtp_ts: int
    ssrc: int
    payload: bytes


def rtp(seq: int, rtp_ts: int, payload: bytes, *, payload_type: int = 0, ssrc: int = 7, marker: bool = False) -> bytes:
    """A plain RTP packet."""
    second = payload_type | (0x80 if marker else 0)
    return struct.pack("!BBHII", 0x80, second, seq & 0xFFFF, rtp_ts & 0xFFFF_FFFF, ssrc) + payload


def parts(compound: bytes) -> list[int]:
    """Packet types of a compound RTCP packet."""
    kinds = []
    while compound:
        kinds.append(compound[1])
        compound = compound[4 + 4 * struct.unpack_from("!H", compound, 2)[0] :]
    return kinds


class Peer:
    """A socket of a phone."""

    def __init__(self, host: str = HOST) -> None:
        self.engine = host if ":" in host else HOST
        """The address of the engine in the family of this one."""
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.address: tuple[str, int] = self.socket.getsockname()[:2]
        self.seq, self.rtp_ts = 1000, 50_000

    def send(self, port: int, datagram: bytes) -> None:
        self.socket.sendto(datagram, (self.engine, port))

    def talk(self, port: int, payload: bytes = b"\x11" * 160, **fields: Any) -> None:
        """The next packet of a stream."""
        self.send(port, rtp(self.seq, self.rtp_ts, payload, **fields))
        self.seq += 1
        self.rtp_ts += 160

    def press(self, port: int, digit: int, *, payload_type: int = 101, packets: int = 3) -> None:
        """One telephone event: bodies, then an end."""
        for step in range(1, packets + 1):
            end = 0x80 if step == packets else 0
            body = struct.pack("!BBH", digit, end | 10, step * 160)
            self.send(port, rtp(self.seq, self.rtp_ts, body, payload_type=payload_type, marker=step == 1))
            self.seq += 1
        self.rtp_ts += 1600

    def raw(self, timeout_s: float = PATIENCE_S) -> bytes:
        """The next datagram, or nothing in time: b''."""
        ready = wait_readable(self.socket.fileno(), timeout_s)
        return self.socket.recv(2048) if ready else b""

    def hear(self, count: int = 1, timeout_s: float = PATIENCE_S) -> list[Heard]:
        """The next packets; fewer when no more come in time."""
        heard: list[Heard] = []
        while len(heard) < count and (data := self.raw(timeout_s)):
            first, second, seq, rtp_ts, ssrc = struct.unpack_from("!BBHII", data)
            assert first == 0x80
            heard.append(Heard(second > 127, second & 127, seq, rtp_ts, ssrc, data[12:]))
        return heard


class Rig:
    """An engine with one block of ports."""

    def __init__(self, threads: int = 1, pairs: int = PAIRS) -> None:
        self.engine = rtp_engine.Engine(threads=threads)
        self.pairs = pairs
        self.first, _ = free_block(2 * pairs)
        self.engine.bind_block(HOST, self.first, pairs)
        self.events: list[rtp_engine.Event] = []
        self.handles = 0
        self.sockets: list[socket.socket] = []

    def peer(self, host: str = HOST) -> Peer:
        peer = Peer(host)
        self.sockets.append(peer.socket)
        return peer

    def open(self, remote: Peer | None = None, **fields: Any) -> tuple[int, int]:
        """A channel; its handle and port."""
        self.handles += 1
        handle, port = self.handles, self.first + 2 * (self.handles - 1)
        self.set(handle, remote, **fields)
        return handle, port

    def set(self, handle: int, remote: Peer | None = None, **fields: Any) -> None:
        """What the channel should be from now on; in force when this returns."""
        address = remote.address if remote is not None else None
        spec = rtp_engine.ChannelSpec(**({"formats": [PCMU], "remote": address} | fields))
        host = remote.engine if remote is not None else HOST
        self.engine.set_channel(handle, host, self.first + 2 * (handle - 1), spec)
        self.stats(handle)

    def stats(self, handle: int) -> rtp_engine.Stats:
        """What is counted now. The command queue is in order: all before it has been done."""
        self.engine.request_stats(handle, 999)
        event = self.wait(lambda e: e.kind == "stats" and e.handle == handle)
        self.events.remove(event)
        assert event.stats is not None
        return event.stats

    def until(self, handle: int, wanted: Callable[[rtp_engine.Stats], bool]) -> rtp_engine.Stats:
        """What is counted once that is so: commands may overtake datagrams that wait in a socket."""
        until = time.monotonic() + PATIENCE_S
        while not wanted(stats := self.stats(handle)):
            assert time.monotonic() < until, (stats.packets_received, stats.drops)
        return stats

    def wait(self, wanted: Callable[[rtp_engine.Event], bool], timeout_s: float = PATIENCE_S) -> rtp_engine.Event:
        """The first event that is wanted, of those that came and those that come in time."""
        until = time.monotonic() + timeout_s
        while True:
            self.take()
            for event in self.events:
                if wanted(event):
                    return event
            left = until - time.monotonic()
            assert left > 0, [(e.kind, e.handle, e.text, e.detail) for e in self.events]
            wait_readable(self.engine.events_fd(), left)

    def digits(self, handle: int, digits: str) -> None:
        """Send digits to the peer."""
        self.engine.send_digits(handle, digits)
        self.engine.flush()

    def take(self) -> None:
        self.engine.flush()
        while events := self.engine.take_events():
            self.events.extend(events)

    def told(self, handle: int, *kinds: str) -> list[tuple[str, str, str]]:
        """Kind, text and detail of what was told of a channel so far."""
        self.take()
        return [(e.kind, e.text, e.detail) for e in self.events if e.handle == handle and e.kind in kinds]

    def close(self, handle: int) -> rtp_engine.Event:
        """End a channel; its last event."""
        self.engine.close_channel(handle, "requested")
        return self.wait(lambda e: e.kind == "closed" and e.handle == handle)


@contextmanager
def engine_rig(threads: int = 1, pairs: int = PAIRS) -> Iterator[Rig]:
    """Leaves no file descriptor behind."""
    before = len(os.listdir("/proc/self/fd"))
    rig = Rig(threads, pairs)
    yield rig
    rig.engine.shutdown()
    until = time.monotonic() + PATIENCE_S
    rig.take()
    while rig.engine.load()[0] and time.monotonic() < until:
        wait_readable(rig.engine.events_fd(), 0.1)  # a recording is finished before its channel is closed
        rig.take()
    assert rig.engine.load()[0] == 0
    rig.engine.release_block(HOST, rig.first, rig.pairs)
    for one in rig.sockets:
        one.close()
    del rig.engine
    until = time.monotonic() + PATIENCE_S
    while len(os.listdir("/proc/self/fd")) > before:  # the thread that loads sounds ends by itself
        assert time.monotonic() < until
        time.sleep(0.01)
