"""What was said with media workers about channels, kept beside the SIP messages of the same call.

Bytes are kept, in the same ring and within the same bounds; they are read again only when somebody asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, final

from sip_frontend.trace.ring import OfChannel, Ring
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as wire

Reply = Callable[[wire.Envelope | BusError], None]

_ABOUT_CHANNELS: Final = frozenset(
    {"close_channel", "send_digits", "channel_stats_request", "media_event", "channel_closed"}
)
"""Messages with a channel_id; ``set_channel`` has it in its spec."""


@final
class ChannelWatch:
    """Keeps requests, their answers and events. *whose* tells the Call-ID of the leg that a channel of a worker has."""

    __slots__ = ("_ring", "_unix", "_whose")

    def __init__(self, ring: Ring, whose: Callable[[str, str], str]) -> None:
        self._ring = ring
        self._whose = whose
        self._unix = time.time

    def asked(self, worker: str, envelope: wire.Envelope, reply: Reply) -> Reply:
        """A request goes to *worker*. Whoever takes the answer hands it to what is returned, instead of to *reply*."""
        channel_id = _channel_of(envelope)
        if not channel_id or not self._ring.keeps:
            return reply
        of = self._of(worker, channel_id)
        self._keep(True, of, envelope)

        def answered(answer: wire.Envelope | BusError) -> None:
            self._keep(False, of, _in_words(answer) if isinstance(answer, BusError) else answer)
            reply(answer)

        return answered

    def told(self, worker: str, envelope: wire.Envelope) -> None:
        """An event of *worker*."""
        if self._ring.keeps:
            channel_id = _channel_of(envelope)
            if channel_id:
                self._keep(False, self._of(worker, channel_id), envelope)

    def _of(self, worker: str, channel_id: str) -> OfChannel:
        return OfChannel(worker, channel_id, (self._whose(worker, channel_id) or channel_id).encode())

    def _keep(self, sent: bool, of: OfChannel, envelope: wire.Envelope) -> None:
        self._ring.add(self._unix(), sent, of, envelope.SerializeToString())


def _channel_of(envelope: wire.Envelope) -> str:
    kind = envelope.WhichOneof("body")
    if kind == "set_channel":
        return envelope.set_channel.spec.channel_id
    if kind not in _ABOUT_CHANNELS:
        return ""
    about: Any = getattr(envelope, kind)
    channel_id: str = about.channel_id
    return channel_id


def _in_words(error: BusError) -> wire.Envelope:
    """Why there is no answer, or which refusal it was."""
    envelope = wire.Envelope()
    envelope.refusal.text = str(error)
    return envelope
