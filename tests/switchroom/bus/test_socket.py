"""The wrapper around a ZeroMQ socket: the edge, the cap, the count of what only the tick found."""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Iterator

import pytest
import zmq

from switchroom.bus.socket import HIGH_WATER, READ_CAP, BusSocket, bind_all
from tests.switchroom.bus.exchange import until

pytestmark = pytest.mark.asyncio
Raw = zmq.Socket[bytes]


@pytest.fixture
def pair(endpoint: str) -> Iterator[tuple[Raw, Raw]]:
    """Two connected DEALERs; the first is for the wrapper."""
    context: zmq.Context[Raw] = zmq.Context()
    ours, theirs = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
    bind_all(ours, [endpoint], None)
    theirs.connect(endpoint)
    theirs.send(b"up")
    assert ours.poll(5000)
    ours.recv()
    with pytest.raises(zmq.Again):
        ours.recv(zmq.NOBLOCK)  # drained: the next message comes with an edge
    yield ours, theirs
    context.destroy(linger=0)


def wait_readable(socket: Raw) -> None:
    """Block until the descriptor announces something, without asking the socket, which would take the edge."""
    poll = select.poll()
    poll.register(int(socket.getsockopt(zmq.FD)), select.POLLIN)
    assert poll.poll(5000)
    time.sleep(0.01)  # ZeroMQ looks for news on a send only when the last look is milliseconds old


async def test_a_send_that_swallows_the_edge_loses_no_message(pair: tuple[Raw, Raw]) -> None:
    ours, theirs = pair
    got: list[bytes] = []
    to_send = [b"question"]

    def write() -> bool:
        if not to_send:
            return False
        theirs.send(b"just then")
        wait_readable(ours)
        return wrapper.send(None, [to_send.pop()])

    wrapper = BusSocket(asyncio.get_running_loop(), ours, lambda parts: got.extend(parts), write)
    wrapper.start()
    await until(lambda: got == [b"just then"])
    assert theirs.recv() == b"question"
    wrapper.close(0)


async def test_a_swallowed_edge_is_found_by_the_tick_and_counted(pair: tuple[Raw, Raw]) -> None:
    ours, theirs = pair
    got: list[bytes] = []
    wrapper = BusSocket(asyncio.get_running_loop(), ours, lambda parts: got.extend(parts), lambda: False)
    wrapper.start()
    await asyncio.sleep(0)
    wrapper.check()
    theirs.send(b"missed")
    wait_readable(ours)
    wrapper.send(None, [b"behind the wrapper's back"])
    await asyncio.sleep(0)
    assert got == []
    wrapper.check()
    assert (got, wrapper.late_finds) == ([b"missed"], 1)
    wrapper.close(0)


async def test_a_message_that_was_announced_is_not_counted(pair: tuple[Raw, Raw]) -> None:
    ours, theirs = pair
    got: list[bytes] = []
    wrapper = BusSocket(asyncio.get_running_loop(), ours, lambda parts: got.extend(parts), lambda: False)
    wrapper.start()
    await asyncio.sleep(0)
    wrapper.check()
    theirs.send(b"in time")
    wait_readable(ours)
    wrapper.check()
    assert (got, wrapper.late_finds) == ([b"in time"], 0)
    wrapper.close(0)


async def test_a_flood_gives_the_loop_its_turn(pair: tuple[Raw, Raw]) -> None:
    ours, theirs = pair
    got: list[bytes] = []
    turns: list[int] = []
    wrapper = BusSocket(asyncio.get_running_loop(), ours, lambda parts: got.extend(parts), lambda: False)
    for _ in range(3 * READ_CAP):
        theirs.send(b"x", zmq.NOBLOCK)
    wait_readable(ours)
    wrapper.start()
    async with asyncio.timeout(5):
        while len(got) < 3 * READ_CAP:
            before = len(got)
            await asyncio.sleep(0)
            turns.append(len(got) - before)
    assert max(turns) <= 2 * READ_CAP  # the reader and the turn it asked for may both run between two of ours
    wrapper.close(0)


async def test_a_full_queue_is_told_and_the_message_is_whole(pair: tuple[Raw, Raw]) -> None:
    ours, theirs = pair
    wrapper = BusSocket(asyncio.get_running_loop(), ours, lambda parts: None, lambda: False)
    sent = 0
    while wrapper.send(None, [b"a" * 10_000, b"b"]):
        sent += 1
    assert sent >= HIGH_WATER
    for _ in range(sent):
        assert len(theirs.recv_multipart()) == 2
    wrapper.close(0)


@pytest.mark.covers("ND-015")
async def test_an_address_in_use_is_an_oserror_that_names_it(endpoint: str) -> None:
    context: zmq.Context[Raw] = zmq.Context()
    holder = context.socket(zmq.ROUTER)
    port = holder.bind_to_random_port("tcp://127.0.0.1")
    with pytest.raises(OSError, match=f"tcp://127.0.0.1:{port}"):
        bind_all(context.socket(zmq.ROUTER), [f"tcp://127.0.0.1:{port}"], None)
    context.destroy(linger=0)
