"""UDP datagrams out of a capture file (libpcap format), for tests that replay what real phones sent."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_LINK_HEADER = {0: 4, 1: 14, 101: 0, 113: 16}
"""Bytes before the IP header, by link type: loopback, Ethernet, raw, Linux cooked."""
_UDP = 17


def datagrams(path: Path) -> Iterator[tuple[tuple[str, int], tuple[str, int], bytes]]:
    """Source, destination and payload of each UDP datagram over IPv4 in *path*."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    skip = _LINK_HEADER[struct.unpack_from(order + "I", data, 20)[0]]
    at = 24
    while at + 16 <= len(data):
        (size,) = struct.unpack_from(order + "I", data, at + 8)
        packet = data[at + 16 + skip : at + 16 + size]
        at += 16 + size
        if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != _UDP:
            continue
        udp = packet[(packet[0] & 15) * 4 :]
        source, destination, length = struct.unpack_from("!HHH", udp)
        yield (_address(packet, 12), source), (_address(packet, 16), destination), udp[8:length]


def _address(packet: bytes, at: int) -> str:
    return ".".join(map(str, packet[at : at + 4]))
