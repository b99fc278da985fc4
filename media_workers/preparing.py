"""What a channel has to wait for before it plays or records: prompts to be fetched, parts to be salvaged.

The channel itself never waits: it is made at once without that player or recorder, which follows when its work is done,
unless a newer spec has come meanwhile. That one is looked at anew; work under way is shared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from media_workers.channels import Channel, Held
from media_workers.errors import MediaError
from media_workers.fetching import Fetcher
from media_workers.parts import Continued, Salvaged, salvage, taken_over
from media_workers.spec import Roots, players_of
from switchroom.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

AnyChannel = Channel[Any, Any]
OnPart = Callable[[AnyChannel, str, Salvaged], None]
"""A channel, a recorder of it, and what its former worker wrote."""


class Preparing:
    """*done* puts what waited into force; *on_part* is told of each part that has its name now."""

    def __init__(
        self,
        roots: Roots,
        fetcher: Fetcher | None,
        unix: Callable[[], float],
        done: Callable[[AnyChannel, Held, set[str]], None],
        on_part: OnPart,
        log: FilteringBoundLogger,
    ) -> None:
        self._roots = roots
        self._fetcher = fetcher
        self._unix = unix
        self._done = done
        self._on_part = on_part
        self._log = log
        self._salvages: dict[Hashable, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, channel: AnyChannel, spec: pb.ChannelSpec, new: bool) -> Held | None:
        """Begin what *spec* needs; None when that is nothing. Raises ``FileRefused``."""
        works = self._recorders(channel, spec, new) if spec.recorders else {}
        if self._fetcher is not None:
            for player in players_of(spec):
                # What plays goes on, though a piece of it could not be had.
                fetches = self._fetches(self._fetcher, player) if player.player_id not in channel.players else []
                if fetches:
                    works[player.player_id] = fetches
        if not works:
            return None
        held = Held(spec, new, set(works))
        for one, tasks in works.items():
            self._keep(asyncio.create_task(self._follow(channel, held, one, tasks)))
        return held

    def _fetches(self, fetcher: Fetcher, player: pb.Player) -> list[asyncio.Task[None]]:
        files = [item.file for item in player.soup.items if item.WhichOneof("source") == "file"]
        return [task for name in files if (task := fetcher.wanted(name)) is not None]

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, channel: AnyChannel, held: Held, one: str, tasks: list[asyncio.Task[None]]) -> None:
        await asyncio.wait(tasks)
        try:
            self._done(channel, held, {one})
        except MediaError as error:
            self._log.error("media.prepared_refused", channel_id=channel.channel_id, reason=str(error))

    # -- recordings --------------------------------------------------------------------------------------------

    def _recorders(self, channel: AnyChannel, spec: pb.ChannelSpec, new: bool) -> dict[str, list[asyncio.Task[None]]]:
        root = self._roots.recordings.below(spec.record_root)
        works: dict[str, list[asyncio.Task[None]]] = {}
        for recorder in spec.recorders:
            key = (channel.handle, recorder.recorder_id)
            continued = taken_over(recorder, self._unix()) if new else None
            if continued is not None:
                path = root.resolve(recorder.file)
                channel.continued = (channel.continued or {}) | {recorder.recorder_id: continued}
                task = asyncio.create_task(self._salvage(channel, recorder, path, continued))
                self._salvages[key] = task
            if key in self._salvages:
                works[recorder.recorder_id] = [self._salvages[key]]
        return works

    async def _salvage(self, channel: AnyChannel, recorder: pb.RecorderSpec, path: str, continued: Continued) -> None:
        gated = recorder.start_above_power > 0 or bool(recorder.after_player)
        try:
            parts = await asyncio.to_thread(salvage, path, continued, gated=gated)
        except OSError as error:
            self._log.error("media.salvage_failed", file=path, reason=str(error))
        else:
            for part in parts:
                self._on_part(channel, recorder.recorder_id, part)
        finally:
            del self._salvages[(channel.handle, recorder.recorder_id)]

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [*self._tasks, *self._salvages.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._fetcher is not None:
            await self._fetcher.close()
