"""Everyone else's end: joining, joining again, asking."""

from __future__ import annotations

import asyncio

import pytest

from switchroom.bus import Mesh
from switchroom.errors import BusTimeout, PeerLost, RequestRefused
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER, ROLE_TOOL
from switchroom.v1.envelope_pb2 import ERROR_CODE_FULL, KIND_REQUEST, Envelope, Heartbeat, Hello
from tests.switchroom.bus.exchange import PATIENCE_S, Guest, Office, activation, decision, hello, status_of, until

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("DR-033")
async def test_joins_a_frontend_that_comes_later(endpoint: str) -> None:
    office = Office(endpoint)
    guest = office.guest()
    with pytest.raises(BusTimeout):
        await guest.dialler.wait_joined(0.2)
    office.listener.start()
    assert (await guest.dialler.wait_joined(5.0)).frontend == "frontend-1"
    await office.close()


async def test_sending_before_the_welcome_is_an_error(office: Office) -> None:
    guest = office.guest()
    with pytest.raises(PeerLost):
        guest.dialler.send(decision())


@pytest.mark.covers("DR-037", "ND-009")
async def test_joins_again_after_a_restart_too_quick_to_be_missed(endpoint: str) -> None:
    office = Office(endpoint)
    office.listener.start()
    guest, _ = await office.seated()
    again = Office(endpoint)
    office.listener._socket.close(0)  # type: ignore[union-attr]  # a crash: no Goodbye
    office.listener._ticker.stop()
    again.listener.start()
    await guest.welcomes.wait(2)
    assert guest.lost.items[0] in ("restarted", "silent")
    again.guests = office.guests
    await again.close()


@pytest.mark.covers("DR-037")
async def test_joins_again_after_a_clean_leave(endpoint: str) -> None:
    office = Office(endpoint)
    office.listener.start()
    guest, _ = await office.seated()
    await office.listener.close()
    assert await guest.lost.wait() == ["goodbye"]
    again = Office(endpoint)
    again.listener.start()
    await guest.welcomes.wait(2)
    again.guests = office.guests
    await again.close()


async def test_a_silent_frontend_is_lost_and_its_requests_fail(office: Office) -> None:
    guest, _ = await office.seated()
    asked = asyncio.ensure_future(guest.dialler.ask(activation(), 30.0))
    await office.messages.wait()
    office.listener._ticker.stop()
    office.listener._socket.close(0)  # type: ignore[union-attr]
    with pytest.raises(PeerLost):
        await asked
    assert await guest.lost.wait() == ["silent"]


async def test_two_of_one_name_do_not_fight_for_the_place(office: Office) -> None:
    first, _ = await office.seated("worker-1")
    await office.seated("worker-1")
    assert await first.lost.wait() == ["replaced"]
    assert first.dialler._hello_at > office.loop.time() + 0.5


async def test_ask_raises_a_refusal(office: Office) -> None:
    guest, _ = await office.seated()
    office.on_message = lambda peer, envelope: office.listener.respond(peer, envelope, refuse())

    def refuse() -> Envelope:
        envelope = Envelope()
        envelope.refusal.code = ERROR_CODE_FULL
        return envelope

    with pytest.raises(RequestRefused) as caught:
        await guest.dialler.ask(activation(), 1.0)
    assert caught.value.code == "ERROR_CODE_FULL"


async def test_a_cancelled_ask_is_let_go(office: Office) -> None:
    guest, peer = await office.seated()
    asked = asyncio.ensure_future(guest.dialler.ask(activation(), 5.0))
    _, envelope = (await office.messages.wait())[0]
    asked.cancel()
    office.listener.respond(peer, envelope, decision())
    guest.on_message = lambda dialler, envelope: guest.messages.add(envelope)
    office.listener.send(peer, decision("after"))
    await guest.messages.wait()
    assert not guest.dialler._link.asked


@pytest.mark.covers("ND-004")
async def test_heartbeats_carry_the_load(office: Office) -> None:
    def load() -> Heartbeat:
        beat = Heartbeat()
        beat.media_load.channels = 12
        return beat

    await office.seated("media-1", heartbeat=load)
    _, envelope = (await office.messages.wait())[0]
    assert envelope.heartbeat.media_load.channels == 12


@pytest.mark.covers("ND-004")
async def test_one_that_never_stops_talking_tells_its_load_all_the_same(office: Office) -> None:
    def load() -> Heartbeat:
        beat = Heartbeat()
        beat.media_load.channels = 12
        return beat

    guest, _ = await office.seated("media-1", heartbeat=load)
    told = 0
    async with asyncio.timeout(10):
        while told < 2:
            guest.dialler.send(decision("talk"))
            await asyncio.sleep(0.01)
            told = sum(envelope.HasField("heartbeat") for _, envelope in office.messages.items)


async def test_unanswered_requests_are_answered_on_close(office: Office) -> None:
    guest, peer = await office.seated()
    replies: asyncio.Future[object] = office.loop.create_future()
    office.listener.request(peer, activation(), 5.0, replies.set_result)
    await guest.messages.wait()
    await guest.dialler.close()
    answer = await asyncio.wait_for(replies, 5.0)
    assert isinstance(answer, RequestRefused)
    assert answer.code == "ERROR_CODE_SHUTTING_DOWN"


@pytest.mark.covers("ND-003")
async def test_status_gathers_every_process(endpoint: str) -> None:
    office = Office(endpoint, status=lambda: status_of(calls=3))
    office.listener.start()
    await office.seated("media-1", status=lambda: status_of(channels=7))
    raw = office.raw()
    raw.say_hello("stuck-1")
    await office.joined.wait(2)
    tool = Guest(endpoint, hello("tool", ROLE_TOOL))
    office.guests.append(tool)
    tool.dialler.start()
    await tool.dialler.wait_joined(5.0)
    question = Envelope()
    question.status_request.SetInParent()
    status = (await tool.dialler.ask(question, 2.0)).status
    assert (status.name, status.values["calls"]) == ("frontend-1", 3)
    peers = {peer.name: peer for peer in status.peers}
    assert set(peers) == {"media-1", "stuck-1"}
    assert peers["media-1"].values["channels"] == 7
    assert (peers["stuck-1"].values["silent"], peers["stuck-1"].pid) == (1, 4711)
    await office.close()


@pytest.mark.parametrize("burst", [1, 7, 200])
async def test_no_message_waits_for_the_safety_tick(office: Office, burst: int) -> None:
    """The trap of the edge-triggered descriptor: sends from outside the reader swallow the edge of an answer."""
    office.on_message = lambda peer, envelope: office.listener.respond(peer, envelope, decision())
    guest, peer = await office.seated()
    guest.answer_all()
    open_requests = asyncio.Semaphore(burst)
    answered = 0

    def settle(_: object) -> None:
        nonlocal answered
        answered += 1
        open_requests.release()

    async with asyncio.timeout(30):
        for number in range(1500):
            await open_requests.acquire()
            if number % 2:
                office.listener.request(peer, activation(), 5.0, settle)
            else:
                guest.dialler.request(activation(), 5.0, settle)
        for _ in range(burst):
            await open_requests.acquire()
    assert answered == 1500
    assert office.late_finds() == 0  # the fixture asks again at the end


@pytest.mark.covers("ND-002")
async def test_a_mesh_joins_every_frontend(tmp_path_factory: pytest.TempPathFactory) -> None:
    offices = [Office(f"ipc://{tmp_path_factory.mktemp('m')}/f") for _ in range(2)]
    for office in offices:
        office.listener.start()
    lost: list[str] = []
    mesh = Mesh(
        asyncio.get_running_loop(),
        [office.endpoint for office in offices],
        Hello(role=ROLE_CALL_WORKER, name="worker-1"),
        on_welcome=lambda dialler, welcome: None,
        on_message=lambda dialler, envelope: None,
        on_lost=lambda dialler, reason: lost.append(dialler.endpoint),
    )
    mesh.start()
    for office in offices:
        await office.joined.wait()
    for dialler in mesh.diallers:
        await dialler.wait_joined(5.0)
    assert mesh.joined == mesh.diallers
    await offices[0].close()
    await until(lambda: bool(lost))
    assert lost == [offices[0].endpoint]
    await mesh.close()
    await offices[1].close()


async def test_a_dialler_answers_a_frame_it_cannot_read(office: Office) -> None:
    guest, peer = await office.seated()
    broken = activation().SerializeToString()[:-1] + b"\xff\xff"
    head = Envelope(kind=KIND_REQUEST, correlation_id=44).SerializeToString()
    peer.outbox.append(head + broken)
    office.listener._unsent.append(peer)
    office.listener.send(peer, decision("behind"))
    await guest.messages.wait()
    assert guest.dialler._link.malformed == 1


async def test_an_answer_in_no_hurry_rides_with_the_next(office: Office) -> None:
    guest, peer = await office.seated()
    guest.on_message = lambda dialler, envelope: dialler.respond(
        envelope, decision(envelope.activation.run_id), promptly=envelope.activation.run_id != "idle"
    )
    replies: list[str] = []
    all_here = asyncio.Event()

    def answered(outcome: object) -> None:
        assert isinstance(outcome, Envelope)
        replies.append(outcome.decision.run_id)
        if len(replies) == 3:
            all_here.set()

    guest.dialler._ticker.stop()
    sent_before = guest.dialler._link.frames_out
    office.listener.request(peer, activation("idle"), 5.0, answered)
    await until(lambda: bool(guest.dialler._link.outbox))
    assert guest.dialler._link.frames_out == sent_before, "it left although nothing hurried it"
    office.listener.request(peer, activation("prompt"), 5.0, answered)
    await until(lambda: len(replies) == 2)
    assert replies == ["idle", "prompt"]
    guest.dialler._ticker.start()
    office.listener.request(peer, activation("idle"), 5.0, answered)
    await asyncio.wait_for(all_here.wait(), PATIENCE_S)  # with a tick
