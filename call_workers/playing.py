"""What plays to a call, in the place of the rest or over it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from call_workers.values import CallState

if TYPE_CHECKING:
    from call_workers.call import Call
    from switchroom.v1.worker_pb2 import PlayControl


class Playing:
    """Something that plays, from ``call.audio``. A change makes no click, and is nothing once it has ended."""

    __slots__ = ("_call", "_ended", "id", "reason")

    def __init__(self, call: Call, player_id: str) -> None:
        self._call = call
        self.id = player_id
        self.reason = ""
        """Why it ended: completed, replaced, interrupted, telephone-event, channelclosed, no-file."""
        self._ended: asyncio.Future[str] = call._run.loop.create_future()
        call.audio.media_waits()[player_id] = self._ended

    async def pause(self) -> None:
        """Stand still in silence until :meth:`resume`; what is played over goes on."""
        if control := self._control():
            control.paused = True

    async def resume(self) -> None:
        """Go on where it stands."""
        if control := self._control():
            control.paused = False

    async def seek(self, position_ms: int) -> None:
        """Go on there, counted from the beginning with all loops; past the end is the end."""
        if control := self._control():
            control.seek_ms = position_ms

    async def gain(self, gain_db: int) -> None:
        """Louder or softer from now on."""
        if control := self._control():
            control.gain_db = gain_db

    async def stop(self) -> None:
        """End it; the rest goes on."""
        if self._plays():
            self._call._command("stop").stop_media.player_id = self.id

    async def wait(self) -> bool:
        """Wait for its end. True when it was played to the end."""
        if not self.reason:
            self.reason = await asyncio.shield(self._ended)  # who gives up waiting ends the wait alone
        return self.reason == "completed"

    def _control(self) -> PlayControl | None:
        if not self._plays():
            return None
        control = self._call._command("play").play_control
        control.player_id = self.id
        return control

    def _plays(self) -> bool:
        return not self._ended.done() and self._call.state is not CallState.ENDED
