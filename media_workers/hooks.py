"""Where files are and go: the folders of this worker, the stores behind them, and what a crash has left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from media_workers.fetching import Fetcher
from media_workers.files import Prompts, Root
from media_workers.handing_over import HandOver
from media_workers.parts import find_unfinished, salvage_file
from media_workers.spec import Roots
from media_workers.stores import Store
from switchroom.clock import Clock
from switchroom.config.sections import MediaSection

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

SWEEP_S = 15.0
"""Frontends first say which channels go on (and with them their recordings); then what nobody asked for is salvaged."""


class Hooks:
    """``on_fetch`` and ``on_finished`` of the configuration, and the roots."""

    def __init__(self, section: MediaSection, clock: Clock, log: FilteringBoundLogger) -> None:
        self._log = log
        recordings = Root(section.recordings)
        fetched = Root(section.fetched)
        prompts = Prompts(Root(section.prompts), fetched if section.on_fetch else None)
        self.roots = Roots(prompts, recordings)
        self.fetcher: Fetcher | None = None
        if section.on_fetch:
            store = Store(section.on_fetch, section)
            most_bytes = section.fetched_mb << 20
            self.fetcher = Fetcher(
                store, prompts, fetched.folder, clock, log, fresh_s=section.fetch_fresh_s, most_bytes=most_bytes
            )
        self._hand_over: HandOver | None = None
        if section.on_finished:
            store = Store(section.on_finished, section)
            keep = section.keep_recordings
            self._hand_over = HandOver(store, recordings.folder, section.name, keep=keep, log=log)
        self._sweep: asyncio.Task[None] | None = None

    def start(self) -> None:
        """In the running loop."""
        if self._hand_over is not None:
            self._hand_over.start()
        if self.fetcher is not None:
            self.fetcher.clean()
        self._sweep = asyncio.create_task(self._salvage_later())

    def finished(self, path: str) -> None:
        """A recording has its name."""
        if self._hand_over is not None:
            self._hand_over.add(path)

    async def _salvage_later(self) -> None:
        await asyncio.sleep(SWEEP_S)
        await self.salvage()

    async def salvage(self) -> None:
        """Give what processes that died left behind its name. Workers of one folder may all do so."""
        for path in await asyncio.to_thread(find_unfinished, str(self.roots.recordings.folder)):
            try:
                part = await asyncio.to_thread(salvage_file, path)
            except OSError as error:
                self._log.error("media.salvage_failed", file=path, reason=str(error))
                continue
            if part is not None:
                self._log.info("media.recording_salvaged", file=path, duration_ms=part.duration_ms)
                self.finished(path)

    def status(self) -> dict[str, int]:
        """Counters for ``switchroom status``; none without hooks."""
        if self._hand_over is None:
            return {}
        over = self._hand_over
        return {
            "handover.pending": over.pending,
            "handover.failing": int(over.is_failing),
            "handover.done": over.done,
            "handover.failures": over.failures,
        }

    async def close(self) -> None:
        """Stop; what is not handed over is so when this worker is back."""
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)
        if self._hand_over is not None:
            await self._hand_over.close()
