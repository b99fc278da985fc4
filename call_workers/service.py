"""The life of a worker on the bus: ready, work, drain, leave.

It joins every frontend it is told of. Each frontend gives it runs; those of one that is lost are forgotten, because
that frontend gives them to another worker, or again to this one with their log when it comes back.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from call_workers.notices import NoticeWatcher
from call_workers.runs import Runs
from call_workers.worker import CallWorker
from switchroom.bus import Dialler, Mesh, load_client_keys
from switchroom.config import Config
from switchroom.errors import BusError
from switchroom.logs import get_logger
from switchroom.process import Process
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from switchroom.v1.envelope_pb2 import KIND_REQUEST, Envelope, Hello, Status, Welcome
from switchroom.v1.worker_pb2 import Decision
from switchroom.version import version

_log = get_logger("call_workers")


class WorkerService:
    """One worker on the bus, until it is closed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, worker: CallWorker, config: Config) -> None:
        self._loop = loop
        self._worker = worker
        self._config = config
        self._runs: dict[Dialler, Runs] = {}
        self._idle = asyncio.Event()
        self.activations = 0
        bus = config.bus
        keys = load_client_keys(Path(bus.key_dir), self._name())
        self.mesh = Mesh(
            loop,
            bus.frontends,
            self._hello(),
            keys=keys,
            insecure=bus.insecure,
            on_welcome=self._on_welcome,
            on_message=self._on_message,
            on_lost=self._on_lost,
            status=self.status,
        )
        self._watcher: NoticeWatcher | None = None
        if worker.listeners:
            self._watcher = NoticeWatcher(loop, bus.events, worker.listeners, keys=keys, insecure=bus.insecure)

    def start(self) -> None:
        """Join the frontends; returns at once. A worker without scripts only watches, and joins none."""
        if len(self._worker.routes):
            self.mesh.start()
        if self._watcher is not None:
            self._watcher.start()

    async def drain(self) -> None:
        """Take no new work, and finish what is led: all of it, or what can be done in the configured time."""
        self.mesh.drain("shutting down")
        self._idle.clear()
        if self.leads():
            try:
                await asyncio.wait_for(self._idle.wait(), self._config.worker.drain_ms / 1000)
            except TimeoutError:
                _log.info("worker.left_runs", runs=self.leads())

    async def close(self) -> None:
        """Leave; runs that are not finished go to other workers, with their logs."""
        await self.mesh.close("shutting down")
        for runs in self._runs.values():
            runs.abandon()
        if self._watcher is not None:
            await self._watcher.close()

    def leads(self) -> int:
        """Runs under way."""
        return sum(len(runs) for runs in self._runs.values())

    def status(self) -> Status:
        """For ``switchroom status``."""
        status = Status(version=version())
        status.values["runs"] = self.leads()
        status.values["activations"] = self.activations
        status.values["replayed"] = sum(runs.replayed for runs in self._runs.values())
        status.values["diverged"] = sum(runs.diverged for runs in self._runs.values())
        return status

    def _name(self) -> str:
        return self._worker.name or self._config.worker.name

    def _hello(self) -> Hello:
        section = self._config.worker
        return Hello(
            role=ROLE_CALL_WORKER,
            name=self._name(),
            version=version(),
            capacity=section.capacity,
            routes=self._worker.routes.to_wire(),
        )

    def _on_welcome(self, dialler: Dialler, welcome: Welcome) -> None:
        if dialler not in self._runs:
            self._runs[dialler] = Runs(self._worker.routes, _Sender(dialler), self._run_ended, self._loop)
        _log.info("worker.joined", frontend=welcome.frontend)

    def _on_message(self, dialler: Dialler, envelope: Envelope) -> None:
        if envelope.kind == KIND_REQUEST and envelope.HasField("activation"):
            self.activations += 1
            reply = self._runs[dialler].activate(envelope.activation)
            dialler.respond(envelope, reply, promptly=not _says_only_goodbye(reply.decision))
        elif envelope.HasField("refusal"):
            self._runs[dialler].lose(envelope.refusal.about)

    def _on_lost(self, dialler: Dialler, reason: str) -> None:
        _log.warning("worker.frontend_lost", endpoint=dialler.endpoint, reason=reason)
        self._runs[dialler].abandon()

    def _run_ended(self) -> None:
        if not self.leads():
            self._idle.set()


def _says_only_goodbye(decision: Decision) -> bool:
    """Whether the run is over and nothing else is to be done: nobody waits for that."""
    return len(decision.commands) == 1 and decision.commands[0].HasField("finish")


class _Sender:
    """Sends what a script does after a step; a frontend lost meanwhile gives the run to another worker."""

    __slots__ = ("_dialler",)

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler

    def __call__(self, envelope: Envelope) -> None:
        try:
            self._dialler.send(envelope)
        except BusError as error:
            _log.warning("worker.decision_unsent", run_id=envelope.decision.run_id, error=str(error))


async def serve(process: Process, worker: CallWorker) -> None:
    """The worker's process: from ready until it is told to stop."""
    service = WorkerService(asyncio.get_running_loop(), worker, process.config)
    service.start()
    process.ready(routes=len(worker.routes))
    await process.stopping.wait()
    await service.drain()
    await service.close()
