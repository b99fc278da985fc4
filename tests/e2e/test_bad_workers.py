"""Call workers that misbehave. Their calls get an answer, everybody else's go on."""

from __future__ import annotations

import asyncio

import pytest

from switchroom.v1.common_pb2 import CAUSE_USER_BUSY
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.worker_pb2 import Answer, Command, Hangup
from tests.support.exchange import Exchange
from tests.support.fake_worker import FakeWorker
from tests.support.phone import Phone
from tests.support.users import phone

pytestmark = pytest.mark.asyncio


def _busy(activation: Envelope, number: int = 1) -> Command:
    return Command(
        command_id=number, call_id=activation.activation.calls[0].call_id, hangup=Hangup(cause=CAUSE_USER_BUSY)
    )


def _silent(_: FakeWorker, __: Envelope) -> None:
    pass


async def _good_call(caller: Phone) -> None:
    call = await caller.answered_call("600")
    assert (await call.hang_up()).status == 200


async def test_worker_that_never_answers_loses_the_call_to_another(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller, FakeWorker(exchange, "600", _silent) as worker:
        await _good_call(caller)
        assert worker.activations


async def test_only_worker_of_a_route_never_answers(exchange: Exchange) -> None:
    """Whoever else takes the call refuses the number; nothing hangs."""
    async with phone(exchange, "1001") as caller, FakeWorker(exchange, "7777", _silent):
        response = await (await caller.call("7777")).final()
        assert response.status in (404, 503)


async def test_second_answer_is_dropped(exchange: Exchange) -> None:
    def twice(worker: FakeWorker, activation: Envelope) -> None:
        if worker.activations[0] is activation:
            worker.decide(activation, _busy(activation))
            worker.decide(activation, _busy(activation))
        else:
            worker.finish(activation, 2)

    async with phone(exchange, "1001") as caller, FakeWorker(exchange, "7778", twice) as worker:
        assert (await (await caller.call("7778")).final()).status == 486
        await worker.told_the_end()
        await _good_call(caller)


async def test_decision_with_an_old_lease_is_refused(exchange: Exchange) -> None:
    before = (await exchange.status()).values["runs.stale_decisions"]

    def stale(worker: FakeWorker, activation: Envelope) -> None:
        if worker.activations[0] is activation:
            call_id = activation.activation.calls[0].call_id
            worker.act(activation, Command(command_id=1, call_id=call_id, answer=Answer()), lease=0)
            worker.decide(activation, _busy(activation))
        else:
            worker.finish(activation, 2)

    async with phone(exchange, "1001") as caller, FakeWorker(exchange, "7779", stale) as worker:
        call = await caller.call("7779")
        assert (await call.final()).status == 486
        assert 200 not in call.statuses
        await worker.told_the_end()
    assert (await exchange.status()).values["runs.stale_decisions"] > before


async def test_worker_that_floods_slows_nobody(exchange: Exchange) -> None:
    def flood(worker: FakeWorker, activation: Envelope) -> None:
        if worker.activations[0] is not activation:
            worker.finish(activation, 2)
            return
        for _ in range(2_000):
            worker.act(activation, _busy(activation, 900), lease=0)
        worker.decide(activation, _busy(activation))

    async with phone(exchange, "1001") as caller, FakeWorker(exchange, "7780", flood) as worker:
        flooded = await caller.call("7780")
        await asyncio.wait_for(_good_call(caller), 5)
        assert (await flooded.final()).status == 486
        await worker.told_the_end()


async def test_commands_nobody_could_have_meant(exchange: Exchange) -> None:
    """A command for a call that is not there, and one without anything in it."""

    def nonsense(worker: FakeWorker, activation: Envelope) -> None:
        if worker.activations[0] is activation:
            stranger = Command(command_id=1, call_id="nobody", answer=Answer())
            worker.decide(activation, stranger, Command(command_id=2), _busy(activation, 3))
        else:
            worker.finish(activation, 4)

    async with phone(exchange, "1001") as caller, FakeWorker(exchange, "7781", nonsense) as worker:
        assert (await (await caller.call("7781")).final()).status == 486
        await worker.told_the_end()
