"""Who is alive: heartbeats when idle, suspicion, loss. One timer per socket looks at all its peers."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from dataclasses import dataclass

from switchroom.v1.envelope_pb2 import Welcome

# Half a heartbeat of the default timing, and the safety tick of the socket.
TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Timing:
    """The pace of a bus; the frontend sets it and tells it in ``Welcome``."""

    heartbeat_s: float = 0.1
    """A side that has sent nothing for so long sends a heartbeat."""
    suspect_s: float = 0.3
    """A peer silent for so long gets no new work."""
    lost_s: float = 1.0
    """A peer silent for so long is lost."""
    lease_s: float = 0.5
    """An activation unanswered for so long goes to another worker."""

    @classmethod
    def of(cls, welcome: Welcome) -> Timing:
        return cls(
            welcome.heartbeat_ms / 1000, welcome.suspect_ms / 1000, welcome.lost_ms / 1000, welcome.lease_ms / 1000
        )


class Life(enum.Enum):
    """What silence says about a peer."""

    WELL = enum.auto()
    SUSPECT = enum.auto()
    LOST = enum.auto()


class Pulse:
    """When a peer was last heard and last spoken to, on the loop's clock."""

    __slots__ = ("heard_at", "sent_at", "suspect")

    def __init__(self, now: float) -> None:
        self.heard_at = now
        self.sent_at = now
        self.suspect = False

    def life(self, now: float, timing: Timing) -> Life:
        silent_s = now - self.heard_at
        if silent_s < timing.suspect_s:
            return Life.WELL
        return Life.SUSPECT if silent_s < timing.lost_s else Life.LOST

    def heartbeat_due(self, now: float, timing: Timing) -> bool:
        # The next look is a tick away: half a tick early keeps the gap on the wire below heartbeat_s plus jitter.
        return now - self.sent_at >= timing.heartbeat_s - TICK_S / 2


class Ticker:
    """Calls *on_tick(now, late_s)* every :data:`TICK_S`; *late_s* is how long this process itself was not running.

    Whoever judges silence must forgive *late_s*: a process that slept heard nobody, and that is not their fault.
    """

    __slots__ = ("_handle", "_loop", "_on_tick", "_planned")

    def __init__(self, loop: asyncio.AbstractEventLoop, on_tick: Callable[[float, float], None]) -> None:
        self._loop = loop
        self._on_tick = on_tick
        self._planned = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._planned = self._loop.time() + TICK_S
        self._handle = self._loop.call_at(self._planned, self._fire)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        now = self._loop.time()
        late_s = now - self._planned
        self._planned = now + TICK_S
        self._handle = self._loop.call_at(self._planned, self._fire)
        self._on_tick(now, late_s if late_s > TICK_S else 0.0)
