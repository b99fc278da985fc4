"""The channels of this worker: what each should be, at which generation, and for which frontend.

Declarative: the last spec wins, an older one changes nothing, one for a channel never heard of makes it (that is how
channels come back after this process died). The engine applies what changed; here only the books are kept.

When            What                                               Answer
SetChannel      new, or a newer generation                         ChannelSet at once; the engine follows
SetChannel      the same or an older generation                    ChannelSet with the generation that holds
CloseChannel                                                       ChannelClosed when the engine has closed it
engine: closed  asked for by nobody                                ChannelClosed as an event
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import rtp_engine

from media_workers.errors import MediaFull, PortsExhausted, SessionUnknown, SpecInvalid
from media_workers.parts import Continued
from media_workers.spec import Roots, engine_spec, players_of
from switchroom.v1 import media_pb2 as pb

Owner = TypeVar("Owner")
Asker = TypeVar("Asker")


@dataclass(slots=True)
class Held:
    """A spec of which something has to wait for work off the loop."""

    spec: pb.ChannelSpec
    new: bool
    ids: set[str]
    """Players and recorders that are left out until then."""


@dataclass(slots=True)
class Channel(Generic[Owner, Asker]):
    """One channel, and who is to hear of it."""

    channel_id: str
    handle: int
    owner: Owner
    generation: int
    formats: dict[int, str]
    closers: list[Asker] = field(default_factory=list)
    closing: bool = False
    claimed: bool = True
    """Its frontend has asked for it since it last joined."""
    continued: dict[str, Continued] | None = None
    """Recorders that began at another worker."""
    held: Held | None = None
    """What is still being prepared."""
    players: frozenset[str] = frozenset()
    """Those that the engine has been told of."""


class Channels(Generic[Owner, Asker]):
    """*Owner* is the frontend's connection, *Asker* a request that waits for an answer."""

    def __init__(
        self,
        engine: rtp_engine.Engine,
        roots: Roots,
        unix: Callable[[], float],
        most: int,
        prepare: Callable[[Channel[Owner, Asker], pb.ChannelSpec, bool], Held | None] = lambda *_: None,
    ) -> None:
        self._engine = engine
        self._roots = roots
        self._unix = unix
        self._most = most
        self._prepare = prepare
        self._by_id: dict[str, Channel[Owner, Asker]] = {}
        self._by_handle: dict[int, Channel[Owner, Asker]] = {}
        self._next_handle = 1
        self.opened = 0
        """Channels made since the start."""

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Channel[Owner, Asker]]:
        return iter(list(self._by_id.values()))

    def set(self, owner: Owner, spec: pb.ChannelSpec) -> int:
        """Make it so; the generation that now holds. Raises a ``MediaError`` and changes nothing."""
        channel = self._by_id.get(spec.channel_id)
        if channel is None:
            return self._make(owner, spec)
        if channel.closing:
            raise SessionUnknown(f"{spec.channel_id} is being closed")
        channel.owner, channel.claimed = owner, True
        if spec.generation > channel.generation:
            self._apply(channel, spec, new=False)
            channel.generation = spec.generation
        return channel.generation

    def _make(self, owner: Owner, spec: pb.ChannelSpec) -> int:
        if len(self._by_id) >= self._most:
            raise MediaFull(f"{self._most} channels are the most")
        channel: Channel[Owner, Asker] = Channel(spec.channel_id, self._next_handle, owner, spec.generation, {})
        self._next_handle += 1
        self._apply(channel, spec, new=True)
        self._by_id[channel.channel_id] = channel
        self._by_handle[channel.handle] = channel
        self.opened += 1
        return channel.generation

    def _apply(self, channel: Channel[Owner, Asker], spec: pb.ChannelSpec, *, new: bool) -> None:
        held = self._prepare(channel, spec, new)
        self._put(channel, spec, held.ids if held is not None else frozenset(), new=new)
        channel.held = held
        channel.formats = {f.payload_type: f.name for f in spec.formats}

    def prepared(self, channel: Channel[Owner, Asker], held: Held, ids: Set[str]) -> None:
        """What these players and recorders waited for is done. Raises a ``MediaError``."""
        held.ids -= ids
        if channel.held is held and not channel.closing and channel.handle in self._by_handle:
            if not held.ids:
                channel.held = None
            self._put(channel, held.spec, held.ids, new=held.new)

    def _put(self, channel: Channel[Owner, Asker], spec: pb.ChannelSpec, held: Set[str], *, new: bool) -> None:
        continued = channel.continued or {}
        wanted = engine_spec(spec, self._roots, self._unix(), new=new, held=held, continued=continued)
        try:
            self._engine.set_channel(channel.handle, spec.local_address, spec.local_port, wanted)
        except rtp_engine.EngineFull as error:
            raise MediaFull(str(error)) from error
        except ValueError as error:
            raise SpecInvalid(str(error)) from error
        except OSError as error:
            raise PortsExhausted(f"{spec.local_address}:{spec.local_port}: {error}") from error
        channel.players = frozenset(player.player_id for player in players_of(spec)) - held

    def close(self, channel_id: str, reason: str, asker: Asker | None) -> None:
        """End it; *asker* is answered when it has ended. Raises ``SessionUnknown``."""
        channel = self.find(channel_id)
        if asker is not None:
            channel.closers.append(asker)
        if not channel.closing:
            channel.closing = True
            self._engine.close_channel(channel.handle, reason)

    def find(self, channel_id: str) -> Channel[Owner, Asker]:
        """Raises ``SessionUnknown``."""
        channel = self._by_id.get(channel_id)
        if channel is None:
            raise SessionUnknown(f"no channel {channel_id}")
        return channel

    def by_handle(self, handle: int) -> Channel[Owner, Asker] | None:
        """The channel an event of the engine is about."""
        return self._by_handle.get(handle)

    def forget(self, channel: Channel[Owner, Asker]) -> None:
        """It has ended."""
        self._by_handle.pop(channel.handle, None)
        self._by_id.pop(channel.channel_id, None)

    def owned_by(self, owner: Owner) -> list[Channel[Owner, Asker]]:
        """All channels of a frontend."""
        return [channel for channel in self._by_id.values() if channel.owner == owner]
