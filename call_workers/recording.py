"""Recordings of a call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from call_workers.values import CallState
from call_workers.voice import Voice
from switchroom.v1 import media_pb2
from switchroom.v1.worker_pb2 import RecordControl

if TYPE_CHECKING:
    from call_workers.call import Call
    from call_workers.playing import Playing


RecordedSource = Literal["both", "received", "sent"]
_SOURCES: dict[RecordedSource, media_pb2.RecordSource] = {
    "both": media_pb2.RECORD_SOURCE_UNSPECIFIED,
    "received": media_pb2.RECORD_SOURCE_RECEIVED,
    "sent": media_pb2.RECORD_SOURCE_SENT,
}


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
    source: RecordedSource = "both"
    """``received`` or ``sent`` alone makes one channel."""
    pre_roll_s: float = 0.0
    """Behind a prompt (``play_record``): the most that is kept of what was said into it; 0 is 10 s."""
    max_wait_s: float = 0.0
    """It ends (``nospeech``) when nobody has spoken for so long from where it could begin; 0: it does not."""
    finish_after_silence_s: float = 0.0
    """It ends (``silence``) when nobody has spoken for so long; 0: it does not."""
    voice: Voice | None = None
    """What counts as speaking, if not the usual."""

    def write(self, spec: media_pb2.RecorderSpec) -> None:
        """Copy into the message *spec*."""
        spec.channels = self.channels
        spec.max_duration_ms = round(self.max_duration_s * 1000)
        spec.min_duration_ms = round(self.min_duration_s * 1000)
        spec.start_above_power = self.start_above_power
        spec.finish_below_power = self.finish_below_power
        spec.power_average_packets = self.power_average_packets
        spec.source = _SOURCES[self.source]
        spec.pre_roll_ms = round(self.pre_roll_s * 1000)
        spec.max_wait_ms = round(self.max_wait_s * 1000)
        spec.finish_after_silence_ms = round(self.finish_after_silence_s * 1000)
        if self.voice is not None:
            self.voice.write(spec.voice)


class Recording:
    """A recording under way. *file* is its final name below the recording root."""

    __slots__ = ("_call", "_finished", "file", "id", "prompt", "reason")

    def __init__(self, call: Call, recorder_id: str, file: str, prompt: Playing | None = None) -> None:
        self._call = call
        self.id = recorder_id
        self.file = file
        self.prompt = prompt
        """What plays before it, from ``play_record``."""
        self.reason = ""
        """Why it ended: requested, timeout, silence, nospeech, belowpower, channelclosed, lost, ``open-failed: ...``.

        That of a room goes on when its call ends: channelclosed is then the end of what the script hears of it."""
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
