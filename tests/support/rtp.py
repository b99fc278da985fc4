"""One end of an RTP session on loopback: sends what it is given every 20 ms, keeps what comes."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.tones import FRAME, decode

_SILENCE = b"\xff" * FRAME


@dataclass(frozen=True, slots=True)
class Packet:
    """What the header of a received packet says, and its payload."""

    payload_type: int
    marker: bool
    seq: int
    rtp_ts: int
    ssrc: int
    payload: bytes
    source: tuple[str, int]
    dscp: int
    """How it was marked for the network (RFC 2474)."""


class RtpEnd:
    """PCMU both ways. ``say`` sets what is sent; silence fills the rest, so that the far end always has packets."""

    def __init__(self, address: str = "127.0.0.1", event_payload_type: int = 101) -> None:
        self.event_payload_type = event_payload_type
        self.packets: list[Packet] = []
        self.remote: tuple[str, int] | None = None
        self.paused = False
        self.lost: Callable[[int], bool] = lambda number: False
        """Whether the network loses the packet of that number."""
        self.late_s: Callable[[int], float] = lambda number: 0.0
        """How long the network holds it up."""
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        if ":" in address:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        self._socket.setblocking(False)
        self._socket.bind((address, 0))
        self.port: int = self._socket.getsockname()[1]
        self._audio = b""
        self._sent = 0
        self._seq = random.randrange(1 << 15)
        self._rtp_ts = random.randrange(1 << 31)
        self._ssrc = random.randrange(1 << 32)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)
        self._pacer = self._loop.create_task(self._pace())

    async def close(self) -> None:
        """Stop sending and free the port."""
        self._pacer.cancel()
        await asyncio.gather(self._pacer, return_exceptions=True)
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def say(self, codes: bytes) -> None:
        """Send these PCMU codes, once, from the next frame on."""
        self._audio = codes

    async def press(self, digits: str, duration_ms: int = 80) -> None:
        """Telephone events of RFC 4733: a packet each 20 ms, the last three times."""
        for digit in digits:
            event = "0123456789*#ABCD".index(digit)
            start = self._rtp_ts
            steps = duration_ms // 20
            for step in [*range(1, steps + 1), steps, steps]:
                end = step == steps
                body = struct.pack("!BBH", event, (0x80 if end else 0) | 10, step * FRAME)
                self._send(self.event_payload_type, body, marker=step == 1, rtp_ts=start)
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.06)

    def heard(self) -> list[int]:
        """Samples received as PCMU, in order of arrival."""
        return decode(b"".join(packet.payload for packet in self.packets if packet.payload_type == 0))

    def events(self) -> str:
        """Digits received as telephone events, one per time stamp."""
        seen: dict[tuple[int, int], str] = {}
        for packet in self.packets:
            if packet.payload_type == self.event_payload_type:
                seen.setdefault((packet.ssrc, packet.rtp_ts), "0123456789*#ABCD"[packet.payload[0]])
        return "".join(seen.values())

    async def listen(self, duration_s: float) -> list[int]:
        """What is heard from now on, for so long."""
        self.packets.clear()
        await asyncio.sleep(duration_s)
        return self.heard()

    async def _pace(self) -> None:
        due = self._loop.time()
        while True:
            if self.remote and not self.paused:
                frame, self._audio = self._audio[:FRAME], self._audio[FRAME:]
                self._send(0, frame.ljust(FRAME, b"\xff") if frame else _SILENCE, rtp_ts=self._rtp_ts)
            self._rtp_ts = (self._rtp_ts + FRAME) & 0xFFFF_FFFF
            due += 0.02
            await asyncio.sleep(max(0.0, due - self._loop.time()))

    def _send(self, payload_type: int, payload: bytes, *, rtp_ts: int, marker: bool = False) -> None:
        if self.remote is None:
            return
        self._seq = (self._seq + 1) & 0xFFFF
        second = payload_type | (0x80 if marker else 0)
        self._sent += 1
        if self.lost(self._sent):
            return
        data = struct.pack("!BBHII", 0x80, second, self._seq, rtp_ts, self._ssrc) + payload
        held_up_s = self.late_s(self._sent)
        if held_up_s:
            self._loop.call_later(held_up_s, self._deliver, data, self.remote)
        else:
            self._deliver(data, self.remote)

    def _deliver(self, data: bytes, remote: tuple[str, int]) -> None:
        if self._socket.fileno() >= 0:
            self._socket.sendto(data, remote)

    def _read(self) -> None:
        while True:
            try:
                data, about, _, source = self._socket.recvmsg(2_048, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return
            if len(data) < 12 or data[0] >> 6 != 2:
                continue
            _, second, seq, rtp_ts, ssrc = struct.unpack_from("!BBHII", data)
            dscp = about[0][2][0] >> 2 if about else 0
            self.packets.append(Packet(second & 0x7F, second > 0x7F, seq, rtp_ts, ssrc, data[12:], source, dscp))
