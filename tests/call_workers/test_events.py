"""Events of a call, one by one, as its listeners hear them."""

from __future__ import annotations

from typing import Any

import pytest

from call_workers import Call, CallState, Cause, ChannelStats
from call_workers.events import Event
from call_workers.run import Run
from call_workers.testing import Exchange
from switchroom.v1 import call_pb2, common_pb2, media_pb2
from tests.call_workers.scripts import HandHost, activation, event, invited, worker_of

NAMES = [
    "call.auth.start",
    "call.authed",
    "call.authed.failed",
    "call.ringing",
    "call.early",
    "call.answered",
    "call.updated",
    "call.mix",
    "call.unmix",
    "call.hold",
    "call.unhold",
    "call.referred",
    "call.pick",
    "call.message",
    "call.destroyed",
    "call.reporting",
    "channel",
]


def told(**happened: Any) -> tuple[Call, list[Event]]:
    """What the listeners of a call hear of one event of the exchange."""
    calls: list[Call] = []
    heard: list[Event] = []

    async def script(call: Call) -> None:
        calls.append(call)
        for name in NAMES:
            call.on(name, heard.append)
        await call.wait_for_hangup()

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited()))
    run.activate(activation(event(2, **happened)))
    run.abandon()
    return calls[0], heard


CAUSE = common_pb2.HangupCause(cause=common_pb2.CAUSE_USER_BUSY, source=common_pb2.SOURCE_WIRE, sip_status=486)


@pytest.mark.covers("CM-029", "CM-030", "CM-031", "CM-032", "CM-034", "CM-035", "CM-036", "CM-037", "CM-038", "CM-040")
@pytest.mark.parametrize(
    ("name", "happened", "data"),
    [
        ("call.auth.start", {"auth_started": call_pb2.AuthStarted(username="1001")}, {"username": "1001"}),
        (
            "call.authed.failed",
            {"auth_failed": call_pb2.AuthFailed(sip_status=403, reason="no")},
            {"status": 403, "reason": "no"},
        ),
        ("call.ringing", {"ringing": call_pb2.Ringing()}, {}),
        ("call.early", {"early_media": call_pb2.EarlyMedia()}, {}),
        ("call.answered", {"answered": call_pb2.Answered()}, {}),
        ("call.updated", {"updated": call_pb2.Updated()}, {}),
        ("call.hold", {"held": call_pb2.Held(by_us=True)}, {"by_us": True}),
        ("call.unhold", {"unheld": call_pb2.Unheld()}, {"by_us": False}),
        (
            "call.referred",
            {"referred": call_pb2.Referred(destination="sip:1@h", by_call_id="b")},
            {"destination": "sip:1@h", "by": "b"},
        ),
        ("call.pick", {"picked": call_pb2.Picked()}, {}),
        (
            "call.message",
            {"message": call_pb2.MessageReceived(method="MESSAGE", content_type="text/plain", body=b"x")},
            {"method": "MESSAGE", "content_type": "text/plain", "body": b"x"},
        ),
        (
            "channel",
            {"digit": call_pb2.DigitReceived(digit="5", duration_ms=90, source=call_pb2.DIGIT_SOURCE_SIP_INFO)},
            {"action": "telephone-event", "event": "5", "duration_ms": 90, "source": "sip-info"},
        ),
        (
            "channel",
            {"digit_released": call_pb2.DigitReceived(digit="5", duration_ms=90, source=call_pb2.DIGIT_SOURCE_RTP)},
            {"action": "telephone-event-end", "event": "5", "duration_ms": 90, "source": "rtp"},
        ),
        (
            "channel",
            {"media": media_pb2.MediaEvent(talk=media_pb2.TalkEvent(talking=True, energy=100))},
            {"action": "talk", "event": "start", "energy": 100},
        ),
        (
            "channel",
            {"media": media_pb2.MediaEvent(speaker=media_pb2.SpeakerEvent(energy=9))},
            {"action": "speaker", "event": "end", "energy": 9},
        ),
    ],
)
def test_each_event_has_its_name_and_fields(name: str, happened: dict[str, Any], data: dict[str, Any]) -> None:
    _, (heard,) = told(**happened)
    assert (heard.name, heard.data) == (name, data)


@pytest.mark.covers("CM-035")
def test_authed_tells_who_it_is() -> None:
    call, (heard,) = told(authenticated=call_pb2.Authenticated(entity=common_pb2.Entity(username="1001")))
    assert heard.name == "call.authed"
    assert heard["entity"].username == "1001"
    assert call.authenticated


@pytest.mark.covers("CM-039", "CM-060", "CM-017")
def test_the_record_of_an_ended_call_is_final() -> None:
    stats = media_pb2.ChannelStats(packets_received=7, codec_in="PCMA")
    call, heard = told(ended=call_pb2.Ended(cause=CAUSE, stats=stats))
    assert [one.name for one in heard] == ["call.destroyed", "call.reporting"]
    cause = heard[0]["cause"]
    assert (cause.cause, cause.status, cause.source) == (Cause.USER_BUSY, 486, "wire")
    assert heard[1]["stats"] == ChannelStats(packets_received=7, codec_in="PCMA")
    assert call.hangup_cause == cause


@pytest.mark.covers("CM-011")
def test_the_state_of_a_call_in_flags() -> None:
    call, _ = told(ringing=call_pb2.Ringing())
    assert (call.state, call.held, call.authenticated, call.picked, call.referred_by) == (
        CallState.RINGING,
        False,
        False,
        False,
        "",
    )
    assert told(early_media=call_pb2.EarlyMedia())[0].state is CallState.EARLY
    assert told(answered=call_pb2.Answered())[0].state is CallState.ESTABLISHED
    assert told(held=call_pb2.Held())[0].held
    assert told(authenticated=call_pb2.Authenticated())[0].authenticated
    assert told(picked=call_pb2.Picked())[0].picked
    assert told(referred=call_pb2.Referred(by_call_id="b"))[0].referred_by == "b"
    assert told(ended=call_pb2.Ended())[0].state is CallState.ENDED


@pytest.mark.covers("CM-012")
def test_a_call_that_rang_and_ended_has_ended() -> None:
    states: list[CallState] = []

    async def script(call: Call) -> None:
        for name in ("call.ringing", "call.destroyed", "call.reporting"):
            call.on(name, lambda heard: states.append(heard.call.state))
        await call.wait_for_hangup()

    run = Run(HandHost(script), "r", 1)
    run.activate(activation(invited(), event(2, ringing=call_pb2.Ringing())))
    late = event(4, ringing=call_pb2.Ringing())
    run.activate(activation(event(3, ended=call_pb2.Ended()), late))
    assert states == [CallState.RINGING, CallState.ENDED, CallState.ENDED]


@pytest.mark.covers("CM-005")
@pytest.mark.asyncio
async def test_many_listeners_some_of_them_once_and_off_again() -> None:
    heard: list[str] = []

    async def script(call: Call) -> None:
        def gone(event: Event) -> None:
            heard.append("gone")

        call.on("channel", lambda event: heard.append("one"))
        call.on("channel", lambda event: heard.append("two"))
        call.once("channel", lambda event: heard.append("once"))
        call.on("channel", gone)
        call.off("channel", gone)
        await call.wait_for_hangup()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        await caller.digits("12")
        assert heard == ["one", "two", "once", "one", "two"]
        await caller.hangup()
