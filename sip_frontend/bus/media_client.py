"""The way to media workers: their requests and answers, their events, their load."""

from __future__ import annotations

from sip_frontend.calls import media_events, media_homes
from sip_frontend.calls.actions import AskMedia, TellMedia
from sip_frontend.calls.exchange import Exchange
from sip_frontend.trace import ChannelWatch, Ring
from switchroom.bus import Listener, Peer
from switchroom.errors import BusError, PeerLost
from switchroom.v1 import envelope_pb2 as wire

DEADLINE_S = 2.0
"""How long a media worker may take; it answers in well under a millisecond unless it is stopped or gone."""


class MediaClient:
    """All media workers of this frontend, by name. What is said about channels is kept in *ring*."""

    def __init__(self, exchange: Exchange, bus: Listener, ring: Ring) -> None:
        self._exchange = exchange
        self._bus = bus
        self._watch = ChannelWatch(ring, self._call_id_of)
        self._peers: dict[str, Peer] = {}

    def joined(self, peer: Peer) -> None:
        self._peers[peer.name] = peer
        media_homes.joined(self._exchange, peer.name, peer.hello.host, peer.hello.capacity, peer.hello.pid)

    def lost(self, peer: Peer) -> None:
        if self._peers.get(peer.name) is peer:
            del self._peers[peer.name]
            media_homes.lost(self._exchange, peer.name)

    def suspect(self, peer: Peer, is_suspect: bool) -> None:
        media_homes.suspect(self._exchange, peer.name, is_suspect)

    def ask(self, action: AskMedia) -> None:
        """Send a request; its reply is called with an error at once when the worker is not there."""
        peer = self._peers.get(action.worker)
        reply = self._watch.asked(action.worker, action.envelope, action.reply)
        try:
            if peer is None:
                raise PeerLost(action.worker)
            self._bus.request(peer, action.envelope, DEADLINE_S, reply)
        except BusError as error:
            reply(error)

    def tell(self, action: TellMedia) -> None:
        """Send an event; a worker that is gone needs none."""
        peer = self._peers.get(action.worker)
        if peer is not None:
            self._bus.send(peer, action.envelope)

    def message(self, peer: Peer, envelope: wire.Envelope) -> None:
        """An event of a media worker."""
        self._watch.told(peer.name, envelope)
        kind = envelope.WhichOneof("body")
        if kind == "media_event":
            media_events.event(self._exchange, peer.name, envelope.media_event)
        elif kind == "channel_closed":
            media_events.closed(self._exchange, peer.name, envelope.channel_closed)
        elif kind == "heartbeat":
            media_homes.load(self._exchange, peer.name, envelope.heartbeat.media_load)
        elif kind == "goodbye":
            media_homes.drains(self._exchange, peer.name)

    def _call_id_of(self, worker: str, channel_id: str) -> str:
        """The Call-ID of the leg that has a channel; empty when none has, as at the ends of a link."""
        known = self._exchange.media.workers.get(worker)
        channel = known.channels.get(channel_id) if known is not None else None
        call = self._exchange.calls.get(channel.call_id) if channel is not None else None
        return call.sip_call_id if call is not None else ""
