"""Media workers come, drain, die and return: where their channels live then."""

from __future__ import annotations

import pytest

from sip_frontend.calls import media_channels, media_events, media_homes
from switchroom.errors import BusError, BusTimeout, PeerLost, RequestRefused
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import media_pb2
from tests.sip_frontend.calls.harness import Frontend, command, echoing, invite, within


@pytest.mark.covers("ND-009")
def test_a_media_worker_that_returns_gets_its_channels_back_on_the_same_ports() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    assert call.channel is not None
    before = frontend.channels.pop(call.channel.channel_id)
    media_homes.lost(frontend.exchange, "media-1")
    frontend.settle()
    frontend.advance(1)
    media_homes.joined(frontend.exchange, "media-1", "here")
    frontend.settle()
    after = frontend.channels[call.channel.channel_id]
    assert after.local_port == before.local_port
    assert after.echo
    assert after.generation == before.generation + 1
    frontend.advance(20)
    assert frontend.exchange.calls


def test_a_media_worker_that_returns_is_not_judged_by_its_former_life() -> None:
    frontend = Frontend()
    worker = frontend.exchange.media.workers["media-1"]
    worker.load.draining = True
    media_homes.lost(frontend.exchange, "media-1")
    media_homes.joined(frontend.exchange, "media-1", "here", 1)
    frontend.settle()
    assert (worker.load.draining, worker.load.capacity) == (False, 1)
    echoing(frontend)
    assert not worker.usable  # it told its capacity when it joined


def test_calls_of_a_media_worker_that_stays_away_are_ended() -> None:
    frontend = Frontend()
    echoing(frontend)
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(media_homes.RETURN_S + 0.1)
    assert len(frontend.requests("BYE")) == 1
    assert not frontend.exchange.calls


@pytest.mark.covers("ND-003")
def test_stock_of_ports_grows_with_use_and_shrinks_after_it() -> None:
    frontend = Frontend()
    worker = frontend.exchange.media.workers["media-1"]
    for number in range(100):
        frontend.receive(invite(call_id=f"c{number}"))
    for run, _ in list(frontend.activations):
        frontend.decide(run, command("answer", run.first_call))
    assert len(worker.channels) == 100
    assert len(worker.free) >= 1
    assert len({channel.port.number for channel in worker.channels.values()}) == 100
    for call in list(frontend.exchange.calls.values()):
        assert call.run is not None
        frontend.decide(call.run, command("hangup", call))
    media_channels.return_surplus(frontend.exchange)
    frontend.settle()
    assert len(worker.free) == 128
    frontend.nothing_left()


def test_one_that_had_no_ports_when_it_joined_is_asked_again() -> None:
    frontend = Frontend()
    asked: list[str] = []

    def refuses(envelope: wire.Envelope) -> wire.Envelope | BusError:
        asked.append(str(envelope.WhichOneof("body")))
        return RequestRefused("ERROR_CODE_NO_PORTS", "no block of ports is left")

    grants, frontend._media = frontend._media, refuses  # type: ignore[assignment, method-assign]
    frontend.add_worker("media-2", "127.0.0.1")
    worker = frontend.exchange.media.workers["media-2"]
    assert (asked, worker.usable) == (["grant_request"], False)
    frontend._media = grants  # type: ignore[method-assign]
    frontend.advance(media_channels.GRANT_AGAIN_S)
    assert worker.usable


def test_a_few_calls_bind_no_port_and_give_none_back() -> None:
    frontend = Frontend()
    worker = frontend.exchange.media.workers["media-1"]
    blocks = set(worker.blocks)
    assert len(worker.free) == 128
    call = echoing(frontend)
    media_channels.return_surplus(frontend.exchange)
    frontend.settle()
    frontend.receive(within(frontend.response(200), "BYE", 2))
    media_channels.return_surplus(frontend.exchange)
    frontend.settle()
    assert (set(worker.blocks), len(worker.free), call.ended) == (blocks, 128, True)


def test_another_media_worker_of_the_machine_takes_the_channels_over_at_once() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    media_homes.joined(frontend.exchange, "media-2", "here")
    media_homes.joined(frontend.exchange, "media-3", "elsewhere")
    frontend.settle()
    assert call.channel is not None
    before = call.channel.port.number
    media_homes.lost(frontend.exchange, "media-1")
    frontend.settle()
    assert call.channel.worker == "media-2"
    assert frontend.channels[call.channel.channel_id].local_port == before
    frontend.receive(within(frontend.response(200), "BYE", 2))
    assert not frontend.channels
    assert not frontend.exchange.media.workers["media-2"].channels
    frontend.advance(20)
    assert "media-1" not in frontend.exchange.media.workers


@pytest.mark.covers("CM-008")
def test_a_media_worker_that_joins_is_used_although_no_setting_names_it() -> None:
    frontend = Frontend()
    media_homes.lost(frontend.exchange, "media-1")
    frontend.receive(invite(call_id="none"))
    run, _ = frontend.activations[-1]
    frontend.decide(run, command("answer", run.first_call))
    assert frontend.statuses()[-1] == 503
    media_homes.joined(frontend.exchange, "somebody", "elsewhere")
    frontend.settle()
    frontend.receive(invite(call_id="one"))
    run, _ = frontend.activations[-1]
    frontend.decide(run, command("answer", run.first_call))
    assert frontend.statuses()[-1] == 200
    assert run.first_call is not None
    assert run.first_call.channel is not None
    assert run.first_call.channel.worker == "somebody"


@pytest.mark.covers("CM-140")
def test_a_channel_that_cannot_be_made_ends_its_call_and_says_why() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    make = frontend._media

    def refuses(asked: wire.Envelope) -> wire.Envelope | BusError:
        reply = make(asked)
        return BusTimeout("media-1") if asked.HasField("set_channel") else reply

    frontend._media = refuses  # type: ignore[assignment, method-assign]
    frontend.decide(run, command("answer", run.first_call))
    assert run.first_call is not None
    why = run.first_call.view.hangup_cause
    assert (why.cause, why.text) == (common.CAUSE_SERVER_ERROR, "media refused")
    assert [line.event for line in frontend.logged if line.level == "error"] == ["media.channel_refused"]
    assert frontend.requests("BYE")


def test_a_worker_that_dies_with_a_request_unanswered_costs_no_call() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    assert call.channel is not None
    media_homes.channel_told(frontend.exchange, call.channel, "media-1", call.channel.port, PeerLost("media-1"))
    frontend.settle()
    assert not frontend.requests("BYE")
    for asked in ("media-2", "media-1"):  # the first has not got it any more
        assert not frontend.requests("BYE")
        refused = RequestRefused("ERROR_CODE_SPEC_INVALID", "no such thing")
        media_homes.channel_told(frontend.exchange, call.channel, asked, call.channel.port, refused)
        frontend.settle()
    assert len(frontend.requests("BYE")) == 1


@pytest.mark.covers("ND-014")
def test_one_that_leaves_loses_no_channel_and_its_neighbour_takes_them() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    media_homes.joined(frontend.exchange, "media-2", "here", 100)
    media_homes.drains(frontend.exchange, "media-1")
    frontend.settle()
    assert call.channel is not None
    channel_id = call.channel.channel_id
    refused = RequestRefused("ERROR_CODE_SHUTTING_DOWN", "this media worker is leaving")
    media_homes.channel_told(frontend.exchange, call.channel, "media-1", call.channel.port, refused)
    media_events.closed(frontend.exchange, "media-1", media_pb2.ChannelClosed(channel_id=channel_id, reason="shutdown"))
    media_homes.lost(frontend.exchange, "media-1")
    frontend.settle()
    assert call.channel.worker == "media-2"
    assert not frontend.requests("BYE")


@pytest.mark.parametrize(("draining", "capacity"), [(True, 100), (False, 1)])
def test_a_neighbour_that_leaves_too_or_is_full_takes_nothing(draining: bool, capacity: int) -> None:
    frontend = Frontend()
    call, other = echoing(frontend), echoing(frontend, "b2")
    media_homes.joined(frontend.exchange, "media-2", "here", capacity)
    if draining:
        media_homes.drains(frontend.exchange, "media-2")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.settle()
    assert call.channel is not None
    assert other.channel is not None
    moved = [channel.worker for channel in (call.channel, other.channel)].count("media-2")
    assert moved == (0 if draining else 1)


def test_another_worker_that_joins_on_the_machine_takes_what_waits_there() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(2)
    media_homes.joined(frontend.exchange, "elsewhere", "there")
    assert call.channel is not None
    assert call.channel.worker == "media-1"
    media_homes.joined(frontend.exchange, "media-2", "here")
    frontend.settle()
    assert call.channel.worker == "media-2"
    frontend.advance(20)
    assert not frontend.requests("BYE")
