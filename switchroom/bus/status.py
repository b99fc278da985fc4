"""The answer to ``switchroom status``: this process, and what each of its peers says of itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from switchroom.bus.peer import Peer
from switchroom.bus.requests import OnReply
from switchroom.errors import BusError
from switchroom.v1.envelope_pb2 import Envelope, Status

# How long a peer has; the tool that asked waits longer.
PEER_DEADLINE_S = 0.4


def complete(own: Callable[[], Status] | None, name: str, version: str, started_at: float) -> Status:
    """What a process says by *own*, with what it left out and the bus knows."""
    status = own() if own is not None else Status()
    status.name = name
    status.version = status.version or version
    status.pid = status.pid or os.getpid()
    status.uptime_s = status.uptime_s or time.monotonic() - started_at
    return status


def add_link_counters(status: Status, peer: Peer) -> None:
    """What the bus knows of *peer*, under its name."""
    values = status.values
    values[f"queue.{peer.name}"] = len(peer.outbox)
    values[f"unanswered.{peer.name}"] = len(peer.asked)
    if peer.dropped:
        values[f"drops.{peer.name}"] = peer.dropped
    if peer.malformed:
        values[f"malformed.{peer.name}"] = peer.malformed


class StatusRound:
    """Gathers the status of every peer and hands over the whole once the last has answered or timed out."""

    __slots__ = ("_on_done", "_open", "_own")

    def __init__(self, own: Status, on_done: Callable[[Status], None]) -> None:
        self._own = own
        self._on_done = on_done
        self._open = 1  # held until every peer has been asked

    def ask(self, peer: Peer, request: Callable[[Peer, Envelope, float, OnReply], int]) -> None:
        envelope = Envelope()
        envelope.status_request.SetInParent()
        self._open += 1
        try:
            request(peer, envelope, PEER_DEADLINE_S, lambda reply: self._answered(peer, reply))
        except BusError as error:
            self._answered(peer, error)

    def all_asked(self) -> None:
        self._finish_one()

    def _answered(self, peer: Peer, reply: Envelope | BusError) -> None:
        if isinstance(reply, Envelope) and reply.HasField("status"):
            theirs = reply.status
        else:
            theirs = Status(version=peer.hello.version, pid=peer.hello.pid)
            theirs.values["silent"] = 1
        theirs.role = peer.role
        theirs.name = peer.name
        self._own.peers.append(theirs)
        self._finish_one()

    def _finish_one(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._on_done(self._own)
