"""What peers should never send. Each leaves the exchange answering, with a clear answer or log line."""

from __future__ import annotations

import asyncio
import os
import random
import socket

import pytest
import zmq
import zmq.asyncio

from tests.support.exchange import Exchange
from tests.support.phone import Phone
from tests.support.users import phone

pytestmark = pytest.mark.asyncio

HEAD = (
    b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
)


async def _alive(exchange: Exchange) -> None:
    async with Phone(exchange.sip) as anybody:
        assert (await anybody.request("OPTIONS", f"sip:{anybody.domain}", [])).status == 200


async def _datagrams(exchange: Exchange, datagrams: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, exchange.sip)


async def test_garbage_datagrams(exchange: Exchange) -> None:
    chance = random.Random(7)
    await _datagrams(
        exchange, [b"", b"\r\n\r\n", b"\0" * 60, *(chance.randbytes(chance.randrange(1, 1400)) for _ in range(300))]
    )
    await _alive(exchange)


async def test_every_truncation_of_a_message(exchange: Exchange) -> None:
    message = HEAD + b"Content-Length: 4\r\n\r\nbody"
    await _datagrams(exchange, [message[:length] for length in range(len(message))])
    await _alive(exchange)


async def test_oversized_datagram_and_header(exchange: Exchange) -> None:
    await _datagrams(exchange, [HEAD + b"X-Long: " + b"x" * 60_000 + b"\r\n\r\n", HEAD + b"X: y\r\n" * 9_000 + b"\r\n"])
    await _alive(exchange)


async def test_tcp_peer_that_sends_half_a_message_and_waits_harms_nobody(exchange: Exchange) -> None:
    reader, writer = await asyncio.open_connection(*exchange.sip)
    writer.write(HEAD)
    await writer.drain()
    async with phone(exchange, "1001", "TCP") as caller:
        call = await caller.answered_call("600")
        await call.hang_up()
    writer.write(b"Content-Length: 0\r\n\r\n")
    assert b"SIP/2.0 200" in await asyncio.wait_for(reader.read(4096), 2)
    writer.close()


async def test_tcp_garbage_closes_only_its_own_connection(exchange: Exchange) -> None:
    async with phone(exchange, "1001", "TCP") as good:
        reader, writer = await asyncio.open_connection(*exchange.sip)
        writer.write(b"\x16\x03\x01 this is no SIP\r\n\r\n" * 20)
        assert await asyncio.wait_for(reader.read(), 5) is not None  # until the exchange closes it
        writer.close()
        assert (await good.register()).status == 200
        assert (await good.register(expires=0)).status == 200


async def test_bus_frames_that_do_not_parse_and_a_peer_that_never_says_hello(exchange: Exchange) -> None:
    context = zmq.asyncio.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.setsockopt(zmq.LINGER, 0)
    dealer.connect(exchange.endpoint)
    for _ in range(50):
        await dealer.send(os.urandom(200))
        await dealer.send(b"\x08\x01\x10\x01")
    await _alive(exchange)
    async with phone(exchange, "1001") as caller:
        await (await caller.answered_call("600")).hang_up()
    context.destroy(linger=0)


@pytest.mark.covers("CM-044")
async def test_invite_without_usable_codec_is_488(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.call("600", codecs="18")
        assert (await call.final()).status == 488


@pytest.mark.covers("CM-065", "DR-004")
async def test_caller_that_vanishes_before_the_ack_leaves_nothing(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.call("600", acknowledge=False)
        await call.final()
        await call.ended(10)  # 64 × T1 without an ACK: BYE
