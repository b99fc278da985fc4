"""The way to media workers: their requests and answers, their events, their load."""

from __future__ import annotations

from sip_frontend.calls import media_events
from sip_frontend.calls.actions import AskMedia, TellMedia
from sip_frontend.calls.exchange import Exchange
from switchroom.bus import Listener, Peer
from switchroom.errors import BusError, PeerLost
from switchroom.v1 import envelope_pb2 as wire

DEADLINE_S = 2.0
"""How long a media worker may take; it answers in well under a millisecond unless it is stopped or gone."""


class MediaClient:
    """All media workers of this frontend, by name."""

    def __init__(self, exchange: Exchange, bus: Listener) -> None:
        self._exchange = exchange
        self._bus = bus
        self._peers: dict[str, Peer] = {}

    def joined(self, peer: Peer) -> None:
        self._peers[peer.name] = peer
        media_events.joined(self._exchange, peer.name, peer.hello.host, peer.hello.capacity)

    def lost(self, peer: Peer) -> None:
        if self._peers.get(peer.name) is peer:
            del self._peers[peer.name]
            media_events.lost(self._exchange, peer.name)

    def suspect(self, peer: Peer, is_suspect: bool) -> None:
        media_events.suspect(self._exchange, peer.name, is_suspect)

    def ask(self, action: AskMedia) -> None:
        """Send a request; its reply is called with an error at once when the worker is not there."""
        peer = self._peers.get(action.worker)
        try:
            if peer is None:
                raise PeerLost(action.worker)
            self._bus.request(peer, action.envelope, DEADLINE_S, action.reply)
        except BusError as error:
            action.reply(error)

    def tell(self, action: TellMedia) -> None:
        """Send an event; a worker that is gone needs none."""
        peer = self._peers.get(action.worker)
        if peer is not None:
            self._bus.send(peer, action.envelope)

    def message(self, peer: Peer, envelope: wire.Envelope) -> None:
        """An event of a media worker."""
        kind = envelope.WhichOneof("body")
        if kind == "media_event":
            media_events.event(self._exchange, peer.name, envelope.media_event)
        elif kind == "channel_closed":
            media_events.closed(self._exchange, peer.name, envelope.channel_closed)
        elif kind == "heartbeat":
            media_events.load(self._exchange, peer.name, envelope.heartbeat.media_load)
        elif kind == "goodbye":
            self._exchange.media.workers[peer.name].load.draining = True
