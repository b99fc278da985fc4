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
    idle.channels["c1"] = Channel("c1", "call", "idle", idle.take(), 60)
    assert (chosen(directory), chosen(directory, "idle")) == ("fair", "fair")


def test_one_is_filled_before_the_next_is_begun_so_that_legs_can_meet(directory: MediaDirectory) -> None:
    fair = directory.workers["fair"]
    fair.channels["c1"] = Channel("c1", "call", "fair", fair.take(), 60)
    assert chosen(directory) == "fair"
    fair.load.cpu = 0.8
    assert chosen(directory) == "idle"
