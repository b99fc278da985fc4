"""Connections over TCP on loopback: framing, reuse, limits, and peers that misbehave."""

from __future__ import annotations

import asyncio
import socket

import pytest

from sip_frontend.message import Request, build_response
from sip_frontend.transaction import Flow
from sip_frontend.transport import Limits
from switchroom.errors import LocalProtocolError, TransportError
from tests.sip_frontend.transport.support import Heard, eventually, listening, options

pytestmark = pytest.mark.asyncio


async def dial(here: Heard) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*here.local("TCP"))


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection ends, by FIN or by RST."""
    async with asyncio.timeout(5):
        try:
            return await reader.read(-1)
        except ConnectionResetError:
            return b""


def pretend(here: Heard, seconds: float) -> None:
    """Let *seconds* pass for the connections, then look at them."""
    table = here.transports._connections
    later = table.now() + seconds
    table.now = lambda: later
    table.sweep()


class TestMessages:
    async def test_several_in_one_segment_and_one_in_several(self) -> None:
        async with listening("TCP") as here:
            _, writer = await dial(here)
            writer.write(options("c1", "TCP") + options("c2", "TCP", b"body") + options("c3", "TCP")[:40])
            await here.until(lambda: here.call_ids() == ["c1", "c2"])
            writer.write(options("c3", "TCP")[40:])
            await here.until(lambda: here.call_ids() == ["c1", "c2", "c3"])
            assert here.messages[1][0].body == b"body"
            assert len({flow for _, flow in here.messages}) == 1
            assert here.messages[0][1].connection > 0
            writer.close()

    @pytest.mark.covers("DR-020")
    async def test_answer_goes_back_along_the_connection(self) -> None:
        async with listening("TCP") as here:
            reader, writer = await dial(here)
            writer.write(options("c1", "TCP"))
            await here.until(lambda: len(here.messages) == 1)
            request, flow = here.messages[0]
            assert isinstance(request, Request)
            assert flow.remote == writer.get_extra_info("sockname")
            assert here.transports.send(flow, build_response(request, 200, to_tag="near"))
            async with asyncio.timeout(5):
                assert (await reader.readline()) == b"SIP/2.0 200 OK\r\n"
            writer.close()

    @pytest.mark.covers("DR-018")
    async def test_ping_gets_its_pong(self) -> None:
        async with listening("TCP") as here:
            reader, writer = await dial(here)
            writer.write(b"\r\n\r\n" + options("c1", "TCP"))
            async with asyncio.timeout(5):
                assert await reader.readexactly(2) == b"\r\n"
            await here.until(lambda: here.call_ids() == ["c1"])
            writer.close()

    @pytest.mark.parametrize("length", [b"nonsense", b"-1", b"99999999999"])
    async def test_bad_content_length_ends_its_own_connection_alone(self, length: bytes) -> None:
        async with listening("TCP") as here:
            good_reader, good = await dial(here)
            reader, writer = await dial(here)
            writer.write(options("bad", "TCP").replace(b"Content-Length: 0", b"Content-Length: " + length))
            assert await read_all(reader) == b""
            good.write(options("good", "TCP"))
            await here.until(lambda: here.call_ids() == ["good"])
            assert not good_reader.at_eof()
            assert here.transports.counters.unparsable == 1
            good.close()

    async def test_malformed_request_can_be_answered_before_its_connection_ends(self) -> None:
        async with listening("TCP") as here:
            reader, writer = await dial(here)

            def answer(error: object, flow: Flow) -> None:
                here.transports.send(flow, b"SIP/2.0 400 Bad\r\n\r\n")

            here.transports._connections._on_malformed = answer
            writer.write(options("bad", "TCP").replace(b"Content-Length: 0", b"Content-Length: x"))
            assert await read_all(reader) == b"SIP/2.0 400 Bad\r\n\r\n"

    async def test_garbage_ends_the_connection(self) -> None:
        async with listening("TCP") as here:
            reader, writer = await dial(here)
            writer.write(b"\x16\x03\x01\x02\x00" + b"\x00" * 200)
            assert await read_all(reader) == b""
            assert here.messages == []


class TestOutbound:
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
    async def test_messages_wait_until_it_is_open_and_it_is_used_again(self, host: str) -> None:
        async with listening("TCP", host=host) as here, listening("TCP", host=host) as there:
            flow = there.transports.connect("TCP", here.local("TCP"))
            assert flow.transport == "TCP"
            assert there.transports.send(flow, options("c1", "TCP"))
            assert there.transports.send(flow, options("c2", "TCP"))
            await here.until(lambda: here.call_ids() == ["c1", "c2"])
            assert there.transports.connect("TCP", here.local("TCP")) == flow
            assert there.transports.send(flow, options("c3", "TCP"))
            await here.until(lambda: len(here.messages) == 3)
            assert len({flow for _, flow in here.messages}) == 1

    async def test_refused_connection_fails_its_flow(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            async with listening("TCP") as here:
                flow = here.transports.connect("TCP", taken.getsockname())
                here.transports.send(flow, options("c1", "TCP"))
                await here.until(lambda: here.failed == [flow])
                assert not here.transports.send(flow, options("c1", "TCP"))
                assert not here.transports.is_open(flow)
                assert here.transports.connect("TCP", taken.getsockname()) != flow

    async def test_too_much_for_an_unopened_connection_is_refused(self) -> None:
        async with listening("TCP", limits=Limits(connect_queue=1000)) as here:
            flow = here.transports.connect("TCP", here.local("TCP"))
            assert here.transports.send(flow, b"x" * 900)
            assert not here.transports.send(flow, b"x" * 900)

    async def test_names_websockets_and_missing_listeners_are_refused(self) -> None:
        async with listening("TCP") as here:
            with pytest.raises(LocalProtocolError):
                here.transports.connect("TCP", ("pbx.test", 5060))
            with pytest.raises(LocalProtocolError):
                here.transports.connect("WS", ("127.0.0.1", 5060))
            with pytest.raises(TransportError):
                here.transports.connect("UDP", ("127.0.0.1", 5060))
            with pytest.raises(TransportError):
                here.transports.connect("TCP", ("::1", 5060))


class TestEnds:
    @pytest.mark.covers("DR-019")
    async def test_closed_by_the_peer_fails_the_flow(self) -> None:
        async with listening("TCP") as here:
            _, writer = await dial(here)
            writer.write(options("c1", "TCP"))
            await here.until(lambda: len(here.messages) == 1)
            flow = here.messages[0][1]
            writer.close()
            await here.until(lambda: here.failed == [flow])
            assert not here.transports.send(flow, b"late")
            assert here.transports.counts()["connections"] == 0

    async def test_half_a_message_is_waited_for_a_while_only(self) -> None:
        async with listening("TCP", limits=Limits(half_message_s=10)) as here:
            reader, writer = await dial(here)
            writer.write(options("c1", "TCP") + b"OPTIONS sip:")
            await here.until(lambda: len(here.messages) == 1)
            pretend(here, 9)
            assert here.transports.counters.connections_cut == 0
            pretend(here, 2)
            assert await read_all(reader) == b""
            assert here.transports.counters.connections_cut == 1

    async def test_dripping_bytes_do_not_prolong_half_a_message(self) -> None:
        async with listening("TCP", limits=Limits(half_message_s=10)) as here:
            reader, writer = await dial(here)
            writer.write(options("c1", "TCP") + b"OPT")
            await here.until(lambda: len(here.messages) == 1)
            connection = here.transports._connections.of(here.messages[0][1])
            assert connection is not None
            pretend(here, 6)
            connection.data_received(b"I")
            pretend(here, 6)
            assert await read_all(reader) == b""

    @pytest.mark.covers("DR-019")
    async def test_silence_before_and_after_the_first_message(self) -> None:
        async with listening("TCP", limits=Limits(idle_s=100, first_message_s=30)) as here:
            silent, _silent_writer = await dial(here)
            reader, writer = await dial(here)
            writer.write(options("c1", "TCP"))
            await here.until(lambda: len(here.messages) == 1)
            pretend(here, 31)
            assert await read_all(silent) == b""
            assert here.transports.is_open(here.messages[0][1])
            pretend(here, 70)
            assert await read_all(reader) == b""

    async def test_slow_reader_is_cut_off(self) -> None:
        async with listening("TCP", limits=Limits(write_buffer=100_000)) as here:
            _, writer = await dial(here)
            writer.write(options("c1", "TCP"))
            await here.until(lambda: len(here.messages) == 1)
            flow = here.messages[0][1]
            sent = 0
            while here.transports.send(flow, b"x" * 50_000):
                sent += 1
                assert sent < 1000
            await here.until(lambda: here.failed == [flow])
            assert here.transports.counters.connections_cut == 1
            writer.close()

    async def test_stop_sends_what_is_written_and_leaves_nothing(self) -> None:
        async with listening("TCP") as here:
            reader, writer = await dial(here)
            writer.write(options("c1", "TCP"))
            await here.until(lambda: len(here.messages) == 1)
            here.transports.send(here.messages[0][1], b"x" * 100_000)
            reading = asyncio.create_task(read_all(reader))
            await here.transports.stop()
            assert len(await reading) == 100_000
            assert here.transports.counts()["connections"] == 0
            assert here.failed == []


class TestLimits:
    async def test_connections_of_one_address(self) -> None:
        async with listening("TCP", limits=Limits(connections_per_address=2)) as here:
            first = await dial(here)
            second = await dial(here)
            third, _ = await dial(here)
            assert await read_all(third) == b""
            assert here.transports.counters.connections_refused == 1
            first[1].close()
            await eventually(lambda: here.transports.counts()["connections"] == 1)
            _, writer = await dial(here)
            writer.write(options("c1", "TCP"))
            await here.until(lambda: here.call_ids() == ["c1"])
            second[1].close()

    async def test_connections_in_all(self) -> None:
        async with listening("TCP", limits=Limits(connections=1)) as here:
            _, first = await dial(here)
            second, _ = await dial(here)
            assert await read_all(second) == b""
            with pytest.raises(TransportError):
                here.transports.connect("TCP", ("127.0.0.1", 9))
            first.close()
