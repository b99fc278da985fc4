"""What a frontend shows of itself: status values, the metrics page, the mirror to Homer, traces of calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sip_frontend.calls.call import Call, stamp
from sip_frontend.calls.exchange import Exchange
from sip_frontend.measure import MetricsListener, page
from sip_frontend.trace import HepMirror, OfChannel, Ring, Traced, Watch, masked
from sip_frontend.transaction import TransactionLayer
from sip_frontend.transaction.histogram import BOUNDS_S, Histogram
from switchroom.config import FrontendSection, split_address
from switchroom.redact import mask_message
from switchroom.v1 import envelope_pb2 as wire

_MOST_MESSAGES: Final = 500
"""Most messages in one answer: some 500 kB."""


class Watching:
    """``start`` and ``stop`` around the life of a frontend; *watch* is the tap of its transports."""

    def __init__(self, section: FrontendSection) -> None:
        mirror = HepMirror(split_address(section.hep), section.hep_id) if section.hep else None
        self.watch = Watch(Ring(section.trace_messages, section.trace_bytes), mirror)
        self._metrics = section.metrics
        self._listener: MetricsListener | None = None
        self._exchange: Exchange
        self._transactions: TransactionLayer

    def attach(self, exchange: Exchange, transactions: TransactionLayer) -> None:
        """The cores that are looked at."""
        self._exchange = exchange
        self._transactions = transactions

    async def start(self, values: Callable[[], Mapping[str, float]]) -> None:
        """Listen for Prometheus if that is set. Raises OSError when the address is taken."""
        if self._metrics:
            read = lambda: page(self.watch.traffic, values(), self._delays())  # noqa: E731
            self._listener = MetricsListener(split_address(self._metrics), read)
            await self._listener.start()

    async def stop(self) -> None:
        """Let go of the listener and the mirror."""
        if self._listener is not None:
            await self._listener.stop()
        self.watch.close()

    def values(self) -> dict[str, float]:
        """Counters by dotted name."""
        found: dict[str, float] = dict(self.watch.traffic.values())
        found["trace.messages"] = len(self.watch.ring)
        found["trace.bytes"] = self.watch.ring.size_bytes
        found["hep.lost"] = self.watch.mirror_lost
        for name, histogram in self._delays().items():
            for bound, count in zip((*map(str, BOUNDS_S), "inf"), histogram.counts, strict=True):
                found[f"delay.{name}.le_{bound}"] = count
            found[f"delay.{name}.sum_s"] = histogram.total_s
        return found

    def call_ended(self, call: Call) -> None:
        """Remember the legs of a call, so that it is found by our id afterwards."""
        self.watch.ring.remember(call.call_id, _legs(call))

    def trace(self, asked: wire.TraceRequest) -> wire.Envelope:
        """The messages asked for."""
        call = self._exchange.calls.get(asked.about)
        found = self.watch.ring.find(asked.about, _legs(call) if call is not None else frozenset())
        reply = wire.Envelope()
        most = min(asked.limit or _MOST_MESSAGES, _MOST_MESSAGES)
        reply.trace.left_out = max(0, len(found) - most)
        for message in found[-most:]:
            one = reply.trace.messages.add(sent=message.sent, sip_call_id=message.call_id.decode("utf-8", "replace"))
            stamp(one.at, message.at)
            _show(one, message)
        return reply

    def _delays(self) -> dict[str, Histogram]:
        return {"answer": self._transactions.answer_delay, "post_dial": self._transactions.post_dial_delay}


def _show(one: wire.TracedMessage, message: Traced) -> None:
    way = message.way
    if isinstance(way, OfChannel):
        one.media.worker, one.media.channel_id = way.worker, way.channel_id
        one.media.message.ParseFromString(message.data)
        mask_message(one.media.message)
    else:
        one.transport, one.data = way.transport, masked(message.data)
        one.local.address, one.local.port = way.local
        one.remote.address, one.remote.port = way.remote


def _legs(call: Call) -> frozenset[str]:
    """Call-IDs of all legs of the run that *call* belongs to."""
    views = call.run.views.values() if call.run is not None else ()
    return frozenset(view.sip_call_id for view in views if view.sip_call_id) | {call.sip_call_id}
