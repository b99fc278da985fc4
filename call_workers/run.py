"""One execution of a call script: activations in, decisions out.

The run keeps the script's tasks on their own loop (:mod:`call_workers.run_loop`), applies the events of an activation
one by one (:mod:`call_workers.happenings`), lets the script react to each, and gathers the commands it gives. Nothing
here does I/O; whoever hosts the run carries the messages and performs the steps.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol

from call_workers.call import Call
from call_workers.callbacks import notify
from call_workers.dialling import Dial
from call_workers.errors import AuthFailed, CallEnded, CommandRejected, DialFailed, EndlessScript
from call_workers.happenings import apply
from call_workers.run_loop import RunLoop
from call_workers.steps import Steps
from call_workers.values import CallState, Party
from switchroom.logs import get_logger
from switchroom.v1 import call_pb2
from switchroom.v1.call_pb2 import CallEvent
from switchroom.v1.envelope_pb2 import KIND_EVENT, Envelope
from switchroom.v1.worker_pb2 import Activation, Command, Decision

Script = Callable[[Call], Awaitable[None]]

_log = get_logger("call_workers")
# Verbs of the last commands, to name one that is refused.
_REMEMBERED_VERBS = 64
# Before the first activation there is nothing to decide.
_NOWHERE = Decision()


class Host(Protocol):
    """Who carries messages and performs steps for runs."""

    def start_step(self, run: Run, step_id: int, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Call *fn* outside of the run's loop and give the outcome to ``run.step_done``."""

    def find_script(self, called: Party) -> Script | None:
        """The script for a call to *called*."""


class Run:
    """One execution of a script, under a lease."""

    __slots__ = (
        "__weakref__",
        "_messages",
        "_returned",
        "_verbs",
        "auths",
        "calls",
        "command_count",
        "decision",
        "dials",
        "hangup_waits",
        "host",
        "last_seq",
        "lease",
        "logged_firsts",
        "logged_vars",
        "loop",
        "main",
        "over",
        "primary",
        "reads",
        "rejected",
        "results",
        "run_id",
        "steps",
    )

    def __init__(self, host: Host, run_id: str, lease: int) -> None:
        self.host = host
        self.run_id = run_id
        self.lease = lease
        self.loop = RunLoop(self._start_timer, self._cancel_timer, self._unhandled)  # type: ignore[abstract]
        self.calls: dict[str, Call] = {}
        self.primary: Call | None = None
        self.main: asyncio.Task[None] | None = None
        self.over = False
        """The script is done and the exchange has been told."""
        self.last_seq = 0
        self.decision = _NOWHERE
        self.command_count = 0
        self.rejected: CommandRejected | None = None
        self.dials: dict[str, Dial] = {}
        self.auths: dict[str, asyncio.Future[None]] = {}
        self.results: dict[int, asyncio.Future[Any]] = {}
        self.reads: dict[int, asyncio.Future[str]] = {}
        self.hangup_waits: dict[str, list[asyncio.Future[None]]] = {}
        self.steps = Steps()
        self.logged_vars: frozenset[tuple[str, str]] = frozenset()
        self.logged_firsts: dict[str, call_pb2.Call] = {}
        """Calls whose ids or destination the log changes later, as they were when the script first met them."""
        self._messages: dict[str, call_pb2.Call] = {}
        self._verbs: deque[str] = deque(maxlen=_REMEMBERED_VERBS)
        self._returned = False

    # Events in.

    def activate(self, activation: Activation) -> Envelope:
        """Apply the events; the answer holds what the script wants done. It has no kind and correlation id yet."""
        envelope = self.begin()
        self.take_snapshots(activation)
        for event in activation.events:
            self.deliver(event)
        return envelope

    def begin(self) -> Envelope:
        """Begin a decision; commands go into it from now on."""
        envelope = Envelope()
        self.decision = envelope.decision
        self.decision.run_id = self.run_id
        self.decision.lease = self.lease
        return envelope

    def take_snapshots(self, activation: Activation) -> None:
        """Note the calls as they stand: what never changes in a call is read from there."""
        for message in activation.calls:
            self._messages[message.call_id] = message
            call = self.calls.get(message.call_id)
            if call is not None:
                call._message = message

    def deliver(self, event: CallEvent) -> None:
        """Apply one event, and let the script react. One that was delivered before is ignored."""
        if event.seq <= self.last_seq or self.over:
            return
        self.last_seq = event.seq
        try:
            apply(self, event)
            self.loop.drain()
        except EndlessScript as error:
            self.fail(error)
        self._settle()

    def step_done(self, step_id: int, value: str, error: str) -> Envelope | None:
        """A step has its outcome: go on. Returns the decision to send, or None when there is nothing to say."""
        if self.over:
            return None
        envelope = self.begin()
        envelope.kind = KIND_EVENT
        self.resolve_step(step_id, value, error)
        return envelope if self.decision.commands else None

    def resolve_step(self, step_id: int, value: str, error: str) -> None:
        """Record the outcome and let the script react."""
        try:
            self.steps.resolve(self, step_id, value, error)
            self.loop.drain()
        except EndlessScript as endless:
            self.fail(endless)
        self._settle()

    # What happenings and verbs ask of the run.

    def call(self, call_id: str) -> Call:
        """The call of that id, made when it is heard of for the first time."""
        call = self.calls.get(call_id)
        if call is None:
            message = self._messages.get(call_id) or call_pb2.Call(call_id=call_id)
            call = self.calls[call_id] = Call(self, call_id, message, self.logged_firsts.get(call_id, message))
            self._adopt_leg(call)
        return call

    def begin_script(self, call: Call) -> None:
        """An inbound call begins the run."""
        self.primary = call
        script = self.host.find_script(call.called_id)
        if script is None:
            self.fail(LookupError("no script for this call"))
            return
        begun = script(call)
        self.main = self.loop.create_task(begun if isinstance(begun, Coroutine) else _awaiting(begun))

    def command(self, call_id: str, verb: str) -> Command:
        """The next command, to be filled in by *verb*."""
        self.command_count += 1
        command = self.decision.commands.add()
        command.command_id = self.command_count
        command.call_id = call_id
        self._verbs.append(verb)
        return command

    def verb(self, command_id: int) -> str:
        """What a command was called in the script."""
        back = self.command_count - command_id
        return self._verbs[-1 - back] if 0 <= back < len(self._verbs) else f"command {command_id}"

    def initial_vars(self, message: call_pb2.Call) -> Mapping[str, str]:
        """Data that was there before the script began: not what its own logged commands have set since."""
        call_id = message.call_id
        return {key: value for key, value in message.vars.items() if (call_id, key) not in self.logged_vars}

    def reject(self, error: CommandRejected) -> None:
        """A command nobody waits for was refused: tell the script where it waits now, or at its next verb."""
        future = getattr(self.main, "_fut_waiter", None)
        if self._returned:
            _log.warning("script.command_rejected", run_id=self.run_id, error=str(error))
        elif type(future) is asyncio.Future and not future.done():
            future.set_exception(error)
        else:
            self.rejected = error

    def raise_rejected(self) -> None:
        """Raise what :meth:`reject` kept."""
        error, self.rejected = self.rejected, None
        if error is not None:
            raise error

    async def step(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """See ``Call.step``."""
        return await self.steps.begin(self, fn, args)

    def fail(self, error: BaseException) -> None:
        """The script cannot go on: its calls are hung up with SERVER_ERROR."""
        _log.error("script.failed", run_id=self.run_id, error=repr(error), exc_info=error)
        self.command("", "fail").fail.reason = f"{type(error).__name__}: {error}"
        self.over = True

    def abandon(self) -> None:
        """Another worker leads this run now: end the script without a trace."""
        self.over = True
        self.close()

    def close(self) -> None:
        """End what tasks are left, their commands going nowhere, and break every cycle between run, loop and calls."""
        if self.loop.pending_tasks():
            self.begin()
            try:
                self.loop.abandon()
            except EndlessScript as error:
                _log.warning("script.not_ending", run_id=self.run_id, error=str(error))
        self.loop.close()
        for call in self.calls.values():
            call._forget()
        self.calls.clear()
        self.dials.clear()
        self.hangup_waits.clear()
        self.steps.close()
        self.main = self.primary = None

    # Inside.

    def _adopt_leg(self, call: Call) -> None:
        dial = self.dials.get(call.id.rpartition(".")[0])
        if dial is not None:
            dial.legs.append(call)
            call._direction = dial.direction
            if dial.parent is not None:
                dial.parent._legs_placed += 1
                call.parent = dial.parent
                dial.parent.children.append(call)
            if dial.early is not None:
                notify(self, dial.early, call)
            return
        parent = self.calls.get(call._message.parent_id)
        if parent is not None:
            call.parent = parent
            parent.children.append(call)

    def _settle(self) -> None:
        """After every reaction: has the script returned, and does anything of it still listen?"""
        main = self.main
        if self.over or main is None or not main.done():
            return
        if not self._returned:
            self._returned = True
            self._take_outcome(main)
        if self.over or self.loop.pending_tasks() or self.steps.waiting():
            return
        for call in self.calls.values():
            if call.listening():
                return
        self.command("", "finish").finish.SetInParent()
        self.over = True

    def _take_outcome(self, main: asyncio.Task[None]) -> None:
        error = asyncio.CancelledError("the script was cancelled") if main.cancelled() else main.exception()
        if error is None:
            return
        if isinstance(error, (AuthFailed, DialFailed)):
            self._refuse(error)
        elif not isinstance(error, CallEnded):
            self.fail(error)

    def _refuse(self, error: AuthFailed | DialFailed) -> None:
        if self.primary is not None and self.primary.state is not CallState.ENDED:
            hangup = self.command(self.primary.id, "hangup").hangup
            hangup.cause = int(error.cause.cause)  # type: ignore[assignment]
            hangup.text = error.reason

    def _start_timer(self, timer_id: int, delay_ms: int) -> None:
        timer = self.command("", "timer").start_timer
        timer.timer_id = timer_id
        timer.after.seconds = delay_ms // 1000
        timer.after.nanos = delay_ms % 1000 * 1_000_000

    def _cancel_timer(self, timer_id: int) -> None:
        if not self.over:
            self.command("", "timer").cancel_timer.timer_id = timer_id

    def _unhandled(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not self.over and not isinstance(error, CallEnded):
            _log.error("script.unhandled", run_id=self.run_id, message=context.get("message"), exc_info=error)


async def _awaiting(begun: Awaitable[None]) -> None:
    await begun
