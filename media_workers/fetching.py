"""The hook ``on_fetch``: prompts that are not below the prompt root are fetched when they are first asked for.

What was fetched lies in a folder of its own, no more than ``fetched_mb`` of it, and is played from there; once it is
older than ``fetch_fresh_s`` it is still played at once, and compared with the original meanwhile.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from media_workers.errors import FileRefused, StoreFailed
from media_workers.fetched import IN_USE_S, clean, mark_used
from media_workers.files import Prompts
from media_workers.stores import Store
from switchroom.clock import Clock

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

FETCH_S = 10.0
"""A prompt that takes longer is not played."""
AGAIN_S = 5.0
"""Not asked for again so soon after it failed."""
MOST_BYTES = 360 << 20
"""The largest prompt, as for the engine."""
_AT_ONCE = 8


class Fetcher:
    """Fetches each file once at a time, however many ask for it."""

    def __init__(
        self,
        store: Store,
        prompts: Prompts,
        folder: Path,
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        fresh_s: float,
        most_bytes: int,
    ) -> None:
        self._store = store
        self._prompts = prompts
        self._folder = folder
        self._fresh_s = fresh_s
        self._most_bytes = most_bytes
        self._now = clock.now
        self._unix = clock.unix
        self._log = log
        self._cleaning: asyncio.Task[None] | None = None
        self._clean_again = False
        self._looked_at: dict[str, float] = {}
        self._failed_at: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    def wanted(self, name: str) -> asyncio.Task[None] | None:
        """What has to be waited for before *name* can be played; None when it is there, or cannot be had."""
        name = os.path.normpath(name)  # as the store has it, and one name for one file
        try:
            local, fetched = self._prompts.places(name)
        except FileRefused:
            return None
        if os.path.exists(local):
            return None
        have = os.path.exists(fetched)
        if have:
            mark_used(fetched, self._unix())
        now = self._now()
        if have and now - self._looked_at.get(name, -self._fresh_s) < self._fresh_s:
            return None
        if now - self._failed_at.get(name, -AGAIN_S) < AGAIN_S:
            return None
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.create_task(self._fetch(name, fetched, have))
        return None if have else task

    async def _fetch(self, name: str, to: str, have: bool) -> None:
        since = _age(to) if have else None
        try:
            async with self._places, asyncio.timeout(FETCH_S):
                changed = await self._store.fetch(name, to, since, MOST_BYTES)
        except (StoreFailed, TimeoutError) as error:
            now = self._now()
            self._failed_at = {one: at for one, at in self._failed_at.items() if now - at < AGAIN_S} | {name: now}
            self._log.warning("media.fetch_failed", file=name, reason=str(error) or "timeout")
        else:
            self._looked_at[name] = self._now()
            self._failed_at.pop(name, None)
            if changed:
                self.clean()
                self._log.info("media.prompt_fetched", file=name)
        finally:
            del self._running[name]

    def clean(self) -> None:
        """See to the bound: something has come, or a process begins."""
        self._clean_again = True
        if self._cleaning is None or self._cleaning.done():
            self._cleaning = asyncio.create_task(self._clean())

    async def _clean(self) -> None:
        while self._clean_again:
            self._clean_again = False
            try:
                removed, too_much = await asyncio.to_thread(clean, self._folder, self._most_bytes, self._unix())
            except OSError as error:
                self._log.error("media.clean_failed", folder=str(self._folder), reason=str(error))
                return
            if removed:
                self._log.info("media.prompts_removed", files=removed)
            if too_much:
                await asyncio.sleep(IN_USE_S)
                self._clean_again = True

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [*self._running.values(), *([self._cleaning] if self._cleaning is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _age(path: str) -> datetime:
    return datetime.fromtimestamp(os.path.getmtime(path), UTC)
