"""A real listener that activates whoever joins, for tests of worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from switchroom.bus import Listener, Peer, Timing
from switchroom.errors import BusError
from switchroom.v1.envelope_pb2 import ERROR_CODE_STALE_LEASE, Envelope, Status
from switchroom.v1.worker_pb2 import Activation, Decision

PATIENCE_S = 10.0


class Frontend:
    """Waits for workers, sends them activations, gathers what they decide."""

    def __init__(self, endpoint: str, *, publish: str = "") -> None:
        self.endpoint = endpoint
        self.decisions: list[Decision] = []
        self.peers: list[Peer] = []
        self.left: list[str] = []
        self._changed = asyncio.Event()
        self.listener = Listener(
            asyncio.get_running_loop(),
            bind=[endpoint],
            publish=[publish] if publish else [],
            name="frontend-1",
            timing=Timing(),
            on_joined=self._joined,
            on_message=self._message,
            on_suspect=lambda peer, suspect: None,
            on_lost=self._lost,
            status=Status,
        )

    async def __aenter__(self) -> Frontend:
        self.listener.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.listener.close()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something has made *true* true."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def joined(self, name: str) -> Peer:
        """The worker of that name, once it is there."""
        await self.until(lambda: any(peer.name == name for peer in self.peers))
        return next(peer for peer in reversed(self.peers) if peer.name == name)

    async def activate(self, peer: Peer, activation: Activation) -> Decision:
        """The worker's answer."""
        envelope = Envelope()
        envelope.activation.CopyFrom(activation)
        future: asyncio.Future[Envelope | BusError] = asyncio.get_running_loop().create_future()
        self.listener.request(peer, envelope, PATIENCE_S, future.set_result)
        reply = await future
        assert isinstance(reply, Envelope), reply
        return reply.decision

    def take_away(self, peer: Peer, run_id: str) -> None:
        """Tell the worker that another one leads the run."""
        envelope = Envelope()
        envelope.refusal.code = ERROR_CODE_STALE_LEASE
        envelope.refusal.about = run_id
        self.listener.send(peer, envelope)

    def _joined(self, peer: Peer) -> None:
        self.peers.append(peer)
        self._changed.set()

    def _lost(self, peer: Peer, reason: str) -> None:
        self.left.append(f"{peer.name} {reason}")
        self._changed.set()

    def _message(self, peer: Peer, envelope: Envelope) -> None:
        if envelope.HasField("decision"):
            self.decisions.append(envelope.decision)
        self._changed.set()
