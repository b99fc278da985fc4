"""Legs on several media workers: linked by RTP while they need it, wherever the workers go."""

from __future__ import annotations

from typing import Any

import pytest

from sip_frontend.calls import bridging, digits, holding, media_channels, media_events, media_homes, moving
from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from switchroom.errors import BusTimeout
from switchroom.v1 import call_pb2, media_pb2, worker_pb2
from tests.sip_frontend.calls.harness import Frontend, command, invite, sdp


def frontend_with(*others: str, host: str = "here", **settings: Any) -> Frontend:
    frontend = Frontend(**settings)
    for name in others:
        media_homes.joined(frontend.exchange, name, host)
    frontend.settle()
    return frontend


def leg(frontend: Frontend, call_id: str, worker: str, body: str | None = None) -> tuple[Run, Call]:
    """An answered call whose channel is on that worker."""
    for name, one in frontend.exchange.media.workers.items():
        one.load.draining = name != worker
    before = len(frontend.activations)
    frontend.receive(invite("602", body, call_id=call_id))
    run, _ = frontend.activations[before]
    assert run.first_call is not None
    frontend.decide(run, command("answer", run.first_call))
    assert run.first_call.channel is not None
    assert run.first_call.channel.worker == worker
    for one in frontend.exchange.media.workers.values():
        one.load.draining = False
    return run, run.first_call


def spec_of(frontend: Frontend, call: Call) -> media_pb2.ChannelSpec:
    assert call.channel is not None
    return frontend.channels[call.channel.channel_id]


def ends(frontend: Frontend) -> list[media_pb2.ChannelSpec]:
    """The channels of links, home first."""
    links = frontend.exchange.media.links.values()
    return [frontend.channels[end.channel_id] for link in links for end in (link.home, link.away)]


def mixed(frontend: Frontend, body: str | None = None) -> tuple[Call, Call]:
    _, a = leg(frontend, "a", "media-1")
    _, b = leg(frontend, "b", "media-2", body)
    assert bridging.mix(frontend.exchange, a, b)
    frontend.settle()
    return a, b


def all_closed(frontend: Frontend) -> None:
    """No link, and no port of one, is left."""
    media = frontend.exchange.media
    assert not media.links
    assert not frontend.channels
    assert [(len(one.channels), sum(one.used.values())) for one in media.workers.values()] == [(0, 0)] * len(
        media.workers
    )


@pytest.mark.covers("CM-139", "ND-018")
def test_legs_on_two_workers_are_linked_until_they_part() -> None:
    frontend = frontend_with("media-2")
    a, b = mixed(frontend)
    home, away = ends(frontend)
    assert (a.media_peer, b.media_peer) == (b, a)
    assert spec_of(frontend, a).group_id == home.group_id != away.group_id == spec_of(frontend, b).group_id
    assert (home.remote.rtp.port, away.remote.rtp.port) == (away.local_port, home.local_port)
    assert not home.remote.latch
    assert home.telephone_event_send_pt == away.telephone_event_receive_pt == 101
    assert [form.name for form in home.formats] == ["PCMU"]  # as the legs speak: nothing to translate
    bridging.unmix(frontend.exchange, b)
    frontend.settle()
    assert len(frontend.channels) == 2
    assert not frontend.exchange.media.links
    assert spec_of(frontend, a).group_id == spec_of(frontend, b).group_id == ""


def test_legs_of_different_codecs_are_linked_by_plain_wideband() -> None:
    frontend = frontend_with("media-2", codecs=("PCMU", "G722"))
    mixed(frontend, sdp(payloads="9 101"))
    assert [(form.name, form.clock_rate) for form in ends(frontend)[0].formats] == [("L16", 16000)]
    assert ends(frontend)[0].telephone_event_rate == 16000


def test_a_hang_up_closes_the_link() -> None:
    frontend = frontend_with("media-2")
    a, b = mixed(frontend)
    for call in (a, b):
        assert call.run is not None
        frontend.decide(call.run, command("hangup", call), command("finish"))
    all_closed(frontend)


@pytest.mark.covers("CM-139")
def test_hold_and_info_digits_find_the_leg_on_the_other_worker() -> None:
    frontend = frontend_with("media-2")
    a, b = mixed(frontend)
    assert b.channel is not None
    digits.received(frontend.exchange, a, "5", 160, call_pb2.DIGIT_SOURCE_SIP_INFO)
    holding.set_held(frontend.exchange, a, True, by_us=False)
    frontend.settle()
    assert frontend.digits_sent == [(b.channel.channel_id, "5")]
    assert spec_of(frontend, b).HasField("player")
    holding.set_held(frontend.exchange, a, False, by_us=False)
    frontend.settle()
    assert not spec_of(frontend, b).HasField("player")
    assert len(ends(frontend)) == 2


@pytest.mark.covers("CM-139", "ND-018")
def test_a_worker_that_dies_leaves_its_ends_to_its_heir() -> None:
    frontend = frontend_with("media-2", "media-3")
    a, b = mixed(frontend)
    before = [(end.local_port, end.remote.rtp.port, end.group_id) for end in ends(frontend)]
    for dead in ("media-2", "media-3"):
        media_homes.lost(frontend.exchange, dead)
        frontend.settle()
    assert b.channel is not None
    assert b.channel.worker == "media-1"  # where the other leg is too: the groups are still two, or it would echo
    assert [(end.local_port, end.remote.rtp.port, end.group_id) for end in ends(frontend)] == before
    assert (spec_of(frontend, a).group_id, spec_of(frontend, b).group_id) == (before[0][2], before[1][2])
    assert {link.away.worker for link in frontend.exchange.media.links.values()} == {"media-1"}


def test_without_a_port_for_the_link_nothing_is_changed() -> None:
    frontend = frontend_with("media-2")
    _, a = leg(frontend, "a", "media-1")
    _, b = leg(frontend, "b", "media-2")
    frontend.exchange.media.workers["media-2"].free.clear()
    assert not bridging.mix(frontend.exchange, a, b)
    frontend.settle()
    assert len(frontend.channels) == 2
    assert [line.event for line in frontend.logged if line.level == "warning"] == ["call.mix_apart"]


@pytest.mark.covers("ND-018")
def test_members_of_a_room_on_other_workers_share_one_link_each() -> None:
    frontend = frontend_with("media-2", "media-3")
    places = {"a": "media-1", "b": "media-2", "c": "media-2", "d": "media-3"}
    members = {name: leg(frontend, name, worker) for name, worker in places.items()}
    for run, call in members.values():
        frontend.decide(run, command("conference", call, room="602"))
    groups = {name: spec_of(frontend, call).group_id for name, (_, call) in members.items()}
    assert groups["a"] == "room/602"
    assert groups["b"] == groups["c"] != groups["d"]
    assert [end.group_id for end in ends(frontend)] == ["room/602", groups["b"], "room/602", groups["d"]]
    for name in "bc":
        run, call = members[name]
        frontend.decide(run, command("leave_conference", call))
    assert [end.group_id for end in ends(frontend)] == ["room/602", groups["d"]]
    for run, call in members.values():
        frontend.decide(run, command("hangup", call), command("finish"))
    all_closed(frontend)


@pytest.mark.covers("ND-018")
def test_when_the_home_of_a_room_is_lost_for_good_the_others_meet_anew() -> None:
    frontend = frontend_with("media-2", "media-3", host="elsewhere")
    members = {worker: leg(frontend, worker, worker) for worker in ("media-1", "media-2", "media-3")}
    for run, call in members.values():
        frontend.decide(run, command("conference", call, room="602"))
    for channel in frontend.exchange.media.workers["media-1"].channels.values():
        channel.moves = moving.MOST_MOVES
    frontend.exchange.media.workers["media-1"].host = "alone"
    media_homes.lost(frontend.exchange, "media-1")
    frontend.settle()
    frontend.advance(11)
    assert members["media-1"][1].ended
    left = [members[name][1] for name in ("media-2", "media-3")]
    home, away = ends(frontend)
    assert [spec_of(frontend, call).group_id for call in left] == [home.group_id, away.group_id]
    assert home.group_id == "room/602"


def test_an_end_that_its_worker_refuses_or_closes_takes_the_link_down() -> None:
    frontend = frontend_with("media-2")
    a, b = mixed(frontend)
    (link,) = frontend.exchange.media.links.values()
    media_homes.channel_told(frontend.exchange, link.home, "media-1", link.home.port, BusTimeout("media-1"))
    frontend.settle()
    assert not a.ended
    assert not b.ended
    assert link.away.channel_id not in frontend.channels
    bridging.unmix(frontend.exchange, a)
    bridging.mix(frontend.exchange, a, b)
    frontend.settle()
    (link,) = frontend.exchange.media.links.values()
    frontend.channels.pop(link.away.channel_id)
    told = media_pb2.ChannelClosed(channel_id=link.away.channel_id, reason="unclaimed")
    media_events.closed(frontend.exchange, "media-2", told)
    frontend.settle()
    assert link.home.channel_id not in frontend.channels


def test_a_leg_whose_channel_its_worker_closes_leaves_no_link() -> None:
    frontend = frontend_with("media-2")
    a, b = mixed(frontend)
    assert b.channel is not None
    frontend.channels.pop(b.channel.channel_id)
    told = media_pb2.ChannelClosed(channel_id=b.channel.channel_id, reason="unclaimed")
    media_events.closed(frontend.exchange, "media-2", told)
    frontend.settle()
    assert not frontend.exchange.media.links
    assert a.run is not None
    frontend.decide(a.run, command("hangup", a))
    all_closed(frontend)


def heard_by(frontend: Frontend, channel_id: str) -> list[str]:
    return list(frontend.channels[channel_id].member.heard_by)


def room(frontend: Frontend, **places: str) -> dict[str, tuple[Run, Call]]:
    """Members of a room, each on its worker; the first one's is home."""
    members = {name: leg(frontend, name, worker) for name, worker in places.items()}
    for run, call in members.values():
        frontend.decide(run, command("conference", call, room="602"))
    return members


def confide(frontend: Frontend, run: Run, call: Call, *others: Call) -> None:
    listeners = worker_pb2.HeardBy(call_ids=[other.call_id for other in others])
    frontend.decide(run, worker_pb2.Command(call_id=call.call_id, take_part=worker_pb2.TakePart(heard_by=listeners)))


def refusals(frontend: Frontend, run: Run) -> list[str]:
    events = [event for one, told in frontend.activations if one is run for event in told]
    return [event.command_result.error for event in events if event.HasField("command_result")]


@pytest.mark.covers("ND-018", "EN-052")
def test_a_coach_away_from_home_is_heard_there_by_an_end_of_its_own() -> None:
    frontend = frontend_with("media-2", "media-3", "media-4")
    members = room(frontend, agent="media-1", customer="media-2", coach="media-2", listener="media-3")
    (run, coach), agent = members["coach"], members["agent"][1]
    shared = spec_of(frontend, coach).group_id
    confide(frontend, run, coach, agent)
    frontend.settle()
    assert not refusals(frontend, run)
    own = frontend.exchange.media.links[spec_of(frontend, coach).group_id]
    assert spec_of(frontend, coach).group_id != shared == spec_of(frontend, members["customer"][1]).group_id
    assert agent.channel is not None
    assert own.home.worker == "media-1"
    assert frontend.channels[own.home.channel_id].group_id == "room/602"
    assert heard_by(frontend, own.home.channel_id) == [agent.channel.channel_id]
    assert not spec_of(frontend, coach).member.heard_by, "its link must hear it"
    confide(frontend, run, coach)
    assert not heard_by(frontend, own.home.channel_id)
    frontend.decide(run, command("hangup", coach), command("finish"))
    assert own.home.channel_id not in frontend.channels
    for one, call in members.values():
        if call is not coach:
            frontend.decide(one, command("hangup", call), command("finish"))
    all_closed(frontend)
    assert not frontend.exchange.media.confined


def test_listeners_away_from_home_have_ends_of_their_own_whenever_they_come() -> None:
    frontend = frontend_with("media-2")
    members = room(frontend, coach="media-1", agent="media-2", customer="media-2")
    (run, coach), (late_run, late) = members["coach"], leg(frontend, "late", "media-2")
    confide(frontend, run, coach, members["agent"][1], late)
    links = frontend.exchange.media.links
    assert coach.channel is not None
    assert late.channel is not None
    agents = links[spec_of(frontend, members["agent"][1]).group_id].home.channel_id
    assert heard_by(frontend, coach.channel.channel_id) == [agents, late.channel.channel_id]
    assert links[spec_of(frontend, members["customer"][1]).group_id].home.channel_id != agents
    frontend.decide(late_run, command("conference", late, room="602"))
    lates = links[spec_of(frontend, late).group_id].home.channel_id
    assert heard_by(frontend, coach.channel.channel_id) == [agents, lates]
    assert len(links) == 3


def test_a_coach_without_room_for_its_link_is_heard_by_nobody_and_the_script_is_told_why() -> None:
    frontend = frontend_with("media-2")
    members = room(frontend, agent="media-1", customer="media-2", coach="media-2")
    run, coach = members["coach"]
    worker = frontend.exchange.media.workers["media-1"]
    worker.load.capacity = len(worker.channels)
    confide(frontend, run, coach, members["agent"][1])
    assert list(spec_of(frontend, coach).member.heard_by) == [members["agent"][1].call_id]
    (told,) = refusals(frontend, run)
    assert told == (
        "nobody hears the call: it needs a link of its own to the others, and there is "
        "no room on media-1 for a link between media workers (see its ports and max_channels)"
    )


def test_a_room_joined_again_by_one_with_a_link_of_its_own_is_joined_where_it_is() -> None:
    frontend = frontend_with("media-2")
    members = room(frontend, agent="media-1", customer="media-2", coach="media-2")
    (run, coach), agent = members["coach"], members["agent"][1]
    confide(frontend, run, coach, agent)
    before = spec_of(frontend, coach).group_id
    frontend.decide(run, command("conference", coach, room="602", heard_by=[agent.call_id], gain_db=3))
    assert spec_of(frontend, coach).group_id == before
    assert (spec_of(frontend, coach).member.gain_db, len(frontend.exchange.media.links)) == (3, 2)
    assert heard_by(frontend, frontend.exchange.media.links[before].home.channel_id)


def test_who_talks_is_told_by_the_end_where_the_room_is() -> None:
    frontend = frontend_with("media-2")
    members = room(frontend, agent="media-1", coach="media-2")
    (link,) = frontend.exchange.media.links.values()
    told = media_pb2.MediaEvent(channel_id=link.home.channel_id, talk=media_pb2.TalkEvent(talking=True))
    media_events.event(frontend.exchange, "media-1", told)
    frontend.settle()
    assert frontend.events(members["coach"][0])[-1] == "media"


def encodings(spec: media_pb2.ChannelSpec) -> list[tuple[str, int]]:
    return [(form.name, form.payload_type) for form in spec.formats]


@pytest.mark.covers("CM-139")
def test_a_link_speaks_what_the_legs_speak_after_a_new_offer() -> None:
    frontend = frontend_with("media-2", codecs=("opus", "PCMU", "G722"))
    wide = "a=rtpmap:97 opus/48000/2\r\n"
    a, b = mixed(frontend)
    for call, body, expected in (
        (a, sdp(payloads="9 101"), [("L16", 97)]),
        (b, sdp(payloads="9 101"), [("G722", 9)]),
        (a, sdp(payloads="97 101") + wide, [("L16", 97)]),
        (b, sdp(payloads="97 101") + wide, [("opus", 96)]),  # 97 was another codec until now
        (a, sdp(payloads="0 101"), [("L16", 97)]),
    ):
        media_channels.remote_offer(frontend.exchange, call, body.encode())
        frontend.settle()
        assert [encodings(end) for end in ends(frontend)] == [expected, expected]
    assert {end.telephone_event_rate for end in ends(frontend)} == {16_000}
    assert {end.telephone_event_send_pt for end in ends(frontend)} == {101}


def test_comfort_noise_crosses_a_link_where_both_legs_take_it() -> None:
    frontend = frontend_with("media-2", codecs=("PCMU", "CN"))
    mixed(frontend, sdp(payloads="0 13 101"))
    assert [encodings(end) for end in ends(frontend)] == [[("PCMU", 0)]] * 2
    for call in frontend.exchange.calls.values():
        media_channels.remote_offer(frontend.exchange, call, sdp(payloads="0 13 101").encode())
    frontend.settle()
    assert [encodings(end) for end in ends(frontend)] == [[("PCMU", 0), ("CN", 13)]] * 2
