"""The frontend's end: who may join, who is lost, what becomes of bad frames."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from switchroom.bus import Peer, Timing
from switchroom.errors import BusError, BusFull, BusTimeout, PeerLost, RequestRefused
from switchroom.v1.envelope_pb2 import (
    ERROR_CODE_MALFORMED,
    ERROR_CODE_NOT_SUPPORTED,
    ERROR_CODE_NOT_WELCOME,
    ERROR_CODE_SHUTTING_DOWN,
    ERROR_CODE_UNKNOWN_METHOD,
    KIND_EVENT,
    KIND_REQUEST,
    KIND_RESPONSE,
    Envelope,
)
from tests.switchroom.bus.exchange import Happened, Office, activation, decision, hello, until

pytestmark = pytest.mark.asyncio


def request(correlation_id: int, run_id: str = "run-1") -> Envelope:
    envelope = activation(run_id)
    envelope.kind = KIND_REQUEST
    envelope.correlation_id = correlation_id
    envelope.deadline_ms = 1000
    return envelope


class TestJoining:
    @pytest.mark.covers("DR-033")
    async def test_hello_is_answered_by_a_welcome_with_the_pace(self, office: Office) -> None:
        guest, peer = await office.seated("worker-7")
        welcome = guest.welcomes.items[0]
        assert (welcome.frontend, welcome.version) == ("frontend-1", "1.2")
        assert (welcome.heartbeat_ms, welcome.suspect_ms, welcome.lost_ms, welcome.lease_ms) == (100, 250, 600, 500)
        assert (peer.name, peer.hello.pid) == ("worker-7", os.getpid())

    async def test_a_request_before_hello_is_refused(self, office: Office) -> None:
        raw = office.raw()
        raw.send(request(77))
        refusal = await raw.next("refusal")
        assert (refusal.kind, refusal.correlation_id) == (KIND_RESPONSE, 77)
        assert refusal.refusal.code == ERROR_CODE_NOT_WELCOME
        assert not office.messages.items

    async def test_an_event_before_hello_is_told_so(self, office: Office) -> None:
        raw = office.raw()
        raw.send(Envelope(kind=KIND_EVENT))
        refusal = await raw.next("refusal")
        assert (refusal.kind, refusal.correlation_id) == (KIND_EVENT, 0)

    async def test_hello_without_a_name_is_refused(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("")
        refusal = await raw.next("refusal")
        assert (refusal.correlation_id, refusal.refusal.code) == (1, ERROR_CODE_MALFORMED)

    async def test_frames_behind_hello_in_one_message_are_read(self, office: Office) -> None:
        raw = office.raw()
        greeting = Envelope(kind=KIND_REQUEST, correlation_id=1)
        greeting.hello.CopyFrom(hello("worker-1"))
        raw.send(greeting, request(2))
        await office.messages.wait()

    async def test_the_same_name_takes_the_place(self, office: Office) -> None:
        first, second = office.raw(), office.raw()
        first.say_hello("worker-1")
        await first.next("welcome")
        replies = Happened()
        office.listener.request(office.joined.items[0], activation(), 5.0, replies.add)
        second.say_hello("worker-1")
        await second.next("welcome")
        assert [reason for _, reason in await office.lost.wait()] == ["replaced"]
        assert isinstance(replies.items[0], PeerLost)
        assert (await first.next("goodbye")).goodbye.reason == "replaced"
        assert len(office.listener.peers) == 1


class TestLosing:
    @pytest.mark.covers("DR-036")
    async def test_a_silent_peer_is_suspect_then_lost(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        assert (await office.suspects.wait())[0] == (peer, True)
        assert not office.lost.items
        assert (await office.lost.wait())[0] == (peer, "silent")

    async def test_a_suspect_that_speaks_is_well_again(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        await office.suspects.wait()
        raw.send(Envelope(kind=KIND_EVENT, heartbeat={}))
        assert (await office.suspects.wait(2))[1] == (peer, False)

    @pytest.mark.covers("DR-036")
    async def test_a_peer_that_beats_stays(self, office: Office) -> None:
        _, peer = await office.seated()
        await asyncio.sleep(2 * office.listener.timing.lost_s)
        assert office.listener.peers == {peer.identity: peer}
        assert not office.suspects.items

    async def test_a_dead_connection_is_noticed_before_its_silence(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        await office.joined.wait()
        raw.close()
        assert [reason for _, reason in await office.lost.wait()] == ["unreachable"]
        office.raws.clear()

    async def test_our_own_sleep_is_not_the_peers_silence(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        office.listener._tick(office.loop.time() + 5.0, 5.0)
        assert not office.lost.items
        assert peer.identity in office.listener.peers

    async def test_goodbye_is_a_clean_leave(self, office: Office) -> None:
        guest, peer = await office.seated()
        guest.dialler.drain("restart")
        (_, envelope) = (await office.messages.wait())[0]
        assert envelope.goodbye.draining
        assert peer.draining
        await guest.dialler.close("done")
        assert (await office.lost.wait())[0] == (peer, "goodbye")


class TestAsking:
    async def test_request_and_answer(self, office: Office) -> None:
        guest, peer = await office.seated()
        guest.answer_all()
        replies = Happened()
        office.listener.request(peer, activation("run-9"), 1.0, replies.add)
        assert (await replies.wait())[0].decision.run_id == "run-9"
        assert not peer.asked

    @pytest.mark.covers("ND-008")
    async def test_no_answer_in_time(self, office: Office) -> None:
        _, peer = await office.seated()
        replies = Happened()
        office.listener.request(peer, activation(), 0.1, replies.add)
        assert isinstance((await replies.wait())[0], BusTimeout)
        assert not peer.asked

    async def test_an_answer_that_is_late_is_stray(self, office: Office) -> None:
        guest, peer = await office.seated()
        replies = Happened()
        office.listener.request(peer, activation(), 0.05, replies.add)
        asked = (await guest.messages.wait())[0]
        await replies.wait()
        guest.dialler.respond(asked, decision())
        guest.dialler.send(decision("behind"))
        await office.messages.wait()
        assert (peer.stray, len(replies.items)) == (1, 1)

    async def test_a_second_answer_is_dropped(self, office: Office) -> None:
        guest, peer = await office.seated()
        replies = Happened()
        office.listener.request(peer, activation(), 1.0, replies.add)
        asked = (await guest.messages.wait())[0]
        guest.dialler.respond(asked, decision())
        guest.dialler.respond(asked, decision())
        await replies.wait()
        assert guest.dialler.double_answers == 1

    async def test_a_refusal_comes_as_an_error(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        replies = Happened()
        office.listener.request(peer, activation(), 1.0, replies.add)
        asked = await raw.next("activation")
        answer = Envelope(kind=KIND_RESPONSE, correlation_id=asked.correlation_id)
        answer.refusal.code, answer.refusal.text = ERROR_CODE_NOT_SUPPORTED, "not yet"
        raw.send(answer)
        error = (await replies.wait())[0]
        assert isinstance(error, RequestRefused)
        assert error.code == "ERROR_CODE_NOT_SUPPORTED"

    async def test_another_peer_cannot_answer(self, office: Office) -> None:
        _, peer = await office.seated("worker-1")
        other, other_peer = await office.seated("worker-2")
        replies = Happened()
        correlation_id = office.listener.request(peer, activation(), 0.3, replies.add)
        forged = decision()
        forged.kind, forged.correlation_id = KIND_RESPONSE, correlation_id
        other.dialler._send(other.dialler._link, forged)
        assert isinstance((await replies.wait())[0], BusTimeout)
        assert other_peer.stray == 1

    @pytest.mark.covers("DR-035", "ND-001")
    async def test_frames_of_one_wake_up_ride_together(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        await raw.next("welcome")
        for number in range(5):
            office.listener.send(peer, decision(f"run-{number}"))
        batch: list[Envelope] = []
        while not batch or not batch[0].HasField("decision"):
            batch = await raw.batch()
        assert [each.decision.run_id for each in batch] == [f"run-{number}" for number in range(5)]

    async def test_a_full_queue_is_an_error_to_the_caller(self, endpoint: str) -> None:
        office = Office(endpoint, queue_limit=3)
        office.listener.start()
        try:
            _, peer = await office.seated()
            for _ in range(3):
                office.listener.send(peer, decision())
            with pytest.raises(BusFull):
                office.listener.request(peer, activation(), 1.0, lambda _: None)
            assert (peer.dropped, len(peer.asked)) == (1, 0)
        finally:
            await office.close()

    async def test_a_peer_that_does_not_read_costs_a_bounded_queue(self, endpoint: str) -> None:
        office = Office(endpoint, queue_limit=50, timing=Timing(lost_s=60.0))
        office.listener.start()
        try:
            raw = office.raw()
            raw.say_hello("worker-1")
            peer = (await office.joined.wait())[0]
            big = Envelope(kind=KIND_EVENT)
            big.log.event = "x" * 10_000

            async def send_for_ever() -> None:
                while True:
                    office.listener.send(peer, big)
                    await asyncio.sleep(0)

            with pytest.raises(BusFull):
                await asyncio.wait_for(send_for_ever(), 20)
            assert len(peer.outbox) == 50
        finally:
            await office.close()


class TestBadInput:
    @pytest.mark.covers("DR-035")
    async def test_a_broken_request_is_refused_and_the_next_is_heard(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        raw.send(request(300).SerializeToString()[:-2] + b"\xff\xff\xff")
        refusal = await raw.next("refusal")
        assert (refusal.correlation_id, refusal.refusal.code) == (300, ERROR_CODE_MALFORMED)
        assert peer.malformed == 1
        raw.send(request(301))
        await office.messages.wait()

    @pytest.mark.covers("ND-001")
    async def test_garbage_is_counted(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        raw.send(b"\xff\xfe\xfd", b"", request(9))
        await office.messages.wait()
        assert peer.malformed == 2

    async def test_a_method_of_a_later_contract_is_refused(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        raw.send(b"\x08\x01\x10\x05" + b"\xfa\x3f\x02\x08\x01")  # field 1023
        refusal = await raw.next("refusal")
        assert (refusal.correlation_id, refusal.refusal.code) == (5, ERROR_CODE_UNKNOWN_METHOD)

    async def test_a_handler_that_fails_refuses_and_reports(self, office: Office) -> None:
        reported: list[dict[str, Any]] = []
        office.loop.set_exception_handler(lambda _, context: reported.append(context))

        def broken(peer: Peer, envelope: Envelope) -> None:
            raise RuntimeError("a fault of ours")

        office.on_message = broken
        guest, _ = await office.seated()
        with pytest.raises(RequestRefused) as caught:
            await guest.dialler.ask(activation(), 1.0)
        assert caught.value.code == "ERROR_CODE_INTERNAL"
        assert isinstance(reported[0]["exception"], RuntimeError)

    async def test_a_flood_leaves_room_for_others(self, office: Office) -> None:
        office.on_message = lambda peer, envelope: (
            office.listener.respond(peer, envelope, decision()) if envelope.kind == KIND_REQUEST else None
        )
        guest, _ = await office.seated("worker-2")
        raw = office.raw()
        raw.say_hello("flood")
        await raw.next("welcome")
        frame = decision().SerializeToString()
        for _ in range(40):
            raw.send(*[frame] * 500)
        answer = await guest.dialler.ask(activation(), 2.0)
        assert answer.HasField("decision")


class TestClosing:
    async def test_every_request_is_answered(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        raw.send(request(5))
        await office.messages.wait()
        replies = Happened()
        office.listener.request(peer, activation(), 5.0, replies.add)
        await office.listener.close()
        assert isinstance(replies.items[0], BusError)
        refusal = await raw.next("refusal")
        assert (refusal.correlation_id, refusal.refusal.code) == (5, ERROR_CODE_SHUTTING_DOWN)

    async def test_a_closed_listener_says_goodbye(self, office: Office) -> None:
        guest, _ = await office.seated()
        await office.listener.close()
        assert await guest.lost.wait() == ["goodbye"]

    async def test_a_request_nobody_answers_is_refused_at_its_deadline(self, office: Office) -> None:
        raw = office.raw()
        raw.say_hello("worker-1")
        peer = (await office.joined.wait())[0]
        envelope = request(5)
        envelope.deadline_ms = 50
        raw.send(envelope)
        assert (await raw.next("refusal")).correlation_id == 5
        assert (office.listener.owed_expired, peer.owed) == (1, {})


async def test_the_owner_is_told_before_every_input(endpoint: str) -> None:
    happened: list[str] = []
    office = Office(
        endpoint,
        on_input=lambda: happened.append("input"),
        on_joined=lambda peer: happened.append("joined"),
        on_message=lambda peer, envelope: happened.append("message"),
        on_lost=lambda peer, reason: happened.append("lost"),
    )
    office.listener.start()
    guest, peer = await office.seated()
    guest.answer_all()
    replies = Happened()

    def answered(reply: object) -> None:
        happened.append("reply")
        replies.add(reply)

    office.listener.request(peer, activation(), 1.0, answered)
    await replies.wait()
    guest.dialler.send(decision())
    await guest.dialler.close()
    await until(lambda: "lost" in happened)
    await office.close()
    assert happened[::2] == ["input"] * 4
    assert happened[1::2] == ["joined", "reply", "message", "lost"]
