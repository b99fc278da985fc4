"""Blocks of ports: granted, returned, skipped when taken."""

from __future__ import annotations

import pytest

from media_workers.errors import PortsExhausted
from media_workers.ports import PortBlocks


class Sockets:
    """Binds in name only; *taken* are first ports that somebody else has."""

    def __init__(self, *taken: int) -> None:
        self.taken = set(taken)
        self.bound: dict[int, int] = {}

    def bind_block(self, address: str, first_port: int, pairs: int) -> None:
        if first_port in self.taken:
            raise OSError("address already in use")
        assert first_port not in self.bound
        self.bound[first_port] = pairs

    def release_block(self, address: str, first_port: int, pairs: int) -> None:
        assert self.bound.pop(first_port) == pairs


def blocks(sockets: Sockets, first: int, last: int) -> PortBlocks:
    return PortBlocks(sockets, ["127.0.0.1"], (first, last), shuffle=lambda free: free.reverse())


@pytest.mark.covers("EN-001")
def test_the_range_is_cut_into_blocks_of_64_pairs() -> None:
    sockets = Sockets()
    ports = blocks(sockets, 12000, 12383)
    assert [(b.first_port, b.pairs) for b in ports.grant("f", 9)] == [(12000, 64), (12128, 64), (12256, 64)]
    with pytest.raises(PortsExhausted):
        ports.grant("f", 1)


@pytest.mark.covers("EN-001")
def test_rtp_ports_are_even_and_a_rest_is_not_granted() -> None:
    ports = blocks(Sockets(), 12001, 12257)
    assert [b.first_port for b in ports.grant("f", 9)] == [12002, 12130]


def test_a_range_smaller_than_a_block_is_one_block() -> None:
    sockets = Sockets()
    [block] = blocks(sockets, 12000, 12019).grant("f", 1)
    assert (block.pairs, sockets.bound) == (10, {12000: 10})


def test_blocks_that_somebody_else_has_are_passed_over_and_tried_again() -> None:
    sockets = Sockets(12000)
    ports = blocks(sockets, 12000, 12255)
    assert [b.first_port for b in ports.grant("f", 2)] == [12128]
    sockets.taken.clear()
    assert [b.first_port for b in ports.grant("f", 1)] == [12000]


def test_what_is_returned_is_granted_again_to_its_owner_alone() -> None:
    sockets = Sockets()
    ports = blocks(sockets, 12000, 12127)
    [block] = ports.grant("f", 1)
    ports.give_back("other", [block.block_id])
    ports.give_back("f", [4711])
    assert ports.granted == 1
    ports.give_back("f", [block.block_id])
    ports.give_back("f", [block.block_id])
    assert (ports.granted, sockets.bound) == (0, {})
    assert ports.grant("other", 1)[0].block_id != block.block_id


def test_a_frontend_that_begins_anew_holds_nothing() -> None:
    sockets = Sockets()
    ports = blocks(sockets, 12000, 12383)
    ports.grant("f", 2)
    ports.grant("other", 1)
    ports.give_back_all("f")
    assert list(sockets.bound) == [12256]


def test_every_port_is_bound_at_both_addresses_or_at_none() -> None:
    bound: list[tuple[str, int]] = []

    class Both(Sockets):
        def bind_block(self, address: str, first_port: int, pairs: int) -> None:
            if (address, first_port) == ("::1", 12000):
                raise OSError("address already in use")
            bound.append((address, first_port))

        def release_block(self, address: str, first_port: int, pairs: int) -> None:
            bound.remove((address, first_port))

    ports = PortBlocks(Both(), ["127.0.0.1", "::1"], (12000, 12255), shuffle=lambda free: free.reverse())
    [block] = ports.grant("f", 2)
    assert bound == [("127.0.0.1", 12128), ("::1", 12128)]
    ports.give_back("f", [block.block_id])
    assert not bound
