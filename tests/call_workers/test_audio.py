"""call.audio: play, record, echo, digits, stats."""

from __future__ import annotations

import asyncio

import pytest

from call_workers import Call, ChannelStats, File, RecordOptions, Tone, Voice
from call_workers.playing import Playing
from call_workers.soup import FOR_EVER, Item, write_soup
from call_workers.testing import Exchange
from switchroom.v1 import media_pb2
from switchroom.v1.media_pb2 import Soup
from tests.call_workers.scripts import worker_of

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("CM-048")
async def test_play_needs_an_answered_or_early_call() -> None:
    played: list[bool] = []

    async def script(call: Call) -> None:
        played.append(await call.audio.play("a.wav") is not None)
        played.append(await call.audio.play("a.wav", wait=True))
        await call.answer(early=True)
        played.append(await call.audio.play("b.wav") is not None)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert (played, caller.heard) == ([False, False, True], ["b.wav"])


async def test_waiting_for_the_end_of_a_prompt() -> None:
    played: list[bool] = []

    async def script(call: Call) -> None:
        await call.answer()
        played.append(await call.audio.play(["a.wav", "350+440:500"], wait=True))
        played.append(await call.audio.play("b.wav", loop=True, wait=True))

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await x.advance(1.4)
        assert (played, caller.playing) == ([], ["a.wav", "350+440:500"])
        await x.advance(0.2)
        assert (played, caller.playing) == ([True], ["b.wav"])
        await x.advance(100)
        await caller.hangup()
        assert played == [True]


async def test_a_replaced_prompt_was_not_played_to_its_end() -> None:
    played: list[bool] = []

    async def script(call: Call) -> None:
        await call.answer()
        call.on("channel", lambda event: event.get("event") == "1" and call.audio.play("b.wav"))
        played.append(await call.audio.play("a.wav", wait=True))

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await caller.digits("1")
        assert played == [False]
        assert caller.playing == ["b.wav"]


async def test_soup_on_the_wire() -> None:
    soup = Soup()
    items: list[Item] = [
        File("a.wav", start_ms=10, stop_ms=20, loop=True, gain_db=-3),
        Tone("uk.ringing", loop=2),
        "b.WAV",
        "425",
    ]
    write_soup(items, soup, loop=3, interruptible=True)
    assert [item.WhichOneof("source") for item in soup.items] == ["file", "tone", "file", "tone"]
    assert (soup.items[0].start_ms, soup.items[0].stop_ms, soup.items[0].loop) == (10, 20, FOR_EVER)
    assert (soup.items[0].gain_db, soup.items[1].loop, soup.items[2].loop) == (-3, 2, 0)
    assert (soup.loop, soup.interruptible) == (3, True)


async def test_recording_life() -> None:
    reasons: list[str] = []

    async def script(call: Call) -> None:
        await call.answer()
        recording = await call.audio.record("a.wav", RecordOptions(max_duration_s=9.5))
        await recording.pause()
        await call.wait_for_events("1")
        await recording.resume()
        await call.wait_for_events("2")
        reasons.append(await recording.finish())
        second = await call.audio.record("b.wav")
        reasons.append(await second.wait())

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("605")
        assert caller.recordings == {"a.wav": "paused"}
        await caller.digits("1")
        assert caller.recordings == {"a.wav": "recording"}
        await caller.digits("2")
        assert (caller.recordings, reasons) == ({"a.wav": "finished", "b.wav": "recording"}, ["requested"])
        await caller.hangup()
        assert reasons == ["requested", "channelclosed"]


async def test_recording_a_room() -> None:
    reasons: list[str] = []
    states: list[str] = []

    async def script(call: Call) -> None:
        await call.answer()
        await call.audio.conference("desk")
        recording = await call.audio.record("desk.wav", room=True)
        await call.wait_for_events("1")
        await recording.pause()
        await call.wait_for_events("2")
        await call.audio.leave()
        reasons.append(await recording.wait())

    async with Exchange(worker_of(script)) as x:
        first, second = await x.invite("602"), await x.invite("602")
        (recording,) = x.room_recordings.values()
        assert (recording.room, recording.file, recording.state) == ("desk", "desk.wav", "recording")
        await second.digits("1")
        states.append(recording.state)
        await first.hangup()  # who began it may leave
        assert (reasons, recording.state) == ([], "paused")
        await second.digits("2")
        assert (reasons, recording.state) == (["channelclosed"], "finished")
    assert states == ["paused"]


async def test_finishing_the_recording_of_a_room_and_asking_for_one_outside() -> None:
    reasons: list[str] = []

    async def script(call: Call) -> None:
        await call.answer()
        if call.called_id.user == "602":
            await call.audio.conference("desk")
        recording = await call.audio.record("desk.wav", room=True)
        await call.wait_for_events("1")
        reasons.append(await recording.finish())

    async with Exchange(worker_of(script), allow_failures=True) as x:
        caller = await x.invite("602")
        await caller.digits("1")
        assert (reasons, x.room_recordings["desk.wav"].state) == (["requested"], "finished")
        await x.invite("605")
        assert "the call is in no room" in x.failures[0]


async def test_echo_dtmf_stop_and_stats() -> None:
    stats: list[ChannelStats] = []

    async def script(call: Call) -> None:
        await call.answer()
        await call.audio.echo()
        await call.audio.dtmf("12#")
        await call.audio.play("a.wav", loop=True)
        await call.audio.stop()
        await call.audio.direction(send=False)
        await call.audio.detect_tones()
        stats.append(await call.audio.stats())
        await call.audio.echo(False)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert (caller.digits_received, caller.playing, caller.echo, stats) == ("12#", [], False, [ChannelStats()])
        directions = [
            entry.command.set_direction.direction for entry in x.sim_runs[0].log[1:] if entry.command.command_id == 6
        ]
        assert (directions[0].send, directions[0].receive) == (False, True)


async def test_members_of_a_room() -> None:
    async def script(call: Call) -> None:
        await call.audio.conference("sales", muted=call.caller_id.user == "1002")
        await call.answer()
        await call.wait_for_events("1")
        await call.audio.conference("sales", deaf=True)
        await call.wait_for_events("2")
        await call.audio.leave()

    async with Exchange(worker_of(script)) as x:
        first = await x.invite("602", from_user="1001")
        second = await x.invite("602", from_user="1002")
        assert x.room("sales") == [first, second]
        assert [(phone.muted, phone.deaf) for phone in (first, second)] == [(False, False), (True, False)]
        await second.digits("1")
        assert (second.muted, second.deaf) == (False, True)
        await first.digits("12")
        assert x.room("sales") == [second]


async def test_whoever_joins_a_room_is_no_longer_mixed() -> None:
    mixed: list[Call | None] = []

    async def script(call: Call) -> None:
        leg = await call.dial(contact="sip:x@h")
        await call.audio.conference("sales")
        mixed.append(call.mixed_with)
        if leg is not None:
            mixed.append(leg.mixed_with)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("1")
        await x.leg("x").answer()
        assert mixed == [None, None]
        assert (caller.mixed_with, caller.room) == (None, "sales")


async def test_playing_and_recording_at_once() -> None:
    reasons: list[object] = []

    async def script(call: Call) -> None:
        reasons.append(await call.audio.play_record("a.wav", "b.wav"))
        await call.answer()
        recording = await call.audio.play_record("a.wav", "b.wav", interrupt=True, barge_in_power=7)
        assert recording is not None
        reasons.append(await recording.finish())

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert (caller.playing, caller.recordings) == (["a.wav"], {"b.wav": "finished"})
        assert reasons == [None, "requested"]
        (both,) = (entry.command.play_record for entry in x.sim_runs[0].log if entry.command.HasField("play_record"))
        assert (both.interrupt, both.barge_in_power) == (True, 7)
        assert (both.soup.interruptible, both.record.max_wait_ms, both.record.finish_after_silence_ms) == (
            True,
            10_000,
            3000,
        )


async def test_what_ends_a_prompt_and_a_recording() -> None:
    refused: list[str] = []

    async def script(call: Call) -> None:
        await call.answer()
        await call.audio.play("a.wav", interrupt_by=("digit", Voice(min_speech_ms=300)))
        await call.audio.play_over("b.wav", interrupt_by="voice")
        options = RecordOptions(source="received", finish_after_silence_s=2, voice=Voice(margin_db=15))
        await call.audio.record("c.wav", options)
        try:
            await call.audio.play("a.wav", interrupt_by="smoke")
        except ValueError as error:
            refused.append(str(error))

    async with Exchange(worker_of(script)) as x:
        await x.invite("600")
        commands = [entry.command for entry in x.sim_runs[0].log]
        one, two = (c.play.soup for c in commands if c.HasField("play"))
        assert (one.interruptible, one.interrupt_by_voice.min_speech_ms) == (True, 300)
        assert (two.interruptible, two.HasField("interrupt_by_voice")) == (False, True)
        (spec,) = (c.record.recorder for c in commands if c.HasField("record"))
        assert spec.source == media_pb2.RECORD_SOURCE_RECEIVED
        assert (spec.finish_after_silence_ms, spec.voice.margin_db) == (2000, 15)
        assert refused == ["a prompt is ended by digit or voice, not smoke"]


async def test_playing_over_the_rest_several_at_once() -> None:
    ends: list[object] = []

    async def script(call: Call) -> None:
        ends.append(await call.audio.play_over("early.wav"))
        await call.answer()
        await call.audio.play("music.wav", loop=True)
        short = await call.audio.play_over("a.wav", gain_db=-6)
        long = await call.audio.play_over("b.wav", loop=True)
        assert short is not None
        assert long is not None
        ends.append(await short.wait())
        await long.gain(3)
        await call.wait_for_events("1")
        await long.stop()
        ends.extend([await long.wait(), long.reason])
        await long.stop()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        assert sorted(caller.playing_over.values()) == [["a.wav"], ["b.wav"]]
        await x.advance(1.5)
        assert (ends, list(caller.playing_over.values())) == ([None, True], [["b.wav"]])
        await caller.digits("1")
        assert (ends, caller.playing_over) == ([None, True, False, "interrupted"], {})
        assert (caller.playing, caller.heard) == (["music.wav"], ["music.wav", "a.wav", "b.wav"])
        plays = [entry.command.play for entry in x.sim_runs[0].log if entry.command.HasField("play")]
        assert [play.gain_db for play in plays if play.over] == [-6, 0]
        (gain,) = [one.command.play_control for one in x.sim_runs[0].log if one.command.HasField("play_control")]
        assert (gain.gain_db, gain.HasField("paused"), gain.HasField("seek_ms")) == (3, False, False)


@pytest.mark.parametrize("way", ["play", "play_over", "play_record"])
async def test_the_same_words_for_all_that_plays(way: str) -> None:
    ends: list[object] = []

    async def script(call: Call) -> None:
        await call.answer()
        playing: Playing | None
        if way == "play":
            playing = await call.audio.play("a.wav", gain_db=-6)
        elif way == "play_over":
            playing = await call.audio.play_over("a.wav", gain_db=-6)
        else:
            recording = await call.audio.play_record("a.wav", "b.wav")
            playing = recording.prompt if recording is not None else None
        assert playing is not None
        for word, follow in (("1", playing.pause()), ("2", playing.resume()), ("3", playing.seek(500))):
            await call.wait_for_events(word)
            await follow
        ends.extend([await playing.wait(), playing.reason])
        await playing.pause()
        await playing.seek(0)

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await x.advance(0.4)
        await caller.digits("1")
        await x.advance(20)
        assert (caller.paused, ends) == (["a.wav"], [])
        await caller.digits("2")
        assert caller.paused == []
        await x.advance(0.5)
        await caller.digits("3")
        await x.advance(0.4)
        assert ends == []
        await x.advance(0.2)
        assert ends == [True, "completed"]
        assert len([one for one in x.sim_runs[0].log if one.command.HasField("play_control")]) == 3


async def test_what_ended_or_was_stopped_in_its_pause_is_left_alone() -> None:
    ends: list[object] = []

    async def script(call: Call) -> None:
        await call.answer()
        playing = await call.audio.play("a.wav", loop=True)
        assert playing is not None
        await playing.pause()
        await call.wait_for_events("1")
        await call.audio.play("b.wav")
        ends.extend([await playing.wait(), playing.reason])
        await playing.resume()

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        await caller.digits("1")
        assert (ends, caller.playing, caller.paused) == ([False, "replaced"], ["b.wav"], [])


async def test_who_waits_no_longer_can_still_end_it() -> None:
    ends: list[object] = []

    async def script(call: Call) -> None:
        await call.answer()
        over, recording = await call.audio.play_over("a.wav", loop=True), await call.audio.record("b.wav")
        assert over is not None
        assert recording is not None
        for one in (over, recording):
            try:
                async with asyncio.timeout(2):
                    await one.wait()
            except TimeoutError:
                ends.append(one.reason)
        await over.stop()
        ends.extend([await over.wait(), over.reason, await recording.finish()])
        ends.append(len(call.audio.media_waits()))

    async with Exchange(worker_of(script)) as x:
        await x.invite("600")
        await x.advance(5)
        assert ends == ["", "", False, "interrupted", "requested", 0]


async def test_an_announcement_to_a_room_and_a_coach_in_it() -> None:
    async def script(call: Call) -> None:
        await call.answer()
        others = [other for other in call.children if other.mixed_with]
        await call.audio.conference("sales", gain_db=-3, heard_by=others)
        if call.caller_id.user == "1002":
            await call.audio.play_over("all.wav", everyone=True)
            await call.audio.take_part(muted=True, heard_by=[call])
            await call.audio.take_part(deaf=True, gain_db=2)
            await call.audio.take_part(heard_by=[])

    async with Exchange(worker_of(script)) as x:
        first = await x.invite("602", from_user="1001")
        second = await x.invite("602", from_user="1002")
        assert (first.heard, first.gain_db, first.heard_by) == (["all.wav"], -3, [])
        assert (second.muted, second.deaf, second.gain_db, second.heard_by) == (True, True, 2, [])
