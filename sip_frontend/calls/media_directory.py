"""The media workers, the ports they have granted, and the channels on them."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING

from sip_frontend.calls.channel import Channel, Place, Port
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from sip_frontend.calls.links import Link
    from sip_frontend.calls.room_recording import Ear

BLOCK_PAIRS = 64
BUSY = 0.7
"""Share of a worker's capacity above which new calls go to the next one."""
LATE_US = 10_000
"""A worker whose packets leave later than this is busy, whatever its share: half of a packet's length."""
LOW_WATER = 64
"""Free pairs below which another block is asked for: a burst must not wait for a grant."""
STOCK = 128
"""Free pairs asked for at first, and kept after a burst: few calls come and go without a port being bound for them."""

_LIVES = itertools.count(1)


class MediaWorker:
    """One media worker as the frontend sees it: its load and the stock of ports it granted."""

    __slots__ = (
        "asked_blocks",
        "blocks",
        "channels",
        "foreign",
        "free",
        "host",
        "left_behind",
        "life",
        "load",
        "lost_at",
        "name",
        "ours_before",
        "pid",
        "suspect",
        "used",
    )

    def __init__(self, name: str, host: str) -> None:
        self.name = name
        self.host = host
        self.pid = 0
        self.life = next(_LIVES)
        self.suspect = False
        self.load = media.MediaLoad()
        self.foreign = 0
        """Channels that other frontends have there."""
        self.ours_before = 0
        self.free: deque[Port] = deque()
        self.blocks: dict[int, int] = {}
        self.used: dict[int, int] = {}
        self.channels: dict[str, Channel] = {}
        self.asked_blocks = 0
        self.lost_at: float | None = None
        self.left_behind: set[str] = set()
        """Channels that it had when it was lost, and that it shall have no more if it comes back."""

    @property
    def usable(self) -> bool:
        """Whether new channels may go to it."""
        return self.stays and not self.suspect and self.has_room

    @property
    def stays(self) -> bool:
        """Whether it is there and not about to leave."""
        return self.lost_at is None and not self.load.draining

    @property
    def has_room(self) -> bool:
        """Whether it would take another channel, on a port of its own."""
        return bool(self.free) and self.takes(1)

    def takes(self, channels: int) -> bool:
        """Whether it would take so many more channels: above its capacity it refuses."""
        return not self.load.capacity or self.total + channels <= self.load.capacity

    @property
    def total(self) -> int:
        """Its channels, those of other frontends included."""
        return len(self.channels) + self.foreign

    @property
    def share(self) -> float:
        """How much of what it can do it does."""
        return self.total / (self.load.capacity or 2000) + self.load.cpu

    @property
    def weight(self) -> int:
        """How gladly it is chosen."""
        return self.load.weight or 1

    @property
    def calm(self) -> bool:
        """Whether it has room to spare."""
        return self.share < BUSY and self.load.tick_late_us < LATE_US

    def told(self, load: media.MediaLoad) -> None:
        """A heartbeat came. What it counts beyond our own channels is not ours.

        It may count those that we have closed since the last one: a worker must not be full of calls that are over.
        """
        self.load = load
        ours = len(self.channels)
        self.foreign = max(0, load.channels - max(ours, self.ours_before))
        self.ours_before = ours

    def granted(self, grant: media.Grant) -> None:
        """Ports came."""
        self.asked_blocks = 0
        for block in grant.blocks:
            self.blocks[block.block_id] = block.pairs
            self.used[block.block_id] = 0
            places: tuple[Place, ...] = (Place(block.local_address, block.advertised_address),)
            if block.local_address6:
                places += (Place(block.local_address6, block.advertised_address6),)
            for index in range(block.pairs):
                self.free.append(Port(block.block_id, places, block.first_port + 2 * index, self.life))

    def wants_blocks(self, least: int = LOW_WATER) -> int:
        """How many more blocks to ask for now; 0 while an answer is due or *least* ports are there."""
        settled = self.asked_blocks or self.lost_at is not None or self.load.draining
        if settled or len(self.free) >= least:
            return 0
        missing = max(STOCK, least + LOW_WATER) - len(self.free)
        self.asked_blocks = missing // BLOCK_PAIRS + len(self.channels) // (4 * BLOCK_PAIRS)
        return self.asked_blocks

    def take(self) -> Port:
        """The port that has rested longest. Raises IndexError when there is none."""
        port = self.free.popleft()
        self.used[port.block_id] += 1
        return port

    def give_back(self, port: Port) -> None:
        """*port* is free again (ignored for one that another worker granted, or an earlier life of this one)."""
        if port.life == self.life and port.block_id in self.used:
            self.used[port.block_id] -= 1
            self.free.append(port)

    def surplus(self) -> list[int]:
        """Blocks that nobody uses and that leave ample stock behind; they are forgotten here."""
        idle = [block_id for block_id, used in self.used.items() if used == 0]
        spare = (len(self.free) - STOCK) // BLOCK_PAIRS
        gone = set(idle[: max(0, min(spare, len(idle)))])
        if gone:
            self.free = deque(port for port in self.free if port.block_id not in gone)
            for block_id in gone:
                del self.blocks[block_id], self.used[block_id]
        return list(gone)

    def forget_grants(self) -> None:
        """The worker died: what it granted is gone with it."""
        self.life = next(_LIVES)
        self.free.clear()
        self.blocks.clear()
        self.used.clear()
        self.asked_blocks = 0


class MediaDirectory:
    """All media workers by name."""

    def __init__(self) -> None:
        self.workers: dict[str, MediaWorker] = {}
        self.links: dict[str, Link] = {}
        """By the name of their group away from home."""
        self.confined: dict[str, Channel] = {}
        """The channels that not all of their group hear."""
        self.ears: dict[str, dict[str, Ear]] = {}
        """Of rooms that are recorded, by the name of their group and the file."""

    def choose(self, prefer: str = "") -> MediaWorker | None:
        """The worker for a new channel: *prefer* (both legs on one worker), else of those that are not busy yet, and
        of these of the greatest weight, the fullest.

        Legs that meet later, by transfer, pick-up or in a room, meet without a link when they are on one worker; so
        one is filled before the next is begun, which meanwhile stands by. When all are busy it is the least loaded
        for its weight.
        """
        usable = [worker for worker in self.workers.values() if worker.usable]
        for worker in usable:
            if worker.name == prefer:
                return worker
        return _best(usable)

    def neighbour(self, lost: MediaWorker, channels: int = 1) -> MediaWorker | None:
        """A living worker on the machine of *lost* that stays and takes so many channels."""
        near = [one for one in self.workers.values() if one.stays and one.host == lost.host]
        return _best([one for one in near if one.takes(channels)])

    def home_of(self, group_id: str) -> str:
        """Name of the worker where a group is; empty while nobody is in it."""
        for worker in self.workers.values():
            if any(channel.spec.group_id == group_id and not channel.closing for channel in worker.channels.values()):
                return worker.name
        return ""

    def channel(self, channel_id: str) -> Channel | None:
        """The channel of that id, wherever it is."""
        for worker in self.workers.values():
            found = worker.channels.get(channel_id)
            if found is not None:
                return found
        return None


def _best(workers: list[MediaWorker]) -> MediaWorker | None:
    calm = [worker for worker in workers if worker.calm]
    if calm:
        return max(calm, key=_preference)
    return min(workers, key=_burden, default=None)


def _preference(worker: MediaWorker) -> tuple[int, int, float]:
    return worker.weight, worker.total, -worker.share


def _burden(worker: MediaWorker) -> float:
    return worker.share / worker.weight
