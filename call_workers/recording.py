"""Recordings of a call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from call_workers.values import CallState
from switchroom.v1 import media_pb2
from switchroom.v1.worker_pb2 import RecordControl

if TYPE_CHECKING:
    from call_workers.call import Call
    from call_workers.playing import Playing


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """When a recording begins and ends by itself, and its shape."""

    channels: int = 2
    """2: left is what we receive, right what we send. 1: both mixed."""
    max_duration_s: float = 0.0
    min_duration_s: float = 0.0
    start_above_power: int = 0
    finish_below_power: int = 0
    power_average_packets: int = 0

    def write(self, spec: media_pb2.RecorderSpec) -> None:
        """Copy into the message *spec*."""
        spec.channels = self.channels
        spec.max_duration_ms = round(self.max_duration_s * 1000)
        spec.min_duration_ms = round(self.min_duration_s * 1000)
        spec.start_above_power = self.start_above_power
        spec.finish_below_power = self.finish_below_power
        spec.power_average_packets = self.power_average_packets


class Recording:
    """A recording under way. *file* is its final name below the recording root."""

    __slots__ = ("_call", "_finished", "file", "id", "prompt", "reason")

    def __init__(self, call: Call, recorder_id: str, file: str, prompt: Playing | None = None) -> None:
        self._call = call
        self.id = recorder_id
        self.file = file
        self.prompt = prompt
        """What plays meanwhile, from ``play_record``."""
        self.reason = ""
        """Why it ended: requested, timeout, belowpower, channelclosed, completed, or ``open-failed: ...``."""
        self._finished: asyncio.Future[str] = call._run.loop.create_future()
        call.audio.media_waits()[recorder_id] = self._finished

    async def pause(self) -> None:
        """Leave out what comes until :meth:`resume`."""
        self._control(RecordControl.ACTION_PAUSE)

    async def resume(self) -> None:
        """Go on."""
        self._control(RecordControl.ACTION_RESUME)

    async def finish(self) -> str:
        """End it and wait until the file is there. Returns the reason."""
        if not self._finished.done() and self._call.state is not CallState.ENDED:
            self._control(RecordControl.ACTION_FINISH)
        return await self.wait()

    async def wait(self) -> str:
        """Wait until it has ended, by itself or with the call. Returns the reason."""
        if not self.reason:
            self.reason = await asyncio.shield(self._finished)  # who gives up waiting ends the wait alone
        return self.reason

    def _control(self, action: RecordControl.Action) -> None:
        self._call._check()
        control = self._call._command("record").record_control
        control.recorder_id = self.id
        control.action = action
