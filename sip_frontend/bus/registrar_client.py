"""The way to registrars: any one answers; their deltas feed the cache of locations."""

from __future__ import annotations

from collections.abc import Callable

from sip_frontend.calls.actions import AskRegistrar, Publish
from sip_frontend.calls.exchange import Exchange
from switchroom.bus import Listener, Peer
from switchroom.errors import BusError, PeerLost
from switchroom.v1 import envelope_pb2 as wire

DEADLINE_S = 2.0
"""How long a registrar may take, its store included."""


class RegistrarClient:
    """All registrars of this frontend. *on_answer* gets what was asked and what was answered."""

    def __init__(
        self,
        exchange: Exchange,
        bus: Listener,
        on_answer: Callable[[wire.Envelope, wire.Envelope], None] = lambda asked, answer: None,
    ) -> None:
        self._exchange = exchange
        self._on_answer = on_answer
        self._bus = bus
        self._peers: list[Peer] = []
        self._next = 0

    def joined(self, peer: Peer) -> None:
        self._peers.append(peer)

    def lost(self, peer: Peer) -> None:
        if peer in self._peers:
            self._peers.remove(peer)
            self._exchange.locations.interrupted()

    def ask(self, action: AskRegistrar) -> None:
        """Ask them in turn, those that fell silent last."""
        peer = self._choose()
        try:
            if peer is None:
                raise PeerLost("registrar")
            self._bus.request(peer, action.envelope, DEADLINE_S, lambda reply: self._answered(action, reply))
        except BusError as error:
            action.reply(error)

    def _answered(self, action: AskRegistrar, reply: wire.Envelope | BusError) -> None:
        if not isinstance(reply, BusError):
            self._on_answer(action.envelope, reply)
        action.reply(reply)

    def _choose(self) -> Peer | None:
        usable = [peer for peer in self._peers if not peer.suspect] or self._peers
        if not usable:
            return None
        self._next += 1
        return usable[self._next % len(usable)]

    def message(self, peer: Peer, envelope: wire.Envelope) -> None:
        """An event of a registrar."""
        if envelope.WhichOneof("body") == "binding_delta":
            self._exchange.locations.apply(envelope.binding_delta)
            self._exchange.presence.bindings_changed(self._exchange, envelope.binding_delta)
            self._exchange.actions.append(Publish("registrar.bindings", None))
