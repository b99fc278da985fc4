"""A frontend's end of the bus, a media worker that has joined it, and phones: everything real but the process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from media_workers.worker import MediaWorker
from switchroom.bus import Listener, Peer, Timing
from switchroom.clock import SystemClock
from switchroom.config.sections import MediaSection
from switchroom.errors import BusError
from switchroom.logs import get_logger
from switchroom.v1 import envelope_pb2 as pb
from switchroom.v1 import media_pb2 as media
from tests.media_workers.engine.rig import HOST
from tests.support.ports import free_block
from tests.switchroom.bus.exchange import PATIENCE_S, Happened

QUICK = Timing(heartbeat_s=0.1, suspect_s=0.3, lost_s=1.0, lease_s=0.5)


class MediaOffice:
    """``async with``; :meth:`ask` asks the worker."""

    def __init__(self, folder: Path, **section: Any) -> None:
        loop = asyncio.get_running_loop()
        self.endpoint = f"ipc://{folder}/bus"
        self.joined, self.messages, self.lost = Happened(), Happened(), Happened()
        self.listener = Listener(
            loop,
            bind=[self.endpoint],
            name="frontend-1",
            timing=QUICK,
            on_joined=self.joined.add,
            on_message=lambda _, envelope: self.messages.add(envelope),
            on_suspect=lambda _, __: None,
            on_lost=lambda peer, reason: self.lost.add(peer, reason),
        )
        first, end = free_block(256)
        settings: dict[str, Any] = {
            "ports": (first, end - 1),
            "prompts": str(folder),
            "recordings": str(folder),
            "threads": 1,
        }
        self.worker = MediaWorker(
            loop, MediaSection(**settings | section), [self.endpoint], SystemClock(), get_logger("media")
        )

    async def __aenter__(self) -> MediaOffice:
        self.listener.start()
        self.worker.start()
        await self.joined.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.worker.close()
        await self.listener.close()

    @property
    def peer(self) -> Peer:
        return next(iter(self.listener.peers.values()))

    async def ask(self, envelope: pb.Envelope) -> pb.Envelope:
        """The answer; a refusal raises ``RequestRefused``."""
        answer: asyncio.Future[pb.Envelope | BusError] = asyncio.get_running_loop().create_future()
        self.listener.request(self.peer, envelope, PATIENCE_S, answer.set_result)
        outcome = await answer
        if isinstance(outcome, BusError):
            raise outcome
        return outcome

    async def block(self) -> media.PortBlock:
        envelope = pb.Envelope()
        envelope.grant_request.blocks = 1
        return (await self.ask(envelope)).grant.blocks[0]

    async def set(self, spec: media.ChannelSpec) -> int:
        envelope = pb.Envelope()
        envelope.set_channel.spec.CopyFrom(spec)
        answer = (await self.ask(envelope)).channel_set
        assert answer.channel_id == spec.channel_id
        return answer.generation

    async def close(self, channel_id: str) -> media.ChannelClosed:
        envelope = pb.Envelope()
        envelope.close_channel.channel_id = channel_id
        return (await self.ask(envelope)).channel_closed

    async def told(self, kind: str) -> media.MediaEvent:
        """The first media event of a kind."""
        count = 0
        while True:
            messages = await self.messages.wait(count + 1)
            for envelope in messages[count:]:
                if envelope.media_event.WhichOneof("event") == kind:
                    event: media.MediaEvent = envelope.media_event
                    return event
            count = len(messages)


def spec(port: int, remote: tuple[str, int] | None = None, **fields: Any) -> media.ChannelSpec:
    """PCMU and telephone events, everything else as given."""
    out = media.ChannelSpec(channel_id="c1", generation=1, local_address=HOST, local_port=port)
    out.formats.add(name="PCMU", payload_type=0, clock_rate=8000)
    out.telephone_event_receive_pt = out.telephone_event_send_pt = 101
    out.direction.send = out.direction.receive = True
    if remote is not None:
        out.remote.rtp.address, out.remote.rtp.port = remote
        out.remote.latch = True
    out.MergeFrom(media.ChannelSpec(**fields))
    return out
