"""The simulated exchange: a frontend, its media and its registrar in one, on a virtual clock."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from call_workers.causes import Cause
from call_workers.routes import Routes
from call_workers.runs import Runs
from call_workers.testing.acts import perform
from call_workers.testing.phone import Phone
from call_workers.testing.room_recordings import RoomRecording
from call_workers.testing.sim_run import SimRun
from switchroom.lean.of_msgspec import msgspec
from switchroom.v1 import call_pb2, common_pb2
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.worker_pb2 import Activation, Command, Decision, LogEntry

_START_S = 1_700_000_000


class HasRoutes(Protocol):
    """A ``CallWorker``."""

    @property
    def routes(self) -> Routes:
        """Which script takes which call."""


class ScriptFailed(AssertionError):
    """A script raised an error, or could not be replayed."""


class Published(NamedTuple):
    """An event that a script published."""

    name: str
    payload: Any
    call_id: str


class Exchange:
    """A simulated exchange for the tests of call scripts.

    Args:
        worker: the ``CallWorker`` whose scripts are tested.
        users: the users of the exchange and on how many devices each is registered; None lets every number be a user
            with one device. Who is not in it is unknown (404), 0 devices are 480.
        allow_failures: leave errors of scripts in ``failures`` instead of raising ScriptFailed at the end.
    """

    def __init__(
        self,
        worker: HasRoutes,
        *,
        users: Mapping[str, int] | None = None,
        realm: str = "pbx.test",
        allow_failures: bool = False,
    ) -> None:
        self._worker = worker
        self._users = users
        self.realm = realm
        self._allow_failures = allow_failures
        self.now = 0.0
        """Seconds since the exchange began."""
        self.legs: list[Phone] = []
        """Phones that scripts dialled, in order."""
        self.published: list[Published] = []
        self.requests: list[tuple[str, str, bytes]] = []
        """Requests that scripts sent outside of every call: method, where to, body."""
        self.mailboxes: dict[str, tuple[int, int, int, int]] = {}
        """What ``message_waiting`` said of a user: new, old, and the urgent ones of both."""
        self.room_recordings: dict[str, RoomRecording] = {}
        """Of whole rooms, by file."""
        self.failures: list[str] = []
        self.activations = 0
        self.sim_runs: list[SimRun] = []
        self._phones: dict[str, Phone] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._runs: Runs | None = None

    async def __aenter__(self) -> Exchange:
        self._runs = self._new_worker()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker_runs().abandon()
        if error is None and self.failures and not self._allow_failures:
            raise ScriptFailed("; ".join(self.failures))

    # What tests do.

    async def invite(
        self,
        to: str,
        *,
        from_user: str = "1001",
        name: str = "",
        headers: Mapping[str, str] | None = None,
        trusted: bool = False,
        trunk: str = "",
        credentials: bool = True,
        credentials_of: str = "",
        host: str = "",
    ) -> Phone:
        """A phone calls *to*. Returns when the script waits for something or is done.

        Args:
            headers: more headers of the INVITE.
            trusted: the call comes from a trunk peer, that of *trunk*.
            credentials: False has ``auth()`` fail.
            credentials_of: the user who authenticates, where the headers claim somebody else.
            host: of the Request-URI; else the realm.
        """
        self._count += 1
        run = SimRun(f"run-{self._count}")
        self.sim_runs.append(run)
        message = call_pb2.Call(
            call_id=f"call-{self._count}",
            type=call_pb2.CALL_TYPE_UAS,
            state=call_pb2.CALL_STATE_TRYING,
            destination=f"sip:{to}@{host or self.realm}",
            sip_call_id=f"{self._count}@phone.invalid",
            trusted=trusted,
            trunk=trunk,
        )
        message.caller.MergeFrom(common_pb2.Party(user=from_user, name=name, host=self.realm))
        message.called.MergeFrom(common_pb2.Party(user=to, host=host or self.realm))
        self.stamp(message.started_at)
        phone = self._add(run, message)
        phone.credentials = credentials
        phone.credentials_of = credentials_of or from_user
        event = phone.event()
        event.invited.request = _request(message, headers or {})
        phone.post(event)
        await self.settle()
        return phone

    def room(self, name: str) -> list[Phone]:
        """The phones in a conference."""
        return [phone for phone in self._phones.values() if phone.room == name]

    async def advance(self, duration_s: float) -> None:
        """Let time pass; timers fire in their order."""
        until = self.now + duration_s
        while self._timers and self._timers[0][0] <= until:
            due, _, fire = heapq.heappop(self._timers)
            self.now = max(self.now, due)
            fire()
            await self.settle()
        self.now = until

    def leg(self, user: str) -> Phone:
        """The phone that was dialled last under *user*."""
        for phone in reversed(self.legs):
            if phone.user == user:
                return phone
        raise AssertionError(f"nobody dialled {user}; dialled were {[phone.user for phone in self.legs]}")

    async def take_over(self) -> None:
        """The worker dies; another one takes every run that is not done, with its log, and goes on."""
        self._worker_runs().abandon()
        self._runs = self._new_worker()
        for run in self.sim_runs:
            if not run.finished:
                run.lease += 1
                await self._on_loop(self._activate, run, run.log)
        await self.settle()

    async def settle(self) -> None:
        """Deliver events until every script waits for something other than a step."""
        while True:
            busy = next((run for run in self.sim_runs if run.queue and not run.finished), None)
            if busy is not None:
                await self._on_loop(self._activate, busy, ())
            elif steps := self._worker_runs().steps_running():
                await asyncio.wait(steps)
                await asyncio.sleep(0)
            else:
                return

    # What commands need.

    def devices(self, user: str) -> int | None:
        """On how many devices a user is registered; None for an unknown one."""
        return 1 if self._users is None else self._users.get(user)

    def phone(self, call_id: str) -> Phone | None:
        """The phone of a leg."""
        return self._phones.get(call_id)

    def add_leg(self, run: SimRun, message: call_pb2.Call) -> Phone:
        """A leg that a script dialled."""
        self.stamp(message.started_at)
        phone = self._add(run, message)
        self.legs.append(phone)
        return phone

    def move(self, phone: Phone) -> SimRun:
        """Give *phone* a run of its own, as a transfer does."""
        self._count += 1
        run = SimRun(f"run-{self._count}")
        self.sim_runs.append(run)
        phone._run.phones.remove(phone)
        phone._run.moved.append(phone)
        phone._run = run
        run.phones.append(phone)
        return run

    def after(self, delay_s: float, fire: Callable[[], None]) -> None:
        """Call *fire* when so much time has passed."""
        self._count += 1
        heapq.heappush(self._timers, (self.now + delay_s, self._count, fire))

    def mix(self, one: Phone, other: Phone) -> None:
        """The two hear each other."""
        one.mixed_with, other.mixed_with = other, one
        for phone, peer in ((one, other), (other, one)):
            event = phone.event()
            event.mixed.with_call_id = peer.call_id
            phone.post(event)

    def end_from_wire(self, phone: Phone, cause: Cause) -> None:
        """The phone has left: those it takes along are hung up by us."""
        children = [leg for leg in self.legs if leg.parent is phone and not leg.ended]
        phone.finish(cause, common_pb2.SOURCE_WIRE)
        for dial in phone._run.dials.values():
            if dial.parent is phone:
                dial.cancelled(Cause.ORIGINATOR_CANCEL)
        for leg in children:
            if not leg.policy.keep_children and not leg.policy.continue_on_other_hangup:
                leg.finish(cause, common_pb2.SOURCE_US)
        parent = phone.parent
        if parent is not None and phone.policy.hangup_parent and not parent.ended:
            parent.finish(cause, common_pb2.SOURCE_US)

    def stamp(self, at: Timestamp) -> None:
        """Write the virtual time."""
        at.seconds = _START_S + int(self.now)
        at.nanos = round(self.now % 1 * 1000) * 1_000_000

    # Inside.

    def _add(self, run: SimRun, message: call_pb2.Call) -> Phone:
        phone = Phone(self, run, message)
        self._phones[message.call_id] = phone
        run.phones.append(phone)
        return phone

    def _new_worker(self) -> Runs:
        return Runs(self._worker.routes, self._decided)

    def _worker_runs(self) -> Runs:
        if self._runs is None:
            raise RuntimeError("use it as: async with Exchange(worker) as x")
        return self._runs

    def _activate(self, run: SimRun, log: list[LogEntry] | tuple[()]) -> None:
        self.activations += 1
        activation = Activation(run_id=run.run_id, lease=run.lease, log=log)
        self.stamp(activation.at)
        for event in run.queue:
            self.stamp(event.at)
            activation.events.append(event)
            run.log.append(LogEntry(event=event))
        run.queue = []
        activation.calls.extend(phone.message for phone in (*run.phones, *(run.moved if log else ())))
        # Through bytes, as on the bus, so that nothing is shared by accident.
        sent = Activation.FromString(activation.SerializeToString())
        self._decided(self._worker_runs().activate(sent))

    def _decided(self, envelope: Envelope) -> None:
        decision = Decision.FromString(envelope.decision.SerializeToString())
        run = next(run for run in self.sim_runs if run.run_id == decision.run_id)
        if decision.lease != run.lease or run.finished:
            return
        for command in decision.commands:
            if command.command_id > run.accepted:
                self._accept(run, command)

    def _accept(self, run: SimRun, command: Command) -> None:
        if command.command_id != run.accepted + 1:
            raise AssertionError(f"command {command.command_id} follows {run.accepted}")
        run.accepted = command.command_id
        run.log.append(LogEntry(command=command))
        perform(self, run, command)

    async def _on_loop(self, fn: Callable[..., None], *args: Any) -> None:
        """Call *fn* from the loop itself, as the bus does, not from within the task of the test."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def call() -> None:
            try:
                fn(*args)
            except BaseException as error:  # noqa: BLE001 - raised in the test
                done.set_exception(error)
            else:
                done.set_result(None)

        loop.call_soon(call)
        await done

    def publish(self, name: str, payload: str, call_id: str) -> None:
        """A script has published an event."""
        self.published.append(Published(name, msgspec.json.decode(payload), call_id))


def _request(message: call_pb2.Call, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"INVITE {message.destination} SIP/2.0",
        f"From: <sip:{message.caller.user}@{message.caller.host}>;tag=test",
        f"To: <{message.destination}>",
        f"Call-ID: {message.sip_call_id}",
        "CSeq: 1 INVITE",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
