"""Recordings of whole rooms: who hears of them, how long they last, and what becomes of them when media workers go."""

from __future__ import annotations

import pytest

from sip_frontend.calls import links, media_channels, media_events, media_homes, room_recording
from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from switchroom.errors import PeerLost, RequestRefused
from switchroom.v1 import media_pb2
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, command
from tests.sip_frontend.calls.test_links import all_closed, ends, frontend_with, leg


def joins(frontend: Frontend, call_id: str, worker: str = "media-1", room: str = "desk") -> tuple[Run, Call]:
    run, call = leg(frontend, call_id, worker)
    frontend.decide(run, command("conference", call, room=room))
    return run, call


def asks(frontend: Frontend, run: Run, call: Call, file: str = "desk.wav", **fields: int) -> str:
    """What the script calls its recorder."""
    recorder_id = f"{call.call_id}.{file}"
    spec = media_pb2.RecorderSpec(recorder_id=recorder_id, file=file, channels=2, **fields)  # type: ignore[arg-type]
    frontend.decide(run, command("record", call, recorder=spec, room=True))
    return recorder_id


def recording(frontend: Frontend) -> list[media_pb2.ChannelSpec]:
    """The channels that record."""
    return [spec for spec in frontend.channels.values() if spec.recorders]


def the_ear(frontend: Frontend, file: str = "desk.wav") -> room_recording.Ear:
    (ears,) = frontend.exchange.media.ears.values()
    return ears[file]


def happens(frontend: Frontend, word: str, file: str = "desk.wav") -> None:
    """The media worker tells it of a recorder."""
    tells(frontend, the_ear(frontend, file), word)


def tells(frontend: Frontend, ear: room_recording.Ear, word: str) -> None:
    told = media_pb2.MediaEvent(channel_id=ear.channel_id)
    told.record.recorder_id, told.record.event = ear.recorder.recorder_id, word
    media_events.event(frontend.exchange, ear.worker, told)
    frontend.settle()


def heard(frontend: Frontend, run: Run) -> list[tuple[str, str]]:
    """What the script was told of recordings: its name for the recorder, and the word."""
    told = [event for one, events in frontend.activations if one is run for event in events]
    records = [event.media.record for event in told if event.HasField("media") and event.media.HasField("record")]
    return [(record.recorder_id, record.event) for record in records]


def refused(frontend: Frontend, run: Run) -> list[str]:
    told = [event for one, events in frontend.activations if one is run for event in events]
    return [event.command_result.error for event in told if event.HasField("command_result")]


@pytest.mark.covers("EN-065")
def test_an_ear_in_the_room_records_what_all_hear() -> None:
    frontend = frontend_with()
    run, call = joins(frontend, "a")
    asks(frontend, run, call, max_duration_ms=9000)
    (ear,) = recording(frontend)
    assert call.channel is not None
    assert (ear.group_id, ear.direction.receive, ear.direction.send) == (call.channel.spec.group_id, False, True)
    assert not ear.HasField("remote")
    assert ear.idle_after_s == 0
    assert list(ear.member.heard_by) == ["nobody"]  # mixed even with one: a time line by ticks, and no seams
    (spec,) = ear.recorders
    assert (spec.channels, spec.source, spec.max_duration_ms) == (1, media_pb2.RECORD_SOURCE_SENT, 9000)
    assert spec.started_at.seconds == int(frontend.exchange.unix)


def test_scripts_that_ask_for_the_same_file_share_the_recording() -> None:
    frontend = frontend_with()
    (a_run, a), (b_run, b) = joins(frontend, "a"), joins(frontend, "b")
    a_id, b_id = asks(frontend, a_run, a), asks(frontend, b_run, b)
    (ear,) = recording(frontend)
    assert len(ear.recorders) == 1
    happens(frontend, "recording")
    assert (heard(frontend, a_run), heard(frontend, b_run)) == ([(a_id, "recording")], [(b_id, "recording")])
    pause = {"recorder_id": b_id, "action": pb.RecordControl.ACTION_PAUSE}
    frontend.decide(b_run, command("record_control", b, **pause))
    assert recording(frontend)[0].recorders[0].paused
    frontend.decide(a_run, command("record_control", a, **pause))
    assert refused(frontend, a_run) == [f"no recorder {b_id}"]  # that is the other one's name for it


def test_several_files_of_one_room_have_nothing_to_do_with_each_other() -> None:
    frontend = frontend_with()
    run, call = joins(frontend, "a")
    names = [asks(frontend, run, call, file) for file in ("one.wav", "two.opus")]
    assert [spec.recorders[0].file for spec in recording(frontend)] == ["one.wav", "two.opus"]
    finish = {"recorder_id": names[0], "action": pb.RecordControl.ACTION_FINISH}
    frontend.decide(run, command("record_control", call, **finish))
    assert [spec.recorders[0].finished for spec in recording(frontend)] == [True, False]
    finishing = the_ear(frontend, "one.wav")
    asks(frontend, run, call, "one.wav")  # again: the one before has its end to tell still
    tells(frontend, finishing, "finished.requested")
    assert heard(frontend, run) == [(names[0], "finished.requested")]
    assert [spec.recorders[0].file for spec in recording(frontend)] == ["two.opus", "one.wav"]
    happens(frontend, "finished.timeout", "two.opus")
    happens(frontend, "finished.timeout", "one.wav")
    assert heard(frontend, run)[1:] == [(name, "finished.timeout") for name in (names[1], names[0])]
    assert len(frontend.channels) == 1  # the caller's
    assert not frontend.exchange.media.ears


@pytest.mark.covers("EN-065")
def test_it_outlives_who_began_it_and_ends_with_the_room() -> None:
    frontend = frontend_with()
    (a_run, a), (b_run, b) = joins(frontend, "a"), joins(frontend, "b")
    asks(frontend, a_run, a)
    b_id = asks(frontend, b_run, b)
    frontend.decide(a_run, command("hangup", a), command("finish"))
    assert len(recording(frontend)) == 1
    frontend.decide(b_run, command("leave_conference", b))
    assert not recording(frontend)
    assert not frontend.exchange.media.ears
    # The harness closes at once and tells no more of it: that is what a worker that is gone does.
    assert heard(frontend, b_run) == [(b_id, "finished.lost")]
    frontend.decide(b_run, command("hangup", b), command("finish"))
    frontend.nothing_left()


def test_what_a_closed_ear_has_finished_is_still_told() -> None:
    frontend = frontend_with()
    run, call = joins(frontend, "a")
    recorder_id = asks(frontend, run, call)
    ear = the_ear(frontend)
    media_channels.set_group(frontend.exchange, call, "")  # asked for, not answered yet
    tells(frontend, ear, "finished.channelclosed")
    assert heard(frontend, run) == [(recorder_id, "finished.channelclosed")]


def test_only_a_room_has_one() -> None:
    frontend = frontend_with()
    run, call = leg(frontend, "a", "media-1")
    asks(frontend, run, call)
    assert refused(frontend, run) == ["the call is in no room"]
    assert not recording(frontend)


def test_without_a_port_it_is_refused() -> None:
    frontend = frontend_with()
    run, call = joins(frontend, "a")
    frontend.exchange.media.workers["media-1"].free.clear()
    asks(frontend, run, call)
    assert "no room on media-1" in refused(frontend, run)[0]
    assert not frontend.exchange.media.ears


@pytest.mark.covers("EN-065")
def test_it_is_where_all_of_the_room_meet_and_moves_with_it() -> None:
    frontend = frontend_with("media-2")
    joins(frontend, "a", "media-1")
    run, call = joins(frontend, "b", "media-2")
    asks(frontend, run, call)
    home, _ = ends(frontend)
    ear = the_ear(frontend)
    assert (ear.worker, ear.spec.group_id) == ("media-1", home.group_id)
    began = ear.spec.recorders[0].started_at.seconds
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(3.0)
    assert ear.worker == "media-2"
    (spec,) = recording(frontend)
    assert spec.channel_id == ear.channel_id
    assert spec.recorders[0].started_at.seconds == began  # by that the new worker knows that it goes on in a part


@pytest.mark.covers("EN-065")
@pytest.mark.parametrize("has_room", [True, False], ids=["all of it moves there", "the legs there meet anew"])
def test_a_room_that_loses_its_machine_is_recorded_where_it_meets_then(has_room: bool) -> None:
    frontend = frontend_with("media-2", host="there")
    joins(frontend, "a", "media-1")
    run, call = joins(frontend, "b", "media-2")
    recorder_id = asks(frontend, run, call)
    (before,) = recording(frontend)
    frontend.exchange.media.workers["media-2"].load.draining = not has_room
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(15.0)
    ear = the_ear(frontend)
    assert ear.worker == "media-2"
    assert call.channel is not None
    assert links.home_group(frontend.exchange, call.channel) == ear.spec.group_id
    assert list(recording(frontend)[-1].recorders) == list(before.recorders)
    happens(frontend, "recording.continued")
    assert heard(frontend, run) == [(recorder_id, "recording.continued")]


@pytest.mark.parametrize("dead", [False, True])
def test_a_worker_that_will_not_record_ends_the_recording_not_the_room(dead: bool) -> None:
    frontend = frontend_with()
    run, call = joins(frontend, "a")
    recorder_id = asks(frontend, run, call)
    asks(frontend, run, call, "other.wav")
    ear = the_ear(frontend)
    error = PeerLost("media-1") if dead else RequestRefused("ERROR_CODE_UNSUPPORTED", "no recordings here")
    media_homes.channel_told(frontend.exchange, ear, ear.worker, ear.port, error)
    frontend.settle()
    assert heard(frontend, run) == ([] if dead else [(recorder_id, "finished.lost")])
    (ears,) = frontend.exchange.media.ears.values()
    assert list(ears) == (["desk.wav", "other.wav"] if dead else ["other.wav"])
    assert not call.ended
    frontend.decide(run, command("hangup", call), command("finish"))


def test_the_last_leg_away_from_home_takes_the_recording_along() -> None:
    frontend = frontend_with("media-2")
    (a_run, a), (b_run, b) = joins(frontend, "a", "media-1"), joins(frontend, "b", "media-2")
    asks(frontend, b_run, b)
    frontend.decide(a_run, command("hangup", a), command("finish"))
    assert len(recording(frontend)) == 1
    frontend.decide(b_run, command("hangup", b), command("finish"))
    all_closed(frontend)
