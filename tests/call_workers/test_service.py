"""A worker on a real bus: ready, work, drain, leave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from call_workers import Call, CallWorker, Notice
from call_workers.service import WorkerService
from switchroom.config import Config
from switchroom.config.sections import BusSection, WorkerSection
from switchroom.v1.call_pb2 import DigitReceived, Ended
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from switchroom.v1.event_pb2 import Notice as WireNotice
from tests.call_workers.frontend import Frontend
from tests.call_workers.scripts import activation, call_message, event, invited, kinds, worker_of

pytestmark = pytest.mark.asyncio


async def waits(call: Call) -> None:
    await call.answer()
    await call.publish("thread", other=await call.step(lambda: threading.current_thread() is not _MAIN))
    await call.wait_for_hangup()


_MAIN = threading.main_thread()


@pytest_asyncio.fixture
async def frontend(tmp_path: Path) -> AsyncIterator[Frontend]:
    async with Frontend(f"ipc://{tmp_path}/bus", publish=f"ipc://{tmp_path}/events") as made:
        yield made


def config(tmp_path: Path, drain_ms: int = 300) -> Config:
    return Config(
        bus=BusSection(frontends=(f"ipc://{tmp_path}/bus",), events=(f"ipc://{tmp_path}/events",)),
        worker=WorkerSection(name="w1", capacity=7, drain_ms=drain_ms),
    )


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[WorkerService]:
    made = WorkerService(asyncio.get_running_loop(), worker_of(waits), config(tmp_path))
    made.start()
    yield made
    await made.close()


async def test_hello_says_who_and_what(frontend: Frontend, service: WorkerService) -> None:
    peer = await frontend.joined("w1")
    hello = peer.hello
    assert (hello.role, hello.capacity, len(hello.routes)) == (ROLE_CALL_WORKER, 7, 1)


async def test_activation_decision_and_a_later_act(frontend: Frontend, service: WorkerService) -> None:
    peer = await frontend.joined("w1")
    decision = await frontend.activate(peer, activation(invited()))
    assert kinds(decision.commands) == ["answer"]
    await frontend.until(lambda: frontend.decisions)
    later = frontend.decisions[0]
    assert kinds(later.commands) == ["record_step", "publish_event"]
    assert later.commands[0].record_step.value == "true"
    decision = await frontend.activate(peer, activation(event(2, ended=Ended())))
    assert kinds(decision.commands) == ["finish"]
    assert service.leads() == 0
    assert (await frontend.activate(peer, activation(event(3, digit=DigitReceived(digit="1"))))).run_id == "r"


async def test_a_run_taken_away_is_dropped(frontend: Frontend, service: WorkerService) -> None:
    peer = await frontend.joined("w1")
    await frontend.activate(peer, activation(invited()))
    frontend.take_away(peer, "r")
    await frontend.activate(peer, activation(event(9, digit=DigitReceived(digit="1")), lease=5))
    assert service.leads() == 0


async def test_drain_waits_for_runs_then_leaves(frontend: Frontend, service: WorkerService) -> None:
    peer = await frontend.joined("w1")
    await frontend.activate(peer, activation(invited()))
    draining = asyncio.ensure_future(service.drain())
    await frontend.until(lambda: peer.draining)
    assert not draining.done()
    await frontend.activate(peer, activation(event(2, ended=Ended())))
    await draining
    await service.close()
    await frontend.until(lambda: frontend.left)
    assert frontend.left == ["w1 goodbye"]


async def test_drain_has_a_limit(frontend: Frontend, service: WorkerService) -> None:
    peer = await frontend.joined("w1")
    await frontend.activate(peer, activation(invited()))
    async with asyncio.timeout(5):
        await service.drain()
    assert service.leads() == 1


async def test_watchers_hear_of_all_calls(frontend: Frontend, tmp_path: Path) -> None:
    heard: list[Notice] = []
    worker = CallWorker()
    worker.on("call.destroyed", heard.append)
    service = WorkerService(asyncio.get_running_loop(), worker, config(tmp_path))
    service.start()
    ended = WireNotice(name="call.ended", call=call_message())
    ended.call.caller.user = "1001"
    async with asyncio.timeout(10):
        while not heard:  # a subscription takes its time to arrive, and notices before it are lost
            frontend.listener.publish("call.ended", ended)
            frontend.listener.publish("call.ended.not", ended)
            await asyncio.sleep(0.02)
    assert (heard[0].name, heard[0].call_id) == ("call.destroyed", "a")
    assert heard[0].caller_id is not None
    assert heard[0].caller_id.user == "1001"
    assert frontend.peers == []  # it takes no calls
    await service.close()
