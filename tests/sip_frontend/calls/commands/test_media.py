"""Commands about the media of one leg: what the channel becomes of each, and what is refused."""

from __future__ import annotations

import pytest

from sip_frontend.calls import digits, media_events
from sip_frontend.calls.call import Call
from sip_frontend.calls.media_directory import MediaWorker
from sip_frontend.calls.run import Run
from switchroom.errors import BusError, BusTimeout, RequestRefused
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import media_pb2
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, command, invite

TONE = media_pb2.Soup(items=[media_pb2.SoupItem(tone="uk.ringing")])


def invited(frontend: Frontend, call_id: str = "a1") -> tuple[Run, Call]:
    before = len(frontend.activations)
    frontend.receive(invite("602", call_id=call_id))
    run, _ = frontend.activations[before]
    assert run.first_call is not None
    return run, run.first_call


def answered(frontend: Frontend, call_id: str = "a1") -> tuple[Run, Call]:
    run, call = invited(frontend, call_id)
    frontend.decide(run, command("answer", call))
    return run, call


def spec_of(frontend: Frontend, call: Call) -> media_pb2.ChannelSpec:
    assert call.channel is not None
    return frontend.channels[call.channel.channel_id]


def results(frontend: Frontend, run: Run) -> list[tuple[int, str]]:
    """Refusals told to the script: code and text."""
    told = [event for one, events in frontend.activations if one is run for event in events]
    return [
        (one.command_result.error_code, one.command_result.error)
        for one in told
        if one.HasField("command_result") and not one.command_result.ok
    ]


def happened(frontend: Frontend, call: Call, event: media_pb2.RecordEvent | media_pb2.PlayEvent) -> None:
    assert call.channel is not None
    told = media_pb2.MediaEvent(channel_id=call.channel.channel_id)
    if isinstance(event, media_pb2.PlayEvent):
        told.play.MergeFrom(event)
    else:
        told.record.MergeFrom(event)
    media_events.event(frontend.exchange, "media-1", told)
    frontend.settle()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("play", {"soup": TONE}),
        ("play_record", {"soup": TONE}),
        ("echo", {}),
        ("send_dtmf", {"digits": "1"}),
        ("set_direction", {}),
        ("detect_tones", {}),
        ("record", {}),
        ("record_control", {"recorder_id": "r"}),
        ("read_stats", {}),
    ],
)
def test_without_media_each_is_refused_and_says_why(kind: str, fields: dict[str, object]) -> None:
    frontend = Frontend()
    run, call = invited(frontend)
    frontend.decide(run, command(kind, call, **fields))
    ((code, text),) = results(frontend, run)
    assert code == wire.ERROR_CODE_WRONG_STATE
    assert text


@pytest.mark.parametrize("kind", ["listen", "speak"])
def test_what_is_not_built_is_refused_as_that(kind: str) -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    frontend.decide(run, command(kind, call, rate_hz=8000))
    assert results(frontend, run) == [(wire.ERROR_CODE_NOT_SUPPORTED, f"{kind} is not supported yet")]


def test_tones_of_machines_are_listened_for_when_asked() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    assert not spec_of(frontend, call).detect_tones
    frontend.decide(run, command("detect_tones", call))
    assert spec_of(frontend, call).detect_tones
    frontend.decide(run, command("detect_tones", call, off=True))
    assert not spec_of(frontend, call).detect_tones


def test_direction_digits_and_stop() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    one_way = media_pb2.ChannelSpec().direction
    one_way.receive = True
    frontend.decide(
        run,
        command("echo", call),
        command("play", call, soup=TONE, player_id="p"),
        command("set_direction", call, direction=one_way),
        command("send_dtmf", call, digits="12#"),
    )
    spec = spec_of(frontend, call)
    assert (spec.echo, spec.player.player_id) == (True, "p")
    assert (spec.direction.send, spec.direction.receive) == (False, True)
    assert frontend.digits_sent == [(spec.channel_id, "12#")]
    frontend.decide(run, command("stop_media", call))
    spec = spec_of(frontend, call)
    assert (spec.echo, spec.HasField("player")) == (False, False)


def test_digits_right_behind_the_answer_find_the_channel() -> None:
    frontend = Frontend()
    run, call = invited(frontend)
    frontend.decide(run, command("answer", call), command("send_dtmf", call, digits="7"), command("echo", call))
    assert [digits for _, digits in frontend.digits_sent] == ["7"]
    assert spec_of(frontend, call).echo


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (RequestRefused("ERROR_CODE_MALFORMED", "no digit"), wire.ERROR_CODE_MALFORMED, "no digit"),
        (RequestRefused("99", "as of tomorrow"), wire.ERROR_CODE_TIMEOUT, "99: as of tomorrow"),
        (BusTimeout("media-1"), wire.ERROR_CODE_TIMEOUT, "media-1"),
    ],
)
def test_digits_that_the_media_worker_refuses_are_told_to_the_script(
    error: BusError, code: wire.ErrorCode, text: str
) -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    frontend._media = lambda envelope: error  # type: ignore[assignment, method-assign, return-value]
    frontend.decide(run, command("send_dtmf", call, digits="12w3"))
    assert results(frontend, run) == [(code, text)]


@pytest.mark.covers("EN-066")
def test_a_recorder_pauses_goes_on_and_is_gone_when_it_has_finished() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    recorder = media_pb2.RecorderSpec(recorder_id="r", file="a.wav", channels=2)
    frontend.decide(run, command("record", call, recorder=recorder))
    (spec,) = spec_of(frontend, call).recorders
    assert (spec.file, spec.started_at.seconds) == ("a.wav", 1_700_000_000)
    for action, paused in ((pb.RecordControl.ACTION_PAUSE, True), (pb.RecordControl.ACTION_RESUME, False)):
        frontend.decide(run, command("record_control", call, recorder_id="r", action=action))
        assert spec_of(frontend, call).recorders[0].paused is paused
    frontend.decide(run, command("record_control", call, recorder_id="r", action=pb.RecordControl.ACTION_FINISH))
    assert spec_of(frontend, call).recorders[0].finished
    happened(frontend, call, media_pb2.RecordEvent(recorder_id="r", event="finished.requested"))
    frontend.decide(run, command("echo", call))
    assert not spec_of(frontend, call).recorders
    frontend.decide(run, command("record_control", call, recorder_id="r", action=pb.RecordControl.ACTION_PAUSE))
    assert results(frontend, run) == [(wire.ERROR_CODE_WRONG_STATE, "no recorder r")]


@pytest.mark.covers("EN-073", "EN-072")
def test_play_record_is_a_prompt_and_a_recorder_behind_it() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    recorder = media_pb2.RecorderSpec(recorder_id="r", file="a.wav")
    wanted = command("play_record", call, soup=TONE, record=recorder, player_id="p", interrupt=True, barge_in_power=7)
    frontend.decide(run, wanted)
    spec = spec_of(frontend, call)
    assert (spec.player.player_id, spec.recorders[0].file, spec.recorders[0].after_player) == ("p", "a.wav", "p")
    assert (spec.player.soup.interrupt_by_voice.power, spec.recorders[0].start_above_power) == (7, 0)
    happened(frontend, call, media_pb2.PlayEvent(player_id="p", ended=True, reason="interrupted"))
    frontend.decide(run, command("echo", call))
    assert not spec_of(frontend, call).HasField("player")
    assert spec_of(frontend, call).recorders


def test_a_prompt_that_is_not_to_be_interrupted_is_not_and_may_be_missing() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    recorder = media_pb2.RecorderSpec(recorder_id="r", file="a.wav")
    frontend.decide(run, command("play_record", call, soup=TONE, record=recorder))
    spec = spec_of(frontend, call)
    assert spec.recorders[0].after_player == spec.player.player_id != ""
    assert not spec.player.soup.HasField("interrupt_by_voice")
    recorder.recorder_id = "s"
    frontend.decide(run, command("play_record", call, soup=media_pb2.Soup(), record=recorder))
    assert spec_of(frontend, call).recorders[1].after_player == ""


def test_statistics_come_as_json_or_as_a_failure() -> None:
    frontend = Frontend()
    run, call = answered(frontend)

    def asked(envelope: wire.Envelope) -> wire.Envelope | BusTimeout:
        return wire.Envelope(channel_stats=media_pb2.ChannelStats(packets_received=7))

    frontend._media = asked  # type: ignore[assignment, method-assign]
    frontend.decide(run, command("read_stats", call))
    result = frontend.activations[-1][1][-1].command_result
    assert (result.ok, result.value.replace("\n", "").replace(" ", "")) == (True, '{"packets_received":"7"}')
    frontend._media = lambda envelope: BusTimeout("media-1")  # type: ignore[assignment, method-assign, return-value]
    frontend.decide(run, command("read_stats", call))
    assert [code for code, _ in results(frontend, run)] == [wire.ERROR_CODE_TIMEOUT]


def test_members_of_a_room_share_a_group_until_they_leave() -> None:
    frontend = Frontend()
    members = [invited(frontend, call_id) for call_id in ("a", "b", "c")]
    for run, call in members:
        frontend.decide(run, command("conference", call, room="602", muted=call is members[2][1]))
        frontend.decide(run, command("answer", call))
    specs = [spec_of(frontend, call) for _, call in members]
    assert [spec.group_id for spec in specs] == ["room/602"] * 3
    assert [spec.member.muted for spec in specs] == [False, False, True]
    run, call = members[2]
    frontend.decide(run, command("conference", call, room="602", deaf=True))
    assert (spec_of(frontend, call).member.muted, spec_of(frontend, call).member.deaf) == (False, True)
    frontend.decide(run, command("leave_conference", call))
    assert (spec_of(frontend, call).group_id, spec_of(frontend, call).HasField("member")) == ("", False)


@pytest.mark.covers("ND-007")
def test_a_caller_that_joins_before_the_answer_is_put_where_the_room_is() -> None:
    frontend = Frontend()
    run, first = answered(frontend, "a")
    frontend.decide(run, command("conference", first, room="602"))
    other = frontend.exchange.media.workers["media-2"] = MediaWorker("media-2", "here")
    block = media_pb2.PortBlock(block_id=99, local_address="127.0.0.1", first_port=14000, pairs=64)
    other.granted(media_pb2.Grant(blocks=[block]))
    frontend.exchange.media.workers["media-1"].load.cpu = 0.9  # the next call goes to the other one
    run, late = answered(frontend, "b")
    assert late.channel is not None
    assert late.channel.worker == "media-2"
    frontend.decide(run, command("conference", late, room="602"))
    assert spec_of(frontend, late).group_id.startswith("room/602@")  # brought in by a link
    run, early = invited(frontend, "c")
    frontend.decide(run, command("conference", early, room="602"), command("answer", early))
    assert early.channel is not None
    assert (early.channel.worker, spec_of(frontend, early).group_id) == ("media-1", "room/602")


def test_a_room_needs_a_name_and_a_port() -> None:
    frontend = Frontend()
    run, call = invited(frontend)
    frontend.decide(run, command("conference", call))
    frontend.exchange.media.workers["media-1"].suspect = True
    frontend.decide(run, command("conference", call, room="602"))
    assert [text for _, text in results(frontend, run)] == [
        "a room needs a name",
        "no media worker with a free port",
    ]


def test_a_caller_refused_after_it_joined_leaves_nothing_behind() -> None:
    frontend = Frontend()
    run, call = invited(frontend)
    frontend.decide(
        run,
        command("conference", call, room="602"),
        command("hangup", call, cause=common.CAUSE_USER_BUSY),
        command("finish"),
    )
    assert frontend.statuses()[-1] == 486
    assert frontend.exchange.media.home_of("room/602") == ""
    frontend.nothing_left()


@pytest.mark.covers("EN-055")
def test_entering_a_room_ends_what_the_member_plays() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    frontend.decide(run, command("echo", call), command("play", call, soup=TONE, player_id="p"))
    frontend.decide(run, command("conference", call, room="602"))
    spec = spec_of(frontend, call)
    assert (spec.echo, spec.HasField("player"), spec.group_id) == (False, False, "room/602")


def played_over(frontend: Frontend, call: Call) -> list[tuple[str, int, bool]]:
    return [(one.player_id, one.gain_db, one.for_group) for one in spec_of(frontend, call).overlays]


@pytest.mark.covers("EN-057")
def test_what_plays_over_the_rest_replaces_nothing_and_ends_one_by_one() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    frontend.decide(
        run,
        command("play", call, soup=TONE, player_id="music"),
        command("play", call, soup=TONE, player_id="a", over=True, gain_db=-6),
        command("play", call, soup=TONE, player_id="b", over=True, for_group=True),
        command("play", call, soup=TONE, player_id="c", over=True),
    )
    assert spec_of(frontend, call).player.player_id == "music"
    assert played_over(frontend, call) == [("a", -6, False), ("b", 0, True), ("c", 0, False)]
    assert spec_of(frontend, call).overlays[0].started_at.seconds
    frontend.decide(run, command("play_control", call, player_id="a", gain_db=3))
    frontend.decide(run, command("play_control", call, player_id="gone", gain_db=3))
    frontend.decide(run, command("play", call, soup=TONE, player_id="a", over=True))
    assert [text for _, text in results(frontend, run)] == ["a plays already"]
    frontend.decide(run, command("stop_media", call, player_id="c"))
    assert played_over(frontend, call) == [("a", 3, False), ("b", 0, True)]
    assert call.channel is not None
    told = media_pb2.MediaEvent(channel_id=call.channel.channel_id, play=media_pb2.PlayEvent(player_id="a", ended=True))
    media_events.event(frontend.exchange, "media-1", told)
    frontend.decide(run, command("conference", call, room="602"))
    assert played_over(frontend, call) == []  # what was for the old group ends with it
    frontend.decide(run, command("play", call, soup=TONE, player_id="d", over=True), command("stop_media", call))
    assert played_over(frontend, call) == []


@pytest.mark.parametrize("over", [False, True])
def test_a_player_is_paused_goes_on_and_is_sent_elsewhere_and_what_is_not_said_stays(over: bool) -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    frontend.decide(run, command("play", call, soup=TONE, player_id="p", over=over, gain_db=-6))

    def state() -> tuple[bool, int, int, int]:
        spec = spec_of(frontend, call)
        player = spec.overlays[0] if over else spec.player
        return player.paused, player.position_ms, player.seeks, player.gain_db

    def told(**wanted: int | bool) -> tuple[bool, int, int, int]:
        frontend.decide(run, command("play_control", call, player_id="p", **wanted))
        return state()

    assert state() == (False, 0, 0, -6)
    frontend.advance(2.0)
    assert told(paused=True) == (True, 2000, 0, -6)
    frontend.advance(5.0)
    assert told(paused=True) == (True, 2000, 0, -6)
    assert told(gain_db=0) == (True, 2000, 0, 0)
    assert told(seek_ms=500) == (True, 500, 1, 0)
    frontend.advance(1.0)
    assert told(paused=False) == (False, 500, 1, 0)
    frontend.advance(1.5)
    assert told(seek_ms=500, paused=True) == (True, 500, 2, 0)
    assert results(frontend, run) == []


def test_a_digit_by_info_ends_what_it_may_of_what_plays_over_the_rest() -> None:
    frontend = Frontend()
    run, call = answered(frontend)
    soup = media_pb2.Soup(items=TONE.items, interruptible=True)
    frontend.decide(
        run,
        command("play", call, soup=soup, player_id="a", over=True),
        command("play", call, soup=TONE, player_id="b", over=True),
    )
    digits.received(frontend.exchange, call, "1", 100)
    frontend.settle()
    assert [one.player_id for one in spec_of(frontend, call).overlays] == ["b"]


@pytest.mark.covers("EN-051", "EN-052")
def test_taking_part_changes_what_is_named_and_leaves_the_rest() -> None:
    frontend = Frontend()
    run, call = answered(frontend, "a")
    _, other = answered(frontend, "b")
    frontend.decide(run, command("take_part", call, muted=True))
    frontend.decide(run, command("mix", call, with_call_id=other.call_id))
    frontend.decide(run, command("take_part", call, muted=True), command("take_part", call, gain_db=-3))
    member = spec_of(frontend, call).member
    assert (member.muted, member.deaf, member.gain_db) == (True, False, -3)
    frontend.decide(run, command("unmix", call))
    assert not spec_of(frontend, call).HasField("member")
    assert [text for _, text in results(frontend, run)] == ["the call is in no bridge and no room"]


def test_a_coach_is_heard_by_those_named_and_when_none_can_be_reached_by_nobody() -> None:
    frontend = Frontend()
    run, coach = answered(frontend, "a")
    _, agent = answered(frontend, "b")
    assert agent.channel is not None
    frontend.decide(run, command("conference", coach, room="602", heard_by=[agent.call_id]))
    assert list(spec_of(frontend, coach).member.heard_by) == [agent.channel.channel_id]
    elsewhere = pb.TakePart(heard_by=pb.HeardBy(call_ids=["nobody"]))
    frontend.decide(run, pb.Command(call_id=coach.call_id, take_part=elsewhere))
    assert list(spec_of(frontend, coach).member.heard_by) == ["nobody"]
    assert len(results(frontend, run)) == 1
    frontend.decide(run, pb.Command(call_id=coach.call_id, take_part=pb.TakePart(heard_by=pb.HeardBy())))
    assert not spec_of(frontend, coach).member.heard_by
