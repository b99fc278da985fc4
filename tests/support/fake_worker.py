"""A call worker that does what no worker should: it speaks the bus, and each test says how."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from switchroom.bus import Dialler
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from switchroom.v1.envelope_pb2 import KIND_REQUEST, Envelope, Hello, Route
from switchroom.v1.worker_pb2 import Command, Finish
from tests.support.exchange import Exchange

OnActivation = Callable[["FakeWorker", Envelope], None]


class FakeWorker:
    """Takes calls to *user* and hands every activation to *on_activation*; does nothing by itself."""

    def __init__(self, exchange: Exchange, user: str, on_activation: OnActivation, capacity: int = 16) -> None:
        self.activations: list[Envelope] = []
        self.others: list[Envelope] = []
        hello = Hello(role=ROLE_CALL_WORKER, name="fake-worker", version="tests", capacity=capacity)
        hello.routes.append(Route(user=user, realm="pbx.test"))  # the most exact there can be
        self._on_activation = on_activation
        self.dialler = Dialler(
            asyncio.get_running_loop(),
            exchange.endpoint,
            hello,
            on_welcome=lambda *_: None,
            on_message=self._on_message,
            on_lost=lambda *_: None,
        )

    async def __aenter__(self) -> FakeWorker:
        self.dialler.start()
        await self.dialler.wait_joined(5)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.dialler.close()

    async def told_the_end(self) -> None:
        """Wait until the call has ended for us too."""
        async with asyncio.timeout(5):
            while not any(event.HasField("ended") for each in self.activations for event in each.activation.events):
                await asyncio.sleep(0.01)

    def decide(self, activation: Envelope, *commands: Command, lease: int | None = None) -> None:
        """Answer an activation, with its own lease or another one."""
        self.dialler.respond(activation, self._decision(activation, commands, lease))

    def finish(self, activation: Envelope, number: int) -> None:
        """End the run, as command *number*; without it somebody else would have to go on with it."""
        self.decide(activation, Command(command_id=number, finish=Finish()))

    def act(self, activation: Envelope, *commands: Command, lease: int | None = None) -> None:
        """Send commands later, as an event."""
        self.dialler.send(self._decision(activation, commands, lease))

    def _decision(self, activation: Envelope, commands: tuple[Command, ...], lease: int | None) -> Envelope:
        envelope = Envelope()
        decision = envelope.decision
        decision.run_id = activation.activation.run_id
        decision.lease = activation.activation.lease if lease is None else lease
        decision.commands.extend(commands)
        return envelope

    def _on_message(self, _: Dialler, envelope: Envelope) -> None:
        if envelope.kind == KIND_REQUEST and envelope.HasField("activation"):
            self.activations.append(envelope)
            self._on_activation(self, envelope)
        else:
            self.others.append(envelope)
