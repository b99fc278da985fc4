"""Packets for Homer, read back by a decoder of our own."""

from __future__ import annotations

import socket
import struct

import pytest

from sip_frontend.trace import HepMirror, encode_hep
from sip_frontend.transaction import Flow

FLOW = Flow("UDP", ("192.0.2.1", 5060), ("198.51.100.7", 5062))
MESSAGE = b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: c1\r\n\r\n"


def decode(packet: bytes) -> dict[int, bytes]:
    """Chunks by type."""
    assert packet[:4] == b"HEP3"
    assert struct.unpack("!H", packet[4:6])[0] == len(packet)
    chunks: dict[int, bytes] = {}
    at = 6
    while at < len(packet):
        vendor, kind, size = struct.unpack("!HHH", packet[at : at + 6])
        assert vendor == 0
        assert size >= 6
        chunks[kind] = packet[at + 6 : at + size]
        at += size
    assert at == len(packet)
    return chunks


@pytest.mark.covers("DR-030")
def test_a_received_message_comes_from_the_peer() -> None:
    chunks = decode(encode_hep(MESSAGE, FLOW, False, 1_700_000_000.25, 7, b"c1"))
    assert chunks[1] == b"\x02"
    assert chunks[2] == b"\x11"
    assert (chunks[3], chunks[4]) == (socket.inet_aton("198.51.100.7"), socket.inet_aton("192.0.2.1"))
    assert (chunks[7], chunks[8]) == (struct.pack("!H", 5062), struct.pack("!H", 5060))
    assert struct.unpack("!I", chunks[9])[0] == 1_700_000_000
    assert struct.unpack("!I", chunks[10])[0] == 250_000
    assert chunks[11] == b"\x01"
    assert struct.unpack("!I", chunks[12])[0] == 7
    assert chunks[15] == MESSAGE
    assert chunks[17] == b"c1"


@pytest.mark.covers("DR-030")
def test_a_sent_one_goes_the_other_way_over_ipv6_and_tls() -> None:
    flow = Flow("TLS", ("2001:db8::1", 5061), ("fe80::7%eth0", 40000), 3)
    chunks = decode(encode_hep(MESSAGE, flow, True, 1.0, 1))
    assert (chunks[1], chunks[2]) == (b"\x0a", b"\x06")
    assert chunks[5] == socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    assert chunks[6] == socket.inet_pton(socket.AF_INET6, "fe80::7")
    assert 17 not in chunks
    assert not chunks.keys() & {3, 4}


def test_the_longest_message_still_makes_a_datagram() -> None:
    assert len(encode_hep(b"x" * 70_000, FLOW, True, 1.0, 1)) < 65_507


def test_the_mirror_sends_without_credentials_and_does_not_mind_a_deaf_homer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as homer:
        homer.bind(("127.0.0.1", 0))
        homer.settimeout(5)
        mirror = HepMirror(homer.getsockname(), 1)
        secret = MESSAGE.replace(b"\r\n\r\n", b'\r\nAuthorization: Digest response="abcdef"\r\n\r\n')
        mirror.send(secret, FLOW, False, 1.0, b"c1")
        assert b"abcdef" not in decode(homer.recv(65535))[15]
    for _ in range(3):
        mirror.send(MESSAGE, FLOW, False, 1.0, b"")
    assert mirror.lost >= 1
    mirror.close()
