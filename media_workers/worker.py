"""A media worker on the bus: joins every frontend, does what they ask, tells them what happens.

A frontend that is lost keeps its channels: audio never stops because signalling restarts. It has RETURN_S to come
back, and CLAIM_S from then on to send the spec of each channel again; what nobody claims is closed.

State      On                                        Next       Do
working    drain                                     draining   tell the frontends: no new channels, no more ports
draining   no channel that a frontend leads is left  leaving    close: end the rest without telling that it has ended
draining   the time is over                          leaving    as above; frontends make the rest again elsewhere
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import rtp_engine

from media_workers.channels import Channel, Channels, Held
from media_workers.hooks import Hooks
from media_workers.ports import PortBlocks
from media_workers.preparing import Preparing
from media_workers.service import Request, Service
from switchroom.bus.curve import ClientKeys
from switchroom.bus.dialler import Dialler
from switchroom.bus.mesh import Mesh
from switchroom.clock import Clock
from switchroom.config.sections import MediaSection
from switchroom.v1 import envelope_pb2 as pb
from switchroom.v1.common_pb2 import ROLE_MEDIA_WORKER
from switchroom.v1.media_pb2 import ChannelSpec
from switchroom.version import version

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

RETURN_S = 300.0
CLAIM_S = 60.0
_CLEAN_UP_S = 5.0
_FILES_S = 2.0
"""How long a worker that leaves waits for its recordings to be written."""


class MediaWorker:
    """*endpoints* are the frontends to join."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        section: MediaSection,
        endpoints: list[str],
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        keys: ClientKeys | None = None,
        insecure: bool = False,
    ) -> None:
        self._loop = loop
        self._section = section
        self._clock = clock
        self._log = log
        self._draining = False
        self._finished = asyncio.Event()
        self._empty = asyncio.Event()
        threads = section.threads or os.cpu_count() or 1
        self.engine = rtp_engine.Engine(threads=threads, sound_cache_bytes=section.sounds_mb << 20)
        addresses = [one for one in (section.address, section.address6) if one]
        self.ports = PortBlocks(self.engine, addresses, section.ports)
        self.hooks = Hooks(section, clock, log)
        self.channels = Channels[Dialler, Request](
            self.engine, self.hooks.roots, clock.unix, section.max_channels, self._prepare
        )
        self.service = Service(
            section, self.engine, self.channels, self.ports, log, loop.call_soon, clock.unix, self.hooks.finished
        )
        self.service.on_closed = self._look_if_finished
        self._preparing = Preparing(
            self.hooks.roots, self.hooks.fetcher, clock.unix, self.service.prepared, self.service.salvaged, log
        )
        self._deadlines: dict[Dialler, float] = {}
        self._clean_up: asyncio.TimerHandle | None = None
        hello = pb.Hello(
            role=ROLE_MEDIA_WORKER,
            name=section.name,
            version=version(),
            capacity=section.max_channels,
        )
        self.mesh = Mesh(
            loop,
            endpoints,
            hello,
            keys=keys,
            insecure=insecure,
            on_welcome=self._on_welcome,
            on_message=self.service.message,
            on_lost=self._on_lost,
            heartbeat=self._heartbeat,
            status=self._status,
        )

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._loop.add_reader(self.engine.events_fd(), self.service.take_events)
        self._clean_up = self._loop.call_later(_CLEAN_UP_S, self._close_unclaimed)
        self.hooks.start()
        self.mesh.start()

    def _prepare(self, channel: Channel[Dialler, Request], spec: ChannelSpec, new: bool) -> Held | None:
        return self._preparing.look(channel, spec, new)

    async def drain(self, most_s: float) -> None:
        """Take no new channels and wait for the end of those that are there, for *most_s* seconds at most."""
        self._draining = self.service.draining = True
        self._log.info("media.draining", channels=len(self.channels))
        self.mesh.drain("draining")
        self._look_if_finished()
        try:
            await asyncio.wait_for(self._finished.wait(), most_s)
        except TimeoutError:
            self._log.info("media.channels_left", channels=len(self.channels))

    def _look_if_finished(self) -> None:
        """A channel whose frontend is not there has nobody to end it: it is not waited for."""
        if self._draining and not any(channel.claimed for channel in self.channels):
            self._finished.set()
        if self.service.closing:
            self._look_if_empty()

    async def close(self) -> None:
        """Let go of every channel and leave: their frontends make them again, on the ports they had, elsewhere."""
        self._draining = True
        self.service.closing = True
        if self._clean_up is not None:
            self._clean_up.cancel()
        await self._preparing.close()
        for dialler in self.mesh.diallers:
            self.ports.give_back_all(dialler)
        await self._loop.run_in_executor(None, self.engine.shutdown)
        await self._all_ended()
        self._loop.remove_reader(self.engine.events_fd())
        await self.hooks.close()
        await self.mesh.close("shutdown")

    async def _all_ended(self) -> None:
        """Wait for the files of recordings. From then on no port is bound: Goodbye must not come before."""
        self.service.take_events()
        self._look_if_empty()
        try:
            await asyncio.wait_for(self._empty.wait(), _FILES_S)
        except TimeoutError:
            self._log.error("media.files_unfinished", channels=len(self.channels))

    def _look_if_empty(self) -> None:
        if not self.channels:
            self._empty.set()

    # -- the bus -----------------------------------------------------------------------------------------------

    def _on_welcome(self, dialler: Dialler, welcome: pb.Welcome) -> None:
        self.ports.give_back_all(dialler)
        for channel in self.channels.owned_by(dialler):
            channel.claimed = False
        self._deadlines[dialler] = self._clock.now() + CLAIM_S
        if self._draining:
            dialler.drain("draining")
        self._log.info("media.frontend_joined", frontend=welcome.frontend, endpoint=dialler.endpoint)

    def _on_lost(self, dialler: Dialler, reason: str) -> None:
        for channel in self.channels.owned_by(dialler):
            channel.claimed = False
        self.service.lost(dialler)
        self._deadlines[dialler] = self._clock.now() + RETURN_S
        self._look_if_finished()
        self._log.warning("media.frontend_lost", endpoint=dialler.endpoint, reason=reason)

    def _close_unclaimed(self) -> None:
        self._clean_up = self._loop.call_later(_CLEAN_UP_S, self._close_unclaimed)
        now = self._clock.now()
        for dialler in [dialler for dialler, deadline in self._deadlines.items() if now >= deadline]:
            del self._deadlines[dialler]
            for channel in self.channels.owned_by(dialler):
                if not channel.claimed and not channel.closing:
                    self.channels.close(channel.channel_id, "unclaimed", None)
        self.engine.flush()

    # -- what others see ---------------------------------------------------------------------------------------

    def _heartbeat(self) -> pb.Heartbeat:
        beat = pb.Heartbeat()
        _, cpu, tick_late_us = self.engine.load()
        load = beat.media_load
        load.channels = len(self.channels)
        load.capacity = self._section.max_channels
        load.cpu = cpu
        load.tick_late_us = tick_late_us
        load.draining = self._draining
        load.weight = self._section.weight
        return beat

    def _status(self) -> pb.Status:
        status = pb.Status(name=self._section.name)
        channels, cpu, tick_late_us = self.engine.load()
        values = {
            "channels": len(self.channels),
            "channels.free": self._section.max_channels - len(self.channels),
            "channels.opened": self.channels.opened,
            "draining": self._draining,
            "engine.channels": channels,
            "engine.cpu": cpu,
            "engine.tick_late_us": tick_late_us,
            "ports.blocks": self.ports.granted,
            "frontends": len(self.mesh.joined),
            **self.hooks.status(),
        }
        for name, value in values.items():
            status.values[name] = value
        return status
