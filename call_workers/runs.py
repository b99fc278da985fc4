"""The runs a worker leads: finds or makes the run of an activation, replays taken-over ones, performs steps."""

from __future__ import annotations

import asyncio
import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from call_workers.errors import ReplayDiverged
from call_workers.replay import diverged, replay
from call_workers.routes import Routes
from call_workers.run import Run, Script
from call_workers.steps import outcome
from call_workers.values import Party
from switchroom.logs import get_logger
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.worker_pb2 import Activation

_log = get_logger("call_workers")
# An activation may cross the Finish of its run; so many finished runs are remembered to answer it with nothing.
_REMEMBERED_RUNS = 1024


class Runs:
    """All runs of one worker that one frontend has given it.

    Args:
        routes: which script takes which call.
        send: sends an EVENT to the frontend: what a script does after a step.
        on_idle: told when the last run is over.
    """

    def __init__(
        self,
        routes: Routes,
        send: Callable[[Envelope], None],
        on_idle: Callable[[], None] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._routes = routes
        self._send = send
        self._on_idle = on_idle
        self._loop = loop or asyncio.get_running_loop()
        self._runs: dict[str, Run] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._steps: set[asyncio.Future[Any]] = set()
        self.replayed = 0
        self.diverged = 0

    def __len__(self) -> int:
        return len(self._runs)

    def activate(self, activation: Activation) -> Envelope:
        """The answer to an activation: a Decision, empty when the script has nothing to say yet."""
        run = self._runs.get(activation.run_id)
        if run is not None and activation.lease > run.lease:
            self._drop(run)
            run = None
        if run is None:
            return self._take(activation)
        envelope = run.activate(activation)
        if run.over:
            self._end(run)
        return envelope

    def steps_running(self) -> set[asyncio.Future[Any]]:
        """Steps that are being performed."""
        return self._steps

    def lose(self, run_id: str) -> None:
        """The frontend says that this worker no longer leads the run."""
        run = self._runs.get(run_id)
        if run is not None:
            _log.warning("worker.lease_lost", run_id=run_id)
            self._drop(run)

    def abandon(self) -> None:
        """The frontend is lost: it gives its runs to others."""
        for run in tuple(self._runs.values()):
            self._drop(run)

    # What runs ask of their host.

    def find_script(self, called: Party) -> Script | None:
        """The script for a call to *called*."""
        return self._routes.find(called.user, called.host)

    def start_step(self, run: Run, step_id: int, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Perform a step on the loop of the process, in a thread when it is a plain function."""
        task = self._loop.create_task(_perform(fn, args))
        self._steps.add(task)
        task.add_done_callback(lambda done: self._step_done(run, step_id, done))

    def _step_done(self, run: Run, step_id: int, done: asyncio.Task[tuple[str, str]]) -> None:
        self._steps.discard(done)
        if done.cancelled() or self._runs.get(run.run_id) is not run:
            return
        value, error = done.result()
        envelope = run.step_done(step_id, value, error)
        if envelope is not None:
            self._send(envelope)
        if run.over:
            self._end(run)

    def _take(self, activation: Activation) -> Envelope:
        run = Run(self, activation.run_id, activation.lease)
        begins = bool(activation.log) or (bool(activation.events) and activation.events[0].seq == 1)
        if not begins:
            return self._unknown(activation)
        self._finished.pop(activation.run_id, None)
        self._runs[activation.run_id] = run
        envelope = self._replay(run, activation) if activation.log else run.activate(activation)
        if run.over:
            self._end(run)
        return envelope

    def _replay(self, run: Run, activation: Activation) -> Envelope:
        self.replayed += 1
        try:
            envelope = replay(run, activation)
        except ReplayDiverged as error:
            self.diverged += 1
            _log.error("script.diverged", run_id=run.run_id, reason=str(error))
            run.over = True
            return diverged(activation, error)
        _log.info("script.replayed", run_id=run.run_id, lease=run.lease, entries=len(activation.log))
        return envelope

    def _unknown(self, activation: Activation) -> Envelope:
        if activation.run_id in self._finished:
            envelope = Envelope()
            envelope.decision.run_id = activation.run_id
            envelope.decision.lease = activation.lease
            return envelope
        _log.error("script.log_missing", run_id=activation.run_id, lease=activation.lease)
        return diverged(activation, ReplayDiverged("this worker does not lead the run, and no log came with it"))

    def _drop(self, run: Run) -> None:
        del self._runs[run.run_id]
        run.abandon()

    def _end(self, run: Run) -> None:
        del self._runs[run.run_id]
        self._finished[run.run_id] = None
        if len(self._finished) > _REMEMBERED_RUNS:
            self._finished.popitem(last=False)
        run.close()
        if not self._runs and self._on_idle is not None:
            self._on_idle()


async def _perform(fn: Callable[..., Any], args: tuple[Any, ...]) -> tuple[str, str]:
    """Call the function of a step. Whatever it raises is its outcome."""
    try:
        if inspect.iscoroutinefunction(fn):
            return outcome(await fn(*args))
        result = await asyncio.to_thread(fn, *args)
        return outcome(await result if inspect.isawaitable(result) else result)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - the outcome, told to the script as StepFailed
        return outcome(error)
