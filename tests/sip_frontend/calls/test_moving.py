"""Channels that cannot stay where they are: on the ports they have, if anybody can have those, else on new ones."""

from __future__ import annotations

import pytest

from sip_frontend.calls import bridging, media_homes, moving
from sip_frontend.calls.call import Call
from sip_frontend.message import Request
from switchroom.errors import RequestRefused
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import media_pb2
from tests.sip_frontend.calls.harness import Frontend, answering, command, echoing, invite, sdp, within
from tests.sip_frontend.calls.test_links import ends, leg


def stop(frontend: Frontend, name: str = "media-1") -> None:
    """A worker is silent, but its ports are still its own."""
    frontend.taken_ports = {one.port.number for one in frontend.exchange.media.workers[name].channels.values()}
    media_homes.lost(frontend.exchange, name)
    frontend.settle()


def go_on(frontend: Frontend, name: str = "media-1", host: str = "here", pid: int = 0) -> None:
    """It is back."""
    frontend.taken_ports = set()
    media_homes.joined(frontend.exchange, name, host, 0, pid)
    frontend.settle()


def join(frontend: Frontend, name: str, host: str = "here", capacity: int = 0) -> None:
    media_homes.joined(frontend.exchange, name, host, capacity)
    frontend.settle()


def home(call: Call) -> str:
    assert call.channel is not None
    return call.channel.worker


def told(frontend: Frontend) -> Request:
    """The last re-INVITE of ours."""
    return frontend.requests("INVITE")[-1]


def audio_port(request: Request) -> int:
    line = next(line for line in request.body.decode().splitlines() if line.startswith("m=audio"))
    return int(line.split()[1])


def test_who_is_stopped_keeps_its_channels_for_its_ports_are_taken() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    join(frontend, "media-2")
    stop(frontend)
    assert home(call) == "media-1"
    frontend.advance(moving.ELSEWHERE_S - 0.5)
    go_on(frontend)
    frontend.advance(20)
    assert home(call) == "media-1"
    assert not frontend.requests("INVITE")
    assert not frontend.requests("BYE")
    assert call.channel is not None
    assert frontend.channels[call.channel.channel_id].echo


@pytest.mark.covers("CM-090")
def test_who_stays_stopped_loses_its_channels_to_new_ports_and_their_peers_are_told() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    join(frontend, "media-2")
    assert call.channel is not None
    channel_id, before = call.channel.channel_id, call.channel.port.number
    stop(frontend)
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert home(call) == "media-2"
    offer = told(frontend)
    after = audio_port(offer)
    assert after == call.channel.port.number == frontend.channels[channel_id].local_port != before
    frontend.receive(answering(offer, 200, body=sdp(40002)))
    assert len(frontend.requests("ACK")) == 1
    spec = frontend.channels[channel_id]
    assert (spec.remote.rtp.port, spec.echo, spec.local_port) == (40002, True, after)
    frontend.advance(20)
    assert len(frontend.requests("INVITE")) == 1
    frontend.receive(within(frontend.response(200), "BYE", 2))
    assert not frontend.exchange.media.workers["media-2"].channels
    assert sum(frontend.exchange.media.workers["media-2"].used.values()) == 0


def test_the_same_process_closes_what_was_moved_or_ended_in_its_absence_and_a_new_one_has_nothing_to_close() -> None:
    for pid, closed in ((7, 2), (8, 0)):
        frontend = Frontend()
        frontend.exchange.media.workers["media-1"].pid = 7
        moved, ended = echoing(frontend), echoing(frontend, "a2")
        join(frontend, "media-2")
        stop(frontend)
        ids = [call.channel.channel_id for call in (moved, ended) if call.channel is not None]
        ended_run = ended.run
        assert ended_run is not None
        before = dict(frontend.channels)
        frontend.advance(moving.ELSEWHERE_S + 0.1)
        frontend.channels |= before  # they sound on in the stopped one, too
        go_on(frontend, pid=pid)
        assert len([one for one in frontend.closed_channels if one in ids]) == closed


def test_another_machine_takes_the_channels_and_a_new_port_serves_when_the_old_one_is_taken() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    frontend.receive(answering(told(frontend), 200, body=sdp()))
    assert (home(call), len(frontend.requests("INVITE"))) == ("media-2", 1)
    assert call.channel is not None
    frontend.taken_ports = {call.channel.port.number}
    frontend.exchange.touch(call.channel)
    frontend.settle()
    assert (home(call), len(frontend.requests("INVITE"))) == ("media-2", 2)
    assert audio_port(told(frontend)) not in frontend.taken_ports


def test_a_port_that_nobody_can_open_ends_the_call_in_the_end() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    frontend.taken_ports = set(range(1 << 16))
    assert call.channel is not None
    frontend.exchange.touch(call.channel)
    frontend.settle()
    assert len(frontend.requests("BYE")) == 1
    assert call.view.hangup_cause.text == "media refused"
    assert [line.event for line in frontend.logged if line.level == "error"] == ["media.channel_refused"]


def test_calls_wait_for_room_elsewhere_as_long_as_they_do_for_a_return() -> None:
    frontend = Frontend()
    call, other = echoing(frontend), echoing(frontend, "a2")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 2)
    assert not frontend.requests("INVITE")
    join(frontend, "media-2", "elsewhere", 1)
    frontend.advance(1)
    frontend.receive(answering(told(frontend), 200, body=sdp()))
    assert sorted((home(call), home(other))) == ["media-1", "media-2"]
    frontend.advance(media_homes.RETURN_S)
    assert len(frontend.requests("BYE")) == 1
    assert len(frontend.exchange.calls) == 1


def test_a_bridge_moves_as_one_and_players_and_recorders_with_it() -> None:
    frontend = Frontend()
    a, b = echoing(frontend, "a"), echoing(frontend, "b")
    assert bridging.mix(frontend.exchange, a, b)
    frontend.settle()
    join(frontend, "media-2", "elsewhere")
    join(frontend, "media-3", "elsewhere")
    for one in (a, b):
        assert one.channel is not None
        one.channel.spec.recorders.add(recorder_id="r", file="x.wav")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert home(a) == home(b) != "media-1"
    specs = [frontend.channels[one.channel.channel_id] for one in (a, b) if one.channel is not None]
    assert specs[0].group_id == specs[1].group_id != ""
    assert [len(spec.recorders) for spec in specs] == [1, 1]
    assert len(frontend.requests("INVITE")) == 2


def test_a_room_moves_with_the_ear_that_records_it() -> None:
    frontend = Frontend()
    members = [leg(frontend, name, "media-1") for name in ("a", "b", "c")]
    for run, call in members:
        frontend.decide(run, command("conference", call, room="602"))
    run, call = members[0]
    frontend.decide(run, command("record", call, room=True, recorder=media_pb2.RecorderSpec(file="room.wav")))
    (ear,) = frontend.exchange.media.ears["room/602"].values()
    before = ear.spec.local_port
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert {home(call) for _, call in members} == {ear.worker} == {"media-2"}
    told_there = frontend.channels[ear.channel_id]
    assert (told_there.group_id, told_there.recorders[0].file) == ("room/602", "room.wav")
    assert told_there.local_port != before
    for run, call in members:
        frontend.decide(run, command("hangup", call), command("finish"))
    assert not frontend.exchange.media.workers["media-2"].channels


def test_the_end_of_a_link_that_moves_is_where_the_other_end_sends() -> None:
    frontend = Frontend()
    join(frontend, "media-2", "elsewhere")
    _, a = leg(frontend, "a", "media-1")
    _, b = leg(frontend, "b", "media-2")
    assert bridging.mix(frontend.exchange, a, b)
    frontend.settle()
    media_homes.lost(frontend.exchange, "media-2")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert home(b) == "media-1"
    one, other = ends(frontend)
    assert (one.remote.rtp.port, other.remote.rtp.port) == (other.local_port, one.local_port)
    assert one.group_id != other.group_id


def test_a_link_into_the_other_address_family_is_given_up() -> None:
    frontend = Frontend()
    frontend.add_worker("media-2", "127.0.0.2")
    _, a = leg(frontend, "a", "media-1")
    _, b = leg(frontend, "b", "media-2")
    assert bridging.mix(frontend.exchange, a, b)
    frontend.exchange.media.workers["media-1"].load.draining = True
    frontend.add_worker("media-6", "2001:db8::6")
    frontend.exchange.media.workers["media-2"].host = "elsewhere"
    frontend.exchange.media.workers["media-6"].host = "yonder"
    media_homes.lost(frontend.exchange, "media-2")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert home(b) == "media-6"
    assert not frontend.exchange.media.links
    assert "media.link_refused" in [line.event for line in frontend.logged]
    for call in (a, b):
        assert call.run is not None
        frontend.decide(call.run, command("hangup", call), command("finish"))
    workers = frontend.exchange.media.workers
    assert [(len(one.channels), sum(one.used.values())) for one in workers.values()] == [(0, 0)] * len(workers)


@pytest.mark.parametrize("draining", [False, True])
def test_a_neighbour_takes_whole_groups_or_nothing_of_them(draining: bool) -> None:
    frontend = Frontend()
    _, a = leg(frontend, "a", "media-1")
    _, b = leg(frontend, "b", "media-1")
    assert bridging.mix(frontend.exchange, a, b)
    frontend.settle()
    join(frontend, "media-2", "here", 1)
    join(frontend, "media-3", "here", 2)
    if draining:
        media_homes.drains(frontend.exchange, "media-3")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.settle()
    assert (home(a), home(b)) == (("media-1",) * 2 if draining else ("media-3",) * 2)


def test_the_port_of_a_dead_worker_does_not_get_into_the_stock_of_its_heir() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    join(frontend, "media-2")
    heir = frontend.exchange.media.workers["media-2"]
    assert call.channel is not None
    call.channel.port.block_id = next(iter(heir.blocks))  # block ids begin anew in every process
    media_homes.lost(frontend.exchange, "media-1")
    frontend.settle()
    stock = {port.number for port in heir.free}
    frontend.receive(within(frontend.response(200), "BYE", 2))
    assert {port.number for port in heir.free} == stock
    assert sum(heir.used.values()) == 0


def test_the_port_that_a_full_worker_granted_is_free_there_again() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    former = frontend.exchange.media.workers["media-1"]
    join(frontend, "media-2", "elsewhere")
    assert call.channel is not None
    former.load.capacity = 1  # another frontend was first
    full = RequestRefused("ERROR_CODE_FULL", "full")
    media_homes.channel_told(frontend.exchange, call.channel, "media-1", call.channel.port, full)
    frontend.settle()
    assert home(call) == "media-2"
    assert sum(former.used.values()) == 0


def test_refusals_of_one_port_move_a_channel_once_however_many_they_are() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    join(frontend, "media-2", "elsewhere")
    assert call.channel is not None
    channel, port = call.channel, call.channel.port
    for _ in range(moving.MOST_MOVES + 2):
        refusal = RequestRefused("ERROR_CODE_NO_PORTS", "taken")
        media_homes.channel_told(frontend.exchange, channel, "media-1", port, refusal)
        frontend.settle()
    assert (channel.moves, call.ended) == (1, False)


def test_a_lost_worker_is_forgotten_in_the_end() -> None:
    frontend = Frontend()
    echoing(frontend)
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(media_homes.RETURN_S + 1)
    assert "media-1" in frontend.exchange.media.workers  # as the same process, it would have a channel to close
    frontend.advance(media_homes.FORGET_S)
    assert "media-1" not in frontend.exchange.media.workers


# -- telling the peer ---------------------------------------------------------------------------------------------


def moved(frontend: Frontend) -> Call:
    """An established call whose port has changed."""
    call = echoing(frontend)
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    return call


def test_one_whose_peer_wants_a_change_too_is_told_again() -> None:
    frontend = Frontend()
    call = moved(frontend)
    frontend.receive(answering(told(frontend), 491))
    frontend.advance(4.1)
    assert len(frontend.requests("INVITE")) == 2
    frontend.receive(answering(told(frontend), 200, body=sdp(40002)))
    assert call.channel is not None
    assert frontend.channels[call.channel.channel_id].remote.rtp.port == 40002


@pytest.mark.parametrize(("status", "byes"), [(488, 1), (481, 1)])
def test_one_who_refuses_has_no_call_any_more(status: int, byes: int) -> None:
    frontend = Frontend()
    call = moved(frontend)
    frontend.receive(answering(told(frontend), status))
    assert (call.ended, len(frontend.requests("BYE"))) == (True, byes)
    assert call.view.hangup_cause.cause == common.CAUSE_SERVER_ERROR


@pytest.mark.parametrize(("direction", "held"), [("sendonly", True), ("inactive", True), ("sendrecv", False)])
def test_one_who_holds_is_held_by_what_it_answers(direction: str, held: bool) -> None:
    frontend = Frontend()
    call = echoing(frontend)
    frontend.receive(within(frontend.response(200), "INVITE", 2, sdp(direction="sendonly")))
    frontend.receive(within(frontend.response(200), "ACK", 2))
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert call.view.held
    frontend.receive(answering(told(frontend), 200, body=sdp(direction=direction)))
    assert call.view.held == held
    assert call.channel is not None
    assert frontend.channels[call.channel.channel_id].direction.send == (not held)


def test_one_whom_we_hold_stays_held() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    assert call.run is not None
    frontend.decide(call.run, command("hold", call))
    frontend.receive(answering(told(frontend), 200, body=sdp(direction="recvonly")))
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert b"\r\na=sendonly\r\n" in told(frontend).body
    frontend.receive(answering(told(frontend), 200, body=sdp(direction="recvonly")))
    assert call.view.held
    assert (call.ended, len(frontend.requests("INVITE"))) == (False, 2)


def test_one_who_changes_the_session_first_is_told_by_the_answer() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    join(frontend, "media-2", "elsewhere")
    answer = frontend.response(200)
    frontend.receive(within(answer, "INVITE", 2, sdp()))  # its ACK is still due when the port changes
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert not frontend.requests("INVITE")
    frontend.receive(within(answer, "ACK", 2))
    frontend.receive(within(answer, "INVITE", 3, sdp(40002)))
    frontend.receive(within(answer, "ACK", 3))
    assert call.channel is not None
    assert f"m=audio {call.channel.port.number} ".encode() in frontend.response(200).body
    frontend.advance(5)
    assert not frontend.requests("INVITE")


def test_an_unanswered_call_has_the_new_port_in_its_answer() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[-1]
    call = run.first_call
    assert call is not None
    frontend.decide(run, command("ring", call))
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    frontend.decide(run, command("answer", call))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.advance(2)
    assert call.channel is not None
    assert (home(call), frontend.requests("INVITE")) == ("media-2", [])
    assert f"m=audio {call.channel.port.number} ".encode() in frontend.response(200).body


def test_a_call_with_early_media_is_told_once_it_is_answered() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[-1]
    call = run.first_call
    assert call is not None
    frontend.decide(run, command("answer", call, early=True))
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    assert home(call) == "media-2"
    frontend.decide(run, command("answer", call))
    frontend.advance(0.6)
    assert not frontend.requests("INVITE")
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.advance(0.6)
    assert call.channel is not None
    assert audio_port(told(frontend)) == call.channel.port.number
    assert b"\r\nc=IN IP4 127.0.0.1\r\n" in told(frontend).body


def test_a_played_prompt_goes_on_where_it_was() -> None:
    frontend = Frontend()
    call = echoing(frontend)
    assert call.run is not None
    assert call.channel is not None
    call.channel.spec.player.player_id = "p1"
    call.channel.spec.player.soup.items.add(file="hello.wav")
    call.channel.spec.player.started_at.seconds = 1_699_999_990
    join(frontend, "media-2", "elsewhere")
    media_homes.lost(frontend.exchange, "media-1")
    frontend.advance(moving.ELSEWHERE_S + 0.1)
    player: media_pb2.Player = frontend.channels[call.channel.channel_id].player
    assert (player.player_id, player.started_at.seconds) == ("p1", 1_699_999_990)
