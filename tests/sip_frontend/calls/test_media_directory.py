"""Which media worker gets a channel."""

from __future__ import annotations

import pytest

from sip_frontend.calls.channel import Channel
from sip_frontend.calls.media_directory import MediaDirectory, MediaWorker
from switchroom.v1 import media_pb2 as media


def worker(name: str, cpu: float = 0.0) -> MediaWorker:
    made = MediaWorker(name, "here")
    made.load = media.MediaLoad(capacity=100, cpu=cpu)
    made.granted(media.Grant(blocks=[media.PortBlock(block_id=1, first_port=12000, pairs=64)]))
    return made


@pytest.fixture
def directory() -> MediaDirectory:
    made = MediaDirectory()
    for one in (worker("busy", 0.8), worker("idle", 0.1), worker("fair", 0.4)):
        made.workers[one.name] = one
    return made


def chosen(directory: MediaDirectory, prefer: str = "") -> str:
    found = directory.choose(prefer)
    return found.name if found is not None else ""


@pytest.mark.covers("ND-007", "ND-003")
def test_the_preferred_one_else_the_least_loaded(directory: MediaDirectory) -> None:
    assert (chosen(directory), chosen(directory, "busy")) == ("idle", "busy")
    assert chosen(directory, "never heard of") == "idle"


@pytest.mark.covers("ND-014")
def test_one_that_drains_gets_nothing_new_whoever_asks_for_it(directory: MediaDirectory) -> None:
    directory.workers["idle"].load.draining = True
    assert (chosen(directory), chosen(directory, "idle")) == ("fair", "fair")


@pytest.mark.covers("ND-007")
def test_neither_do_the_suspect_the_lost_and_those_without_a_port(directory: MediaDirectory) -> None:
    directory.workers["idle"].suspect = True
    directory.workers["fair"].lost_at = 5.0
    assert chosen(directory) == "busy"
    directory.workers["busy"].free.clear()
    assert chosen(directory) == ""


@pytest.mark.covers("ND-007")
def test_a_full_one_gets_nothing_new_for_it_would_refuse(directory: MediaDirectory) -> None:
    idle = directory.workers["idle"]
    idle.load.capacity = 1
    idle.channels["c1"] = Channel("c1", "call", "idle", idle.take(), 60, 0)
    assert (chosen(directory), chosen(directory, "idle")) == ("fair", "fair")


def test_one_is_filled_before_the_next_is_begun_so_that_legs_can_meet(directory: MediaDirectory) -> None:
    fair = directory.workers["fair"]
    fair.channels["c1"] = Channel("c1", "call", "fair", fair.take(), 60, 0)
    assert chosen(directory) == "fair"
    fair.load.cpu = 0.8
    assert chosen(directory) == "idle"


def open_on(directory: MediaDirectory, channel_id: str) -> str:
    """Place a channel; the name of its worker, empty when there is none for it."""
    found = directory.choose()
    if found is None:
        return ""
    found.channels[channel_id] = Channel(channel_id, "call", found.name, found.take(), 60, 0)
    return found.name


@pytest.mark.covers("ND-007")
def test_two_frontends_that_hear_of_each_others_channels_fill_no_worker_beyond_what_it_takes() -> None:
    frontends = [MediaDirectory(), MediaDirectory()]
    for directory in frontends:
        directory.workers = {name: worker(name) for name in ("media-1", "media-2")}
    placed = {"media-1": 0, "media-2": 0}
    for number in range(120):
        placed[open_on(frontends[number % 2], f"c{number}")] += 1
        if number == 60:
            assert placed == {"media-1": 61, "media-2": 0}
        if number % 5 == 0:
            for directory in frontends:
                for one in directory.workers.values():
                    one.told(media.MediaLoad(capacity=100, channels=placed[one.name]))
    assert max(placed.values()) < 80
    ours, theirs = (len(directory.workers["media-1"].channels) for directory in frontends)
    assert abs(ours - theirs) <= 1


@pytest.mark.covers("ND-007")
def test_what_another_frontend_has_filled_gets_nothing_though_we_have_nothing_there(directory: MediaDirectory) -> None:
    directory.workers["idle"].told(media.MediaLoad(capacity=100, channels=100))
    assert (chosen(directory), chosen(directory, "idle")) == ("fair", "fair")
    directory.workers["idle"].told(media.MediaLoad(capacity=100, channels=99))
    assert (chosen(directory), chosen(directory, "idle")) == ("fair", "idle")


@pytest.mark.covers("ND-007")
def test_channels_that_we_have_just_closed_are_not_taken_for_those_of_others(directory: MediaDirectory) -> None:
    idle = directory.workers["idle"]
    idle.load.capacity = 1
    idle.channels["c1"] = Channel("c1", "call", "idle", idle.take(), 60, 0)
    idle.told(media.MediaLoad(capacity=1, channels=1))
    assert chosen(directory, "idle") == "fair"
    del idle.channels["c1"]
    idle.told(media.MediaLoad(capacity=1, channels=1))  # as it was when it was sent
    assert chosen(directory, "idle") == "idle"
    idle.told(media.MediaLoad(capacity=1, channels=1))
    assert chosen(directory, "idle") == "fair"


@pytest.mark.covers("ND-007")
def test_one_whose_packets_leave_late_is_busy(directory: MediaDirectory) -> None:
    idle = directory.workers["idle"]
    idle.channels["c1"] = Channel("c1", "call", "idle", idle.take(), 60, 0)
    assert chosen(directory) == "idle"
    idle.load.tick_late_us = 12_000
    assert chosen(directory) == "fair"


@pytest.mark.covers("ND-007")
def test_the_greatest_weight_is_filled_first_and_takes_the_most_when_all_are_busy(directory: MediaDirectory) -> None:
    fair, busy = directory.workers["fair"], directory.workers["busy"]
    fair.load.weight = 2
    assert chosen(directory) == "fair"
    for one in directory.workers.values():
        one.load.cpu = 0.8
    assert chosen(directory) == "fair"
    busy.load.cpu = 0.75
    assert chosen(directory) == "fair"
    fair.load.cpu = 1.7
    assert chosen(directory) == "busy"
