"""The hook ``on_finished``: finished recordings are handed over to a store, however long that takes.

Each has a marker beside the recordings from the moment it is finished until it is over there, so that a worker which
dies or is stopped meanwhile goes on when it is back. A store that fails is asked again, ever more slowly, for as
long as it takes: nothing is given up but what somebody else has removed. The log hears of it once, and once more when
the store is back; a recording that alone fails again and again is told once too.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from media_workers.errors import StoreFailed
from media_workers.stores import Store

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 60.0
_AT_ONCE = 4
_UNFINISHED = ".new"
"""Behind the name of a marker while it is written."""


class HandOver:
    """*folder* is the recording root; *owner* names this worker, whose markers are its own."""

    def __init__(self, store: Store, folder: Path, owner: str, *, keep: bool, log: FilteringBoundLogger) -> None:
        self._store = store
        self._folder = folder
        self._markers = folder / f".handover-{hashlib.sha256(owner.encode()).hexdigest()[:16]}"
        self._keep = keep
        self._log = log
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._told: set[str] = set()
        """Recordings whose failure is in the log."""
        self._failing = 0
        """Tries in vain since the last that was not."""
        self._told_down = False
        self.done = 0
        self.failures = 0

    @property
    def pending(self) -> int:
        """Recordings that are not over there yet."""
        return len(self._tasks)

    def start(self) -> None:
        """Go on with what an earlier process of this worker has left."""
        if self._markers.is_dir():
            for marker in sorted(self._markers.iterdir()):
                if marker.suffix == _UNFINISHED:
                    marker.unlink()
                else:
                    self._begin(os.fsdecode(marker.read_bytes()))

    def add(self, path: str) -> None:
        """Take a recording that is finished."""
        name = os.path.relpath(path, self._folder)
        try:
            self._mark(name)
        except OSError as error:  # it is handed over by this process, or not at all
            self._log.error("media.marker_failed", file=name, reason=str(error))
        self._begin(name)

    def _marker(self, name: str) -> Path:
        return self._markers / hashlib.sha256(os.fsencode(name)).hexdigest()

    def _mark(self, name: str) -> None:
        """Whole or not at all: who dies here leaves no marker of nothing."""
        marker = self._marker(name)
        unfinished = marker.with_suffix(_UNFINISHED)
        self._markers.mkdir(exist_ok=True)
        unfinished.write_bytes(os.fsencode(name))
        unfinished.replace(marker)

    def _begin(self, name: str) -> None:
        if name not in self._tasks:  # that one sees by itself that there is another file of the name
            self._tasks[name] = asyncio.create_task(self._hand_over(name))

    async def _hand_over(self, name: str) -> None:
        try:
            wait_s = FIRST_RETRY_S
            while not await self._try(name):
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, LAST_RETRY_S)
            self._forget(self._marker(name))
        finally:
            del self._tasks[name]
            self._told.discard(name)

    def _forget(self, file: Path) -> None:
        file.unlink(missing_ok=True)

    async def _try(self, name: str) -> bool:
        path = self._folder / name
        before = _identity(path)
        if before is None:
            self._log.warning("media.recording_gone", file=name)
            return True
        try:
            async with self._places:
                await self._store.put(name, str(path))
        except StoreFailed as error:
            self._failed(name, str(error))
            return False
        self._is_back()
        if _identity(path) != before:
            return False  # a new recording of the same name: it is handed over too, and must not be removed unseen
        if not self._keep:
            self._forget(path)
        self.done += 1
        self._log.info("media.recording_handed_over", file=name, to=self._store.url)
        return True

    def _failed(self, name: str, reason: str) -> None:
        self.failures += 1
        self._failing += 1
        if not self._told_down and name not in self._told:
            self._told_down = True
            self._told.add(name)
            self._log.warning("media.handover_failed", file=name, reason=reason, pending=self.pending)

    def _is_back(self) -> None:
        if self._told_down:
            self._log.info("media.handover_resumed", to=self._store.url, failures=self._failing, pending=self.pending)
        self._failing, self._told_down = 0, False

    @property
    def is_failing(self) -> bool:
        """The last try was in vain."""
        return self._failing > 0

    async def close(self) -> None:
        """Stop; the markers stay."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Which file bears the name; None when none does."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
