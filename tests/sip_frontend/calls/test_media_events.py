"""Media workers die and return, players end, legs fall silent."""

from __future__ import annotations

import pytest

from sip_frontend.calls import media_events
from sip_frontend.calls.call import Call
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import media_pb2
from tests.sip_frontend.calls.harness import Frontend, command, echoing


def happened(frontend: Frontend, call: Call, **event: object) -> None:
    assert call.channel is not None
    told = media_pb2.MediaEvent(channel_id=call.channel.channel_id, **event)  # type: ignore[arg-type]
    media_events.event(frontend.exchange, "media-1", told)
    frontend.settle()


@pytest.mark.covers("CM-050", "EN-009")
def test_a_leg_without_media_is_ended() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    happened(frontend, call, idle=media_pb2.MediaIdle(silent_s=60))
    assert len(frontend.requests("BYE")) == 1
    assert call.view.hangup_cause.cause == common.CAUSE_USER_GONE
    frontend.nothing_left()


def test_a_player_that_has_ended_does_not_start_again_elsewhere() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    run = call.run
    assert run is not None
    soup = media_pb2.Soup(items=[media_pb2.SoupItem(tone="440:1000")])
    frontend.decide(run, command("play", call, soup=soup, player_id="p1"))
    assert call.channel is not None
    assert call.channel.spec.player.player_id == "p1"
    happened(frontend, call, play=media_pb2.PlayEvent(player_id="p1", ended=True, reason="completed"))
    assert not call.channel.spec.HasField("player")
    assert frontend.activations[-1][1][-1].media.play.reason == "completed"


@pytest.mark.covers("CM-114")
def test_digits_reach_the_script() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    happened(frontend, call, digit=media_pb2.MediaDigit(digit="5"))
    assert frontend.activations[-1][1][-1].digit.digit == "5"
    happened(frontend, call, digit=media_pb2.MediaDigit(digit="5", duration_ms=120, released=True))
    event = frontend.activations[-1][1][-1]
    assert (event.WhichOneof("event"), event.digit_released.duration_ms) == ("digit_released", 120)
