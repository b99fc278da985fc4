"""Responses whose connection is gone: a new one is opened to where the peer listens (RFC 3261 section 18.2.2)."""

from __future__ import annotations

import asyncio

import pytest

from sip_frontend.calls import ending
from sip_frontend.message import Response, parse_message
from sip_frontend.transaction import Flow
from sip_frontend.transaction.replying import way_anew
from tests.sip_frontend.calls.harness import invite
from tests.sip_frontend.live import Live, live


class Listening:
    """A peer's listening port; keeps what comes in along the connections to it."""

    def __init__(self) -> None:
        self.heard = b""
        self.writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while data := await reader.read(4096):
            self.heard += data


def local_of(frontend: Live) -> tuple[str, int]:
    return next(local for name, local in frontend.transports.listening() if name == "TCP")


async def call_and_hang_up_the_line(frontend: Live, sent_by: str) -> None:
    """An INVITE whose connection is closed before it is answered."""
    _, writer = await asyncio.open_connection(*local_of(frontend))
    lines = invite().replace("\n", "\r\n").split("\r\n")
    via = next(line for line in lines if line.startswith("Via:"))
    text = "\r\n".join(lines).replace(via, f"Via: SIP/2.0/TCP {sent_by};branch=z9hG4bKanew;rport")
    head, _, body = text.partition("\r\n\r\n")
    writer.write(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    await frontend.until(lambda: bool(frontend.exchange.calls))
    writer.close()
    await frontend.until(lambda: frontend.transports.counts()["connections"] == 0)


def end_all(frontend: Live) -> None:
    frontend.driver.touch()
    ending.end_all(frontend.exchange)


@pytest.mark.asyncio
async def test_the_final_response_goes_to_the_port_of_the_sent_by_and_its_ack_is_taken() -> None:
    peer = Listening()
    server = await asyncio.start_server(peer.accept, "127.0.0.1", 0)
    async with live() as frontend, server:
        await call_and_hang_up_the_line(frontend, f"192.0.2.9:{server.sockets[0].getsockname()[1]}")
        end_all(frontend)
        await frontend.until(lambda: peer.heard.endswith(b"\r\n\r\n"))
        response = parse_message(peer.heard)
        assert isinstance(response, Response)
        assert response.status == 503
        assert response.via.received == "127.0.0.1"
        peer.writers[0].write(
            "\r\n".join(
                [
                    "ACK sip:600@127.0.0.1 SIP/2.0",
                    f"Via: {response.get('Via')}",
                    f"From: {response.from_value}",
                    f"To: {response.to_value}",
                    f"Call-ID: {response.call_id}",
                    f"CSeq: {response.cseq} ACK",
                    "Content-Length: 0\r\n\r\n",
                ]
            ).encode()
        )
        await frontend.until(lambda: frontend.driver._transactions.counts()["server_transactions"] == 0)
        peer.writers[0].close()


@pytest.mark.asyncio
async def test_where_nobody_listens_it_is_given_up() -> None:
    closed = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    async with live() as frontend:
        await call_and_hang_up_the_line(frontend, f"127.0.0.1:{port}")
        end_all(frontend)
        await frontend.until(lambda: frontend.transports.counts()["connections_failed"] == 1)
        await frontend.until(lambda: frontend.driver._transactions.counts()["server_transactions"] == 0)
        assert frontend.transports.counts()["connections_failed"] == 1


@pytest.mark.parametrize(
    ("transport", "sent_by", "way"),
    [
        ("TCP", "192.0.2.1:5070", (("192.0.2.1", 5070), "")),
        ("TCP", "192.0.2.1", (("192.0.2.1", 5060), "")),
        ("TLS", "proxy.test", (("192.0.2.1", 5061), "proxy.test")),
    ],
)
def test_default_ports_and_the_name_of_the_certificate(
    transport: str, sent_by: str, way: tuple[tuple[str, int], str]
) -> None:
    data = f"SIP/2.0 200 OK\r\nVia: SIP/2.0/{transport} {sent_by};branch=z9hG4bK1;received=192.0.2.1;rport=4711\r\n"
    data += "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
    flow = Flow(transport, ("192.0.2.2", 5060), ("192.0.2.1", 4711), 7)
    assert way_anew(data.encode(), flow) == way
