"""Verbs between legs."""

from __future__ import annotations

import pytest

from call_workers import Answer, Call, CommandRejected, Entity, Party
from call_workers.run import Run
from call_workers.testing import Exchange
from call_workers.values import Counters
from switchroom.v1.call_pb2 import CommandResult, DialFinished, Ended, ReferProgress, Referred
from switchroom.v1.envelope_pb2 import ERROR_CODE_WRONG_STATE
from tests.call_workers.scripts import HandHost, activation, event, invited, kinds, worker_of


@pytest.mark.asyncio
async def test_mix_unmix_hold_update_and_pick() -> None:
    parted: list[Call | None] = []

    async def script(call: Call) -> None:
        await call.answer()
        leg = await call.dial(contact="sip:x@h", bridge=False)
        assert leg is not None
        await call.mix(leg)
        assert call.mixed_with is leg
        assert call.epochs.mix is not None
        await call.wait_for_events("1")
        await call.audio.unmix()
        parted.extend([call.mixed_with, leg.mixed_with])
        await call.hold()
        assert call.held
        assert await leg.update(caller_id=Party("42", "Info"))
        assert leg.caller_id.name == "Info"
        await leg.pick()
        call.entity = Entity("1009", "pbx.test")
        await call.wait_for_events("2")
        await call.unhold()
        await leg.detach(unmix=True)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        callee = x.leg("x")
        await callee.answer()
        assert caller.mixed_with is callee
        await caller.digits("1")
        assert parted == [None, None]
        assert (caller.held, callee.mixed_with is None, callee.message.caller.name) == (True, True, "Info")
        assert callee.message.picked
        assert caller.message.entity.uri == "1009@pbx.test"
        await caller.digits("2")
        assert not caller.held
        assert callee.parent is None


def test_mixed_legs_part_when_one_ends() -> None:
    others: list[object] = []

    async def script(call: Call) -> None:
        leg = await call.dial(contact="sip:x@h")
        assert leg is not None
        others.append(call.mixed_with)
        await leg.wait_for_hangup()
        others.append(call.mixed_with)

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    done = event(2, dial_finished=DialFinished(command_id=1, answered_call_id="a.1.0"))
    run.activate(activation(done, event(3, "a.1.0", ended=Ended())))
    assert [other is None for other in others] == [False, True]


@pytest.mark.parametrize("status", [200, 486])
def test_refer_returns_the_final_status(status: int) -> None:
    statuses: list[int] = []

    async def script(call: Call) -> None:
        statuses.append(await call.refer("sip:1005@pbx.test"))

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    run.activate(activation(event(2, refer_progress=ReferProgress(command_id=1, sip_status=100))))
    assert statuses == []
    run.activate(activation(event(3, refer_progress=ReferProgress(command_id=1, sip_status=status))))
    assert statuses == [status]


def test_a_referred_leg_has_a_new_destination() -> None:
    seen: list[str] = []

    async def script(call: Call) -> None:
        async for happened in call.events():
            seen.append(f"{happened.name} {happened['destination']} {call.destination}")

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    run.activate(activation(event(2, referred=Referred(destination="sip:1005@pbx.test", by_call_id="b"))))
    assert seen == ["call.referred sip:1005@pbx.test sip:1005@pbx.test"]
    run.abandon()


def test_successful_results_of_unawaited_commands_are_ignored() -> None:
    async def script(call: Call) -> None:
        await call.disown()
        await call.wait_for_hangup()

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    accepted = event(2, command_result=CommandResult(command_id=1, ok=True))
    assert kinds(run.activate(activation(accepted)).decision.commands) == []
    run.abandon()


@pytest.mark.asyncio
async def test_update_of_a_caller_shows_it_whom_it_has_reached() -> None:
    async def script(call: Call) -> None:
        await call.answer()
        await call.update(caller_id=Party("42", "Info"))
        assert (call.called_id.user, call.caller_id.user) == ("42", "1001")

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1", from_user="1001")
        assert caller.message.called.name == "Info"


@pytest.mark.asyncio
async def test_messages_wait_for_the_peer() -> None:
    async def script(call: Call) -> None:
        await call.answer()
        await call.send("MESSAGE", "hello")
        await call.send("INFO", b"{}", content_type="application/json", headers={"X-A": "1"})
        await call.audio.dtmf("1")

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        assert caller.sent_messages == [("MESSAGE", "text/plain", b"hello"), ("INFO", "application/json", b"{}")]
        assert caller.digits_received == "1"


def test_a_message_the_peer_refuses_is_an_error() -> None:
    errors: list[str] = []

    async def script(call: Call) -> None:
        try:
            await call.send("INFO", "x")
        except CommandRejected as error:
            errors.append(str(error))

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    refused = CommandResult(command_id=1, error_code=ERROR_CODE_WRONG_STATE, error="the peer answered 415")
    run.activate(activation(event(2, command_result=refused)))
    assert errors == ["send: WRONG_STATE: the peer answered 415"]


@pytest.mark.asyncio
async def test_refer_in_the_simulated_exchange() -> None:
    statuses: list[int] = []

    async def script(call: Call) -> None:
        await call.answer()
        statuses.append(await call.refer("sip:1005@pbx.test"))

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        assert (caller.referred_to, statuses) == ("sip:1005@pbx.test", [200])


@pytest.mark.covers("CM-014")
@pytest.mark.asyncio
async def test_legs_adoptions_and_mixes_are_counted() -> None:
    counted: list[Counters] = []

    async def script(call: Call) -> None:
        await call.answer()
        leg = await call.dial(contact=["sip:x@h", "sip:y@h"])
        assert leg is not None
        counted.append(call.counters)
        await leg.detach(unmix=True)
        await call.adopt(leg, mix=True)
        await call.wait_for_events("1")
        counted.append(call.counters)
        counted.append(leg.counters)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        await x.leg("x").answer()
        await caller.digits("1")
        assert counted == [Counters(2, 0, 1), Counters(2, 1, 2), Counters(0, 0, 2)]


@pytest.mark.covers("CM-078")
@pytest.mark.asyncio
async def test_exported_headers_go_onto_every_leg_and_its_own_win() -> None:
    async def script(call: Call) -> None:
        call.export({"X-Tenant": "7", "X-Queue": "all"})
        await call.dial(contact="sip:x@h", headers={"X-Queue": "sales"}, timeout_s=1)
        await call.dial(contact="sip:y@h")

    async with Exchange(worker_of(script)) as x:
        await x.invite("1")
        await x.advance(2)
        assert x.leg("x").headers == {"X-Tenant": "7", "X-Queue": "sales"}
        assert x.leg("y").headers == {"X-Tenant": "7", "X-Queue": "all"}


@pytest.mark.asyncio
async def test_requests_outside_of_the_call_and_the_message_lamp() -> None:
    answers: list[Answer] = []

    async def script(call: Call) -> None:
        answers.extend(await call.request("NOTIFY", entity="1002", headers={"Event": "check-sync"}))
        answers.extend(await call.request("MESSAGE", "hello", contact="sip:bob@example.com"))
        await call.message_waiting(Entity("1001", "pbx.test"), new=2, old=1, new_urgent=1)

    async with Exchange(worker_of(script)) as x:
        await x.invite("606")
        assert [one[:2] for one in x.requests] == [("NOTIFY", "sip:1002@pbx.test"), ("MESSAGE", "sip:bob@example.com")]
        assert answers == [Answer("sip:1002@pbx.test", 200), Answer("sip:bob@example.com", 200)]
        assert x.mailboxes == {"1001@pbx.test": (2, 1, 1, 0)}
