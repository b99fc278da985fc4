"""The data of a call: what it is, who is in it, how far it has come.

What can change is kept here and moved by events and by the script's own commands, never by the snapshots that ride
in activations: a script that is executed again over its log must see at each step what it saw the first time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from call_workers.causes import Cause, HangupCause
from call_workers.errors import CallEnded
from call_workers.events import EventStream, Listener
from call_workers.sip_view import SipView
from call_workers.values import (
    CallState,
    CallType,
    Counters,
    Direction,
    Diversion,
    Entity,
    Epochs,
    Network,
    Party,
    seconds,
    type_of_wire,
)
from call_workers.vars import Vars
from switchroom.v1 import call_pb2
from switchroom.v1.worker_pb2 import Command

if TYPE_CHECKING:
    from call_workers.call import Call
    from call_workers.run import Run

Hook = Callable[["Call"], Awaitable[Any] | Any]


class CallView:
    """Data and bookkeeping that all verbs of a call share. Scripts meet it as :class:`Call`."""

    __slots__ = (
        "_adoptions",
        "_any_waits",
        "_called",
        "_caller",
        "_digit_waits",
        "_direction",
        "_entity",
        "_exported",
        "_first",
        "_legs_placed",
        "_listeners",
        "_media_waits",
        "_message",
        "_mixed_at",
        "_mixes",
        "_postconnect",
        "_preconnect",
        "_request",
        "_run",
        "_streams",
        "_vars",
        "_waits",
        "answered_at",
        "authenticated",
        "children",
        "destination",
        "dial_cause",
        "digits",
        "ended_at",
        "hangup_cause",
        "held",
        "id",
        "mixed_with",
        "over",
        "parent",
        "picked",
        "referred_by",
        "state",
    )

    def __init__(self, run: Run, call_id: str, message: call_pb2.Call, first: call_pb2.Call) -> None:
        self._run = run
        self._message = message
        self._first = first
        self.id = call_id
        """The platform's id; SIP's is ``sip.call_id``."""
        self.state = CallState.TRYING
        self.authenticated = False
        self.held = False
        self.picked = False
        self.over = False
        """The exchange has said that it ended; ``state`` is ENDED already when the script hung up."""
        self.destination = first.destination
        """Where the call should go: Request-URI, dialled contact, or the target after a REFER or 3xx."""
        self.referred_by = ""
        """The id of the leg that transferred this one, or empty."""
        self.digits = ""
        """Digits that came and were not taken yet by ``wait_for_events``."""
        self.parent: Call | None = None
        self.children: list[Call] = []
        self.mixed_with: Call | None = None
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.hangup_cause: HangupCause | None = None
        self.dial_cause: HangupCause | None = None
        """Why the last ``dial`` reached nobody."""
        self._mixed_at: float | None = None
        self._request = b""
        self._entity: Entity | None = None
        self._caller: Party | None = None
        self._called: Party | None = None
        self._direction: Direction | None = None
        self._vars: Vars | None = None
        self._waits: list[asyncio.Future[Any]] | None = None
        self._digit_waits: list[Any] | None = None
        self._any_waits: list[Any] | None = None
        self._media_waits: dict[str, asyncio.Future[str]] | None = None
        self._listeners: dict[str, list[tuple[Listener, bool]]] | None = None
        self._streams: list[EventStream] | None = None
        self._exported: dict[str, str] | None = None
        self._legs_placed = self._adoptions = self._mixes = 0
        self._preconnect: Hook | None = None
        self._postconnect: Hook | None = None

    # What a call is.

    @property
    def type(self) -> CallType:
        """``UAS``: it reached us. ``UAC``: we placed it."""
        return type_of_wire.get(self._message.type, CallType.UAC if self.parent else CallType.UAS)

    @property
    def direction(self) -> Direction:
        """As seen from the exchange; ``party_called`` and ``party_calling`` of a dial turn it round."""
        if self._direction is not None:
            return self._direction
        return Direction.INBOUND if self.type is CallType.UAS else Direction.OUTBOUND

    @property
    def trusted(self) -> bool:
        """From a trunk peer or another trusted address."""
        return self._message.trusted

    @property
    def trunk(self) -> str:
        """Name of the trunk it came from or goes to, or empty."""
        return self._message.trunk

    @property
    def diversions(self) -> list[Diversion]:
        """Whom the call was meant for before (Diversion, else History-Info), the latest first."""
        return [Diversion.from_wire(step) for step in self._message.diversions]

    @property
    def answer_after(self) -> int | None:
        """Seconds after which the caller wants the called phone to answer by itself; None when it does not."""
        return self._message.answer_after_s if self._message.HasField("answer_after_s") else None

    @property
    def sip(self) -> SipView:
        """Call-ID, tags and the INVITE as received."""
        message = self._message
        return SipView(message.sip_call_id, message.local_tag, message.remote_tag, self._request)

    @property
    def network(self) -> Network:
        """Where the peer is."""
        return Network.from_wire(self._message.network)

    # Who is in it.

    @property
    def caller_id(self) -> Party:
        """Who calls."""
        return self._caller if self._caller is not None else Party.from_wire(self._first.caller)

    @property
    def called_id(self) -> Party:
        """Who is called."""
        return self._called if self._called is not None else Party.from_wire(self._first.called)

    @property
    def entity(self) -> Entity | None:
        """The user of the exchange on this leg: authenticated, dialled, or set by the script."""
        return self._entity

    @entity.setter
    def entity(self, entity: Entity) -> None:
        self._entity = entity
        entity.write(self._command("entity").set_entity.entity)

    @property
    def other(self) -> Call | None:
        """The parent, else the first established child, else the first child."""
        if self.parent is not None:
            return self.parent
        established = (child for child in self.children if child.state is CallState.ESTABLISHED)
        return next(established, self.children[0] if self.children else None)

    @property
    def vars(self) -> Vars:
        """Data of the script, kept by the exchange: it outlives this worker."""
        if self._vars is None:
            self._vars = Vars(self, self._run.initial_vars(self._message))
        return self._vars

    # How long it took.

    @property
    def epochs(self) -> Epochs:
        """When it began, was answered, ended and was last mixed, in whole UNIX seconds."""
        started = seconds(self._message.started_at) if self._message.HasField("started_at") else None
        return Epochs(_whole(started), _whole(self.answered_at), _whole(self.ended_at), _whole(self._mixed_at))

    @property
    def counters(self) -> Counters:
        """How many legs it has placed, how many it has adopted, and how often it was mixed."""
        return Counters(self._legs_placed, self._adoptions, self._mixes)

    @property
    def duration(self) -> int:
        """Seconds from its begin to its end, or to now."""
        epochs = self.epochs
        return 0 if epochs.start is None else self._until() - epochs.start

    @property
    def billing_duration(self) -> int:
        """Seconds from its answer to its end, or to now; 0 if it was not answered."""
        return 0 if self.answered_at is None else self._until() - int(self.answered_at)

    def _until(self) -> int:
        return int(self.ended_at if self.ended_at is not None else self._run.loop.now)

    # What all verbs need.

    def _command(self, verb: str) -> Command:
        return self._run.command(self.id, verb)

    def _check(self) -> None:
        """Every verb begins with this: a refused earlier command, or the end of the call, is told now."""
        if self._run.rejected is not None:
            self._run.raise_rejected()
        if self.state is CallState.ENDED:
            raise self._ended()

    def _ended(self) -> CallEnded:
        return CallEnded(self.hangup_cause or HangupCause(Cause.NORMAL_CLEARING))

    async def _wait(self, future: asyncio.Future[Any]) -> Any:
        """Await something that the end of this call makes pointless."""
        if self._waits is None:
            self._waits = []
        self._waits.append(future)
        try:
            return await future
        finally:
            self._waits.remove(future)
            del future  # else its error holds the traceback, which holds this frame, which holds it

    async def _value(self, command: Command) -> str:
        """What the exchange returns for *command*, as JSON."""
        reads = self._run.reads
        future: asyncio.Future[str] = self._run.loop.create_future()
        reads[command.command_id] = future
        try:
            value: str = await self._wait(future)
            return value
        finally:
            reads.pop(command.command_id, None)
            del future

    def __repr__(self) -> str:
        return f"<Call {self.id} {self.type.value} {self.state.name.lower()}>"


def _whole(at: float | None) -> int | None:
    return None if at is None else int(at)
