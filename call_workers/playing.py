"""What plays over the rest of what a call hears."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from call_workers.values import CallState

if TYPE_CHECKING:
    from call_workers.call import Call


class Playing:
    """Something that plays over the rest, from ``call.audio.play_over``."""

    __slots__ = ("_call", "_ended", "id", "reason")

    def __init__(self, call: Call, player_id: str) -> None:
        self._call = call
        self.id = player_id
        self.reason = ""
        """Why it ended: completed, interrupted, telephone-event, channelclosed, no-file."""
        self._ended: asyncio.Future[str] = call._run.loop.create_future()
        call.audio.media_waits()[player_id] = self._ended

    async def gain(self, gain_db: int) -> None:
        """Louder or softer from now on, without a jump."""
        if self._plays():
            play = self._call._command("play").play
            play.player_id, play.over, play.gain_db = self.id, True, gain_db

    async def stop(self) -> None:
        """End it; the rest goes on."""
        if self._plays():
            self._call._command("stop").stop_media.player_id = self.id

    async def wait(self) -> bool:
        """Wait for its end. True when it was played to the end."""
        if not self.reason:
            self.reason = await asyncio.shield(self._ended)  # who gives up waiting ends the wait alone
        return self.reason == "completed"

    def _plays(self) -> bool:
        return not self._ended.done() and self._call.state is not CallState.ENDED
