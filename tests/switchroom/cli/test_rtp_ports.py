"""RTP ports that somebody else holds: some are passed over, all of them are a reason not to start."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from switchroom.cli.ports import Taken, Wanted
from switchroom.cli.rtp_ports import rtp_complaint, rtp_notice, taken_rtp
from switchroom.config import MediaSection


@pytest.fixture
def held() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def _taken(*ports: int) -> list[Taken]:
    return [Taken(Wanted("media.ports", "udp", "127.0.0.1", port), "sleep (pid 7)", "") for port in ports]


def test_a_range_of_which_one_port_is_held_names_it(held: int) -> None:
    taken = taken_rtp(MediaSection(ports=(held, held)))
    assert [each.wanted.port for each in taken] == [held]
    assert f"(pid {os.getpid()})" in taken[0].holder


def test_ports_outside_the_range_do_not_count(held: int) -> None:
    assert not [each for each in taken_rtp(MediaSection(ports=(held + 1, held + 2))) if each.wanted.port == held]


def test_an_address_that_is_not_ours_is_the_fault_of_its_setting() -> None:
    media = MediaSection(address="192.0.2.1")
    complaint = rtp_complaint(media, taken_rtp(media))
    assert complaint.startswith("192.0.2.1 cannot be used: Cannot assign")
    assert "media.address (or SWITCHROOM_MEDIA__ADDRESS)" in complaint


def test_a_block_that_is_free_is_enough() -> None:
    media = MediaSection(ports=(12000, 12255))
    assert rtp_complaint(media, []) == ""
    assert rtp_complaint(media, _taken(12003)) == ""


def test_a_port_in_every_block_leaves_none() -> None:
    complaint = rtp_complaint(MediaSection(ports=(12000, 12255)), _taken(12003, 12255))
    assert "UDP port 12003 on 127.0.0.1 is taken by sleep (pid 7)" in complaint
    assert "media.ports (or SWITCHROOM_MEDIA__PORTS)" in complaint


def test_a_short_range_is_one_block() -> None:
    media = MediaSection(ports=(12000, 12019))
    assert rtp_complaint(media, []) == ""
    assert rtp_complaint(media, _taken(12019))


def test_the_notice_names_the_first_and_counts_the_rest() -> None:
    assert rtp_notice([]) == ""
    assert rtp_notice(_taken(12000)) == "12000 is taken by sleep (pid 7), its block is left out (media.ports)"
    assert "and 2 more; their blocks are left out" in rtp_notice(_taken(12000, 12001, 12002))
