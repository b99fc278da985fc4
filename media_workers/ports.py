"""Blocks of ports: bound before they are granted, so that a frontend answers a call without asking for a port."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from media_workers.errors import PortsExhausted
from switchroom.config import RTP_BLOCK_PAIRS

PAIRS = RTP_BLOCK_PAIRS
"""Pairs of RTP and RTCP ports in a block."""

_PORTS = 2 * PAIRS


class Binder(Protocol):
    """What the engine does with sockets."""

    def bind_block(self, address: str, first_port: int, pairs: int) -> None: ...
    def release_block(self, address: str, first_port: int, pairs: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Block:
    """Bound ports that one frontend may use."""

    block_id: int
    first_port: int
    pairs: int
    owner: Hashable


class PortBlocks:
    """The ports of this worker, cut into blocks; each port is bound at every one of its addresses.

    Blocks are given out in random order: a worker that comes back after a crash is unlikely to grant the ports that
    its former channels are about to be re-created on.
    """

    def __init__(
        self,
        binder: Binder,
        addresses: Sequence[str],
        ports: tuple[int, int],
        shuffle: Callable[[list[int]], None] = random.shuffle,
    ) -> None:
        self._binder = binder
        self._addresses = addresses
        first, last = ports[0] + ports[0] % 2, ports[1]
        self._free = list(range(first, last - _PORTS + 2, _PORTS)) or [first]
        self._pairs = PAIRS if last - first + 1 >= _PORTS else (last - first + 1) // 2
        shuffle(self._free)
        self._granted: dict[int, Block] = {}
        self._next_id = 1

    @property
    def granted(self) -> int:
        """Blocks given out."""
        return len(self._granted)

    def grant(self, owner: Hashable, count: int) -> list[Block]:
        """Up to *count* blocks, at least one. Raises ``PortsExhausted`` when there is none."""
        blocks: list[Block] = []
        refused: list[int] = []
        while self._free and len(blocks) < count:
            first_port = self._free.pop()
            try:
                self._bind(first_port)
            except OSError:  # somebody else has one of the ports: the block is tried again another time
                refused.append(first_port)
                continue
            block = Block(self._next_id, first_port, self._pairs, owner)
            self._next_id += 1
            self._granted[block.block_id] = block
            blocks.append(block)
        self._free = refused + self._free
        if not blocks:
            raise PortsExhausted("no block of ports is left")
        return blocks

    def _bind(self, first_port: int) -> None:
        for place, address in enumerate(self._addresses):
            try:
                self._binder.bind_block(address, first_port, self._pairs)
            except OSError:
                for bound in self._addresses[:place]:
                    self._binder.release_block(bound, first_port, self._pairs)
                raise

    def give_back(self, owner: Hashable, block_ids: list[int]) -> None:
        """Blocks no longer needed; ids of others, or unknown ones, are ignored."""
        for block_id in block_ids:
            block = self._granted.get(block_id)
            if block is not None and block.owner == owner:
                self._release(block)

    def give_back_all(self, owner: Hashable) -> None:
        """A frontend begins anew and remembers no grants. Ports that channels still have stay with them."""
        for block in [block for block in self._granted.values() if block.owner == owner]:
            self._release(block)

    def _release(self, block: Block) -> None:
        del self._granted[block.block_id]
        for address in self._addresses:
            self._binder.release_block(address, block.first_port, block.pairs)
        self._free.insert(0, block.first_port)
