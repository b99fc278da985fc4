"""What frontends ask of a media worker, and what the engine tells them in return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import rtp_engine

from media_workers.channels import Channel, Channels, Held
from media_workers.errors import MediaError, MediaFull, SessionUnknown, SpecInvalid
from media_workers.events import fill_event, fill_part, fill_stats
from media_workers.parts import Salvaged
from media_workers.ports import PortBlocks
from switchroom.bus.dialler import Dialler
from switchroom.config.sections import MediaSection
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as pb

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

MOST_DIGITS = 1024
"""Of one request; a longer number is asked for in pieces."""
DIGITS = frozenset("0123456789*#ABCDFabcdf")

Request = tuple[Dialler, pb.Envelope]


class Service:
    """Every request is answered once: here, or by the bus when its frontend is gone."""

    def __init__(
        self,
        section: MediaSection,
        engine: rtp_engine.Engine,
        channels: Channels[Dialler, Request],
        ports: PortBlocks,
        log: FilteringBoundLogger,
        call_soon: Callable[[Callable[[], None]], object],
        unix: Callable[[], float],
        on_recording: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._section = section
        self._engine = engine
        self._channels = channels
        self._ports = ports
        self._log = log
        self._call_soon = call_soon
        self._unix = unix
        self._on_recording = on_recording
        self._flushing = False
        self.on_closed: Callable[[], None] = lambda: None
        """Called when a channel has ended."""
        self.draining = False
        """No more ports are granted."""
        self.closing = False
        """Nothing is done any more; what ends now is to go on elsewhere."""
        self._stats_requests: dict[int, Request] = {}
        self._next_stats = 1
        self._methods: dict[str, Callable[[Dialler, pb.Envelope], None]] = {
            "set_channel": self._set_channel,
            "close_channel": self._close_channel,
            "send_digits": self._send_digits,
            "channel_stats_request": self._request_stats,
            "grant_request": self._grant,
            "grant_return": self._grant_return,
        }

    def message(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        """Take a request or an event of a frontend."""
        if self.closing:
            self._refuse(dialler, envelope, pb.ERROR_CODE_SHUTTING_DOWN, "this media worker is leaving")
            return
        method = self._methods.get(envelope.WhichOneof("body") or "", self._unknown)
        try:
            method(dialler, envelope)
        except MediaError as error:
            self._refuse(dialler, envelope, error.code, str(error))
        if not self._flushing:
            self._flushing = True
            self._call_soon(self._flush)

    def _flush(self) -> None:
        """Once for all requests of a wake-up: waking a packet thread costs more than any of them."""
        self._flushing = False
        self._engine.flush()

    def lost(self, dialler: Dialler) -> None:
        """Nobody waits for the answers to this frontend's requests any more."""
        for channel in self._channels.owned_by(dialler):
            channel.closers.clear()
        for number, (asker, _) in list(self._stats_requests.items()):
            if asker is dialler:
                del self._stats_requests[number]

    def _refuse(self, dialler: Dialler, envelope: pb.Envelope, code: pb.ErrorCode, text: str) -> None:
        self._log.warning("media.request_refused", method=envelope.WhichOneof("body"), reason=text)
        if envelope.kind == pb.KIND_REQUEST:
            reply = pb.Envelope()
            reply.refusal.code = code
            reply.refusal.text = text
            dialler.respond(envelope, reply)

    def _send(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        """An event for a frontend that is away, or does not read, is lost: its specs say how things should be."""
        try:
            dialler.send(envelope)
        except BusError as error:
            self._log.warning("media.event_lost", event_kind=envelope.WhichOneof("body"), reason=str(error))

    # -- requests ----------------------------------------------------------------------------------------------

    def _set_channel(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        spec = envelope.set_channel.spec
        generation = self._channels.set(dialler, spec)
        reply = pb.Envelope()
        reply.channel_set.channel_id = spec.channel_id
        reply.channel_set.generation = generation
        dialler.respond(envelope, reply, promptly=False)  # it only confirms: the ports were granted before

    def _close_channel(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        asked = envelope.close_channel
        self._channels.close(asked.channel_id, asked.reason or "requested", (dialler, envelope))

    def _send_digits(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        asked = envelope.send_digits
        channel = self._channels.find(asked.channel_id)
        if not 0 < len(asked.digits) <= MOST_DIGITS or not DIGITS.issuperset(asked.digits):
            raise SpecInvalid(f"digits are 1 to {MOST_DIGITS} of 0-9, *, #, A-D and F")
        try:
            self._engine.send_digits(channel.handle, asked.digits, asked.duration_ms)
        except rtp_engine.EngineFull as error:
            raise MediaFull(str(error)) from error
        except KeyError as error:
            raise SessionUnknown(f"{asked.channel_id} is being closed") from error
        reply = pb.Envelope()
        reply.digits_sent.channel_id = asked.channel_id
        reply.digits_sent.queued = len(asked.digits)
        dialler.respond(envelope, reply)

    def _request_stats(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        channel = self._channels.find(envelope.channel_stats_request.channel_id)
        try:
            self._engine.request_stats(channel.handle, self._next_stats)
        except rtp_engine.EngineFull as error:
            raise MediaFull(str(error)) from error
        except KeyError as error:
            raise SessionUnknown(f"{channel.channel_id} is being closed") from error
        self._stats_requests[self._next_stats] = (dialler, envelope)
        self._next_stats += 1

    def _grant(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        if self.draining:
            self._refuse(dialler, envelope, pb.ERROR_CODE_SHUTTING_DOWN, "this media worker is draining")
            return
        reply = pb.Envelope()
        section = self._section
        for block in self._ports.grant(dialler, max(1, envelope.grant_request.blocks)):
            reply.grant.blocks.add(
                block_id=block.block_id,
                advertised_address=section.advertised or section.address,
                local_address=section.address,
                first_port=block.first_port,
                pairs=block.pairs,
                advertised_address6=section.advertised6 or section.address6,
                local_address6=section.address6,
            )
        dialler.respond(envelope, reply)

    def _grant_return(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        self._ports.give_back(dialler, list(envelope.grant_return.block_ids))

    def _unknown(self, dialler: Dialler, envelope: pb.Envelope) -> None:
        text = f"a media worker does not know {envelope.WhichOneof('body')}"
        self._refuse(dialler, envelope, pb.ERROR_CODE_UNKNOWN_METHOD, text)

    # -- the engine --------------------------------------------------------------------------------------------

    def take_events(self) -> None:
        while events := self._engine.take_events():
            for event in events:
                channel = self._channels.by_handle(event.handle)
                if channel is None:
                    continue
                if event.kind == "closed":
                    self._closed(channel, event)
                elif event.kind == "stats":
                    self._stats(channel, event)
                else:
                    self._happened(channel, event)

    def _happened(self, channel: Channel[Dialler, Request], event: rtp_engine.Event) -> None:
        if event.kind == "record":
            self._recorded(event)
        if self.closing and not channel.closing and event.detail.endswith("channelclosed"):
            # The channel goes on elsewhere, and with it what plays and records there.
            if event.kind == "record" and event.number:
                self._tell_part(channel, event.text, Salvaged(event.file, event.number, event.duration_ms))
            return
        envelope = pb.Envelope()
        fill_event(envelope.media_event, channel.channel_id, event)
        self._send(channel.owner, envelope)

    def _recorded(self, event: rtp_engine.Event) -> None:
        if event.detail == "recording.behind":
            self._log.warning("media.recording_behind", file=event.file)
        elif event.number and event.detail.startswith("finished"):
            self._on_recording(event.file)

    def prepared(self, channel: Channel[Dialler, Request], held: Held, ids: set[str]) -> None:
        """A player or recorder of a channel need not wait any more. Raises a ``MediaError``."""
        self._channels.prepared(channel, held, ids)
        self._engine.flush()

    def salvaged(self, channel: Channel[Dialler, Request], recorder_id: str, part: Salvaged) -> None:
        """What an earlier worker recorded of a channel has its name now."""
        self._on_recording(part.path)
        self._tell_part(channel, recorder_id, part)

    def _tell_part(self, channel: Channel[Dialler, Request], recorder_id: str, part: Salvaged) -> None:
        envelope = pb.Envelope()
        fill_part(envelope.media_event, channel.channel_id, recorder_id, part, self._unix())
        self._send(channel.owner, envelope)

    def _closed(self, channel: Channel[Dialler, Request], event: rtp_engine.Event) -> None:
        self._channels.forget(channel)
        reply = pb.Envelope()
        reply.channel_closed.channel_id = channel.channel_id
        reply.channel_closed.reason = event.text
        if event.stats is not None:
            fill_stats(reply.channel_closed.stats, channel.channel_id, channel.formats, event.stats)
        for dialler, request in channel.closers:
            dialler.respond(request, reply, promptly=False)  # the leg has ended; only its statistics are waited for
        if not channel.closers:
            self._send(channel.owner, reply)
        self.on_closed()

    def _stats(self, channel: Channel[Dialler, Request], event: rtp_engine.Event) -> None:
        asked = self._stats_requests.pop(event.number, None)
        if asked is not None and event.stats is not None:
            reply = pb.Envelope()
            fill_stats(reply.channel_stats, channel.channel_id, channel.formats, event.stats)
            asked[0].respond(asked[1], reply)
