"""The UDP listener on loopback, and its send queue on a socket that takes nothing."""

from __future__ import annotations

import asyncio
import socket

import pytest

from sip_frontend.transaction import Flow
from sip_frontend.transport.limits import Counters, Limits
from sip_frontend.transport.udp import UdpTransport
from tests.sip_frontend.transport.support import eventually, listening, options

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("DR-020")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_messages_go_both_ways(host: str) -> None:
    async with listening("UDP", host=host) as here, listening("UDP", host=host) as there:
        flow = there.transports.connect("UDP", here.local("UDP"))
        assert there.transports.send(flow, options("c1"))
        await here.until(lambda: len(here.messages) == 1)
        message, back = here.messages[0]
        assert message.call_id == "c1"
        assert back == Flow("UDP", here.local("UDP"), there.local("UDP"))
        assert here.transports.send(back, options("c2"))
        await there.until(lambda: there.call_ids() == ["c2"])


async def test_many_datagrams_in_one_wake_up_keep_their_order() -> None:
    async with listening("UDP") as here, listening("UDP") as there:
        flow = there.transports.connect("UDP", here.local("UDP"))
        names = [f"c{number}" for number in range(200)]
        for name in names:
            assert there.transports.send(flow, options(name))
        await here.until(lambda: len(here.messages) == 200)
        assert here.call_ids() == names
        assert len({id(flow) for _, flow in here.messages}) == 1


async def test_garbage_is_counted_and_what_can_be_answered_is_handed_up() -> None:
    async with listening("UDP") as here:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for data in (b"garbage", bytes(range(256)), options().replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1)):
                peer.sendto(data, here.local("UDP"))
            peer.sendto(options("good"), here.local("UDP"))
            await here.until(lambda: here.call_ids() == ["good"])
        assert here.transports.counters.unparsable == 3
        assert [error.status_hint for error, _ in here.malformed] == [505]


@pytest.mark.covers("DR-018")
async def test_keep_alives_are_counted_and_stun_is_answered() -> None:
    async with listening("UDP") as here:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.setblocking(False)
            for data in (b"", b"\r\n\r\n", b"\0\0\0\0", b"\0\x01\0\0\x21\x12\xa4\x42" + b"t" * 12):
                peer.sendto(data, here.local("UDP"))
            async with asyncio.timeout(5):
                answer = await asyncio.get_running_loop().sock_recv(peer, 2048)
            assert answer[:2] == b"\x01\x01"
        assert here.transports.counters.keep_alives == 4
        assert here.transports.counters.unparsable == 0


async def test_refused_send_is_told() -> None:
    async with listening("UDP") as here:
        local = here.local("UDP")
        assert not here.transports.send(Flow("UDP", local, ("127.0.0.1", 0)), options())
        assert not here.transports.send(Flow("UDP", local, ("127.0.0.1", 5060)), b"x" * 70_000)
        assert not here.transports.send(Flow("UDP", ("127.0.0.1", 1), ("127.0.0.1", 5060)), options())
        assert here.transports.counters.sends_failed == 3


async def test_kernel_drops_and_buffer_are_read() -> None:
    loop = asyncio.get_running_loop()
    small = Limits(udp_receive_buffer=4096)
    udp = UdpTransport(loop, ("127.0.0.1", 0), lambda data, flow: None, limits=small, counters=Counters())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for _ in range(50):
            peer.sendto(b"x" * 1000, udp.local)
    assert udp.kernel_drops() > 30
    assert udp.receive_buffer() < 16384
    udp.close()
    assert udp.kernel_drops() == 0


class BusySocket(socket.socket):
    """Takes nothing until told otherwise, as a socket with a full send buffer."""

    busy = True
    taken: list[bytes]

    def sendto(self, data: bytes, address: object) -> int:  # type: ignore[override]
        if self.busy:
            raise BlockingIOError
        self.taken.append(data)
        return len(data)


async def test_full_send_buffer_keeps_a_few_datagrams_in_order_then_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", BusySocket)
    counters = Counters()
    udp = UdpTransport(
        asyncio.get_running_loop(),
        ("127.0.0.1", 0),
        lambda data, flow: None,
        limits=Limits(udp_send_queue=2),
        counters=counters,
    )
    monkeypatch.undo()
    busy = udp._socket
    assert isinstance(busy, BusySocket)
    busy.taken = []
    for data in (b"1", b"2", b"3"):
        assert udp.send(("127.0.0.1", 5060), data)
    assert counters.sends_dropped == 1
    busy.busy = False
    await eventually(lambda: busy.taken == [b"1", b"2"])
    assert udp.send(("127.0.0.1", 5060), b"4")
    assert busy.taken == [b"1", b"2", b"4"]
    udp.close()
