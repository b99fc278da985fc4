"""SIP over WebSocket: RFC 7118, with the client of ``websockets`` as the independent other side."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from sip_frontend.message import Request, build_response
from sip_frontend.transaction import host_port
from sip_frontend.transport import Limits
from sip_frontend.transport.certificates import ensure_pair
from sip_frontend.transport.tls import ServerTls, client_context
from sip_frontend.transport.websocket import is_text
from tests.sip_frontend.transport.support import Heard, listening, options
from tests.sip_frontend.transport.test_tcp import pretend, read_all

pytestmark = pytest.mark.asyncio


def browser(here: Heard, *subprotocols: str, transport: str = "WS") -> connect:
    host, port = here.local(transport)
    secure = client_context(verify=False) if transport == "WSS" else None
    names = [Subprotocol(name) for name in subprotocols or ("sip",)]
    scheme = "wss" if secure else "ws"
    return connect(f"{scheme}://{host_port(host, port)}/", subprotocols=names, ssl=secure, proxy=None)


async def receive(client: ClientConnection) -> str | bytes:
    async with asyncio.timeout(5):
        return await client.recv()


async def test_browsers_come_by_ipv6_as_well() -> None:
    async with listening("WS", host="::1") as here, browser(here) as client:
        await client.send(options("c1", "WS").decode())
        await here.until(lambda: here.call_ids() == ["c1"])
        assert here.messages[0][1].remote[0] == "::1"


@pytest.mark.covers("DR-020")
async def test_text_and_binary_messages_come_in_and_answers_go_back_as_text() -> None:
    async with listening("WS") as here, browser(here) as client:
        assert client.subprotocol == "sip"
        await client.send(options("c1", "WS").decode())
        await client.send(options("c2", "WS", b"body"))
        await here.until(lambda: here.call_ids() == ["c1", "c2"])
        request, flow = here.messages[1]
        assert isinstance(request, Request)
        assert (request.body, flow.transport, flow.secure) == (b"body", "WS", False)
        answer = build_response(request, 200, to_tag="near")
        assert here.transports.send(flow, answer)
        assert await receive(client) == answer.decode()


async def test_fragments_are_one_message() -> None:
    async with listening("WS") as here, browser(here) as client:
        data = options("c1", "WS").decode()
        await client.send([data[:10], data[10:50], data[50:]])
        await here.until(lambda: here.call_ids() == ["c1"])


async def test_body_that_is_no_text_goes_as_binary() -> None:
    async with listening("WS") as here, browser(here) as client:
        await client.send(options("c1", "WS"))
        await here.until(lambda: len(here.messages) == 1)
        data = options("c2", "WS", b"\xff\xfe")
        assert here.transports.send(here.messages[0][1], data)
        assert await receive(client) == data


@pytest.mark.covers("DR-020")
async def test_secure_websocket(tmp_path: Path) -> None:
    server = ServerTls([ensure_pair(tmp_path, ("localhost",))])
    async with listening("WSS", context=server.context) as here, browser(here, transport="WSS") as client:
        await client.send(options("c1", "WSS"))
        await here.until(lambda: here.call_ids() == ["c1"])
        assert here.messages[0][1].secure


@pytest.mark.covers("DR-018")
async def test_keep_alives_of_both_kinds_are_answered() -> None:
    async with listening("WS") as here, browser(here) as client:
        async with asyncio.timeout(5):
            await (await client.ping())
        await client.send("\r\n\r\n")
        assert await receive(client) == "\r\n"
        assert here.transports.counters.keep_alives == 2


@pytest.mark.parametrize("subprotocols", [("chat",), ("xmpp", "chat")])
async def test_other_subprotocols_are_refused(subprotocols: tuple[str, ...]) -> None:
    async with listening("WS") as here:
        with pytest.raises(InvalidStatus) as refused:
            async with browser(here, *subprotocols):
                pass
        assert refused.value.response.status_code == 400


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"426"),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b""),
        (b"OPTIONS sip:x SIP/2.0\r\n\r\n", b""),
        (b"\x00\x01\r\n\r\n", b""),
    ],
)
async def test_what_is_no_handshake_is_ended(data: bytes, status: bytes) -> None:
    async with listening("WS") as here:
        reader, writer = await asyncio.open_connection(*here.local("WS"))
        writer.write(data)
        assert status in (await read_all(reader)).split(b"\r\n")[0]
        assert here.messages == []


async def test_message_that_cannot_be_read_costs_only_itself() -> None:
    async with listening("WS") as here, browser(here) as client:
        await client.send("this is no SIP")
        await client.send(options("bad", "WS").replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1))
        await client.send(options("c1", "WS"))
        await here.until(lambda: here.call_ids() == ["c1"])
        assert here.transports.counters.unparsable == 2
        assert [error.status_hint for error, _ in here.malformed] == [505]


async def test_message_over_the_limit_ends_the_connection() -> None:
    async with listening("WS") as here, browser(here) as client:
        await client.send("x" * 300_000)
        with pytest.raises(ConnectionClosed) as ended:
            await receive(client)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1009


async def test_close_by_the_client_fails_the_flow() -> None:
    async with listening("WS") as here:
        async with browser(here) as client:
            await client.send(options("c1", "WS"))
            await here.until(lambda: len(here.messages) == 1)
        flow = here.messages[0][1]
        await here.until(lambda: here.failed == [flow])
        assert not here.transports.send(flow, options("c2", "WS"))


async def test_stop_says_going_away() -> None:
    async with listening("WS") as here, browser(here) as client:
        await client.send(options("c1", "WS"))
        await here.until(lambda: len(here.messages) == 1)
        await here.transports.stop()
        with pytest.raises(ConnectionClosed) as ended:
            await receive(client)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1001


async def test_half_a_handshake_is_waited_for_a_while_only() -> None:
    async with listening("WS", limits=Limits(half_message_s=10)) as here:
        reader, writer = await asyncio.open_connection(*here.local("WS"))
        writer.write(b"GET / HTTP/1.1\r\nHost")
        table = here.transports._connections
        async with asyncio.timeout(5):
            while not any(connection.half_since for connection in table._by_number.values()):
                await asyncio.sleep(0.001)
        pretend(here, 11)
        assert await read_all(reader) == b""


@pytest.mark.parametrize(("data", "text"), [(b"plain", True), ("é".encode(), True), (b"\xff", False)])
async def test_text_is_told_from_binary(data: bytes, text: bool) -> None:
    assert is_text(data) is text
