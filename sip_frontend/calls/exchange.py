"""The call core: every call and run of this frontend, and the one place where inputs come in and actions go out.

Inputs are SIP deliveries of the transaction layer, answers and events of the bus, and the passing of time. Each is
handed to the file that knows the verb; what is to be done gathers in ``actions`` (and, for SIP, in the transaction
layer) until the driver takes it. ``now`` (monotonic) and ``unix`` are set by the driver before each input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Protocol

from sip_frontend.calls.actions import Action, Activate, AskMedia, Log, Publish, Reply
from sip_frontend.calls.call import Call, stamp
from sip_frontend.calls.channel import Channel, Port
from sip_frontend.calls.locations import Locations
from sip_frontend.calls.media_directory import MediaDirectory
from sip_frontend.calls.run import Run
from sip_frontend.calls.settings import Settings
from sip_frontend.calls.subscriptions import Subscriptions
from sip_frontend.calls.subscriptions.dialog_info import DialogInfo
from sip_frontend.calls.subscriptions.message_summary import MessageSummary
from sip_frontend.calls.subscriptions.presence import Presence
from sip_frontend.calls.timers import Timer, Timers
from sip_frontend.calls.trunk_table import TrunkTable
from sip_frontend.location import Dead
from sip_frontend.message import Header, build_response
from sip_frontend.transaction import Flow, Send, ServerTransaction, TransactionLayer
from switchroom.errors import BusError
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import envelope_pb2 as wire


class Connect(Protocol):
    """How to reach an address: see ``Transports.connect``."""

    def __call__(self, transport: str, remote: tuple[str, int], *, server_name: str = "") -> Flow: ...


def _always(flow: Flow) -> bool:
    return True


class Exchange:
    """State of all calls of one frontend."""

    def __init__(
        self,
        settings: Settings,
        transactions: TransactionLayer,
        sent_by: Callable[[Flow], str],
        connect: Connect,
        is_open: Callable[[Flow], bool] = _always,
    ) -> None:
        self.settings = settings
        self.transactions = transactions
        self.sent_by = sent_by
        self.connect = connect
        self.is_open = is_open
        self.now = 0.0
        self.unix = 0.0
        self.calls: dict[str, Call] = {}
        self.runs: dict[str, Run] = {}
        self.dialogs: dict[tuple[str, str], Call] = {}
        self.awaiting_credentials: dict[tuple[str, str], Call] = {}
        self.entity_calls: dict[str, int] = {}
        self.locations = Locations()
        self.media = MediaDirectory()
        self.dead = Dead()
        self.trunks = TrunkTable(settings.trunks)
        self.timers = Timers()
        self.message_summary = MessageSummary()
        self.dialog_info = DialogInfo()
        self.presence = Presence()
        self.subscriptions = Subscriptions((self.message_summary, self.dialog_info, self.presence))
        self.actions: list[Action] = []
        self.counters: dict[str, int] = {}
        self._dirty: list[Channel] = []
        # Ids must differ over restarts and between frontends, and cost nothing: a random prefix and a count.
        self._prefix = token_hex(5)
        self._count = 0

    # -- out ---------------------------------------------------------------------------------------------------

    def take_actions(self) -> list[Action]:
        """What is to be done since the last time, in order. Changed channels are told last, once each."""
        if self._dirty:
            dirty, self._dirty = self._dirty, []
            for channel in dirty:
                self._tell_channel(channel)
        actions, self.actions = self.actions, []
        return actions

    def touch(self, channel: Channel) -> None:
        """*channel* changed: its worker must hear of it, once offer and answer have said what it is to carry."""
        if not channel.dirty and channel.spec.formats:
            channel.dirty = True
            self._dirty.append(channel)

    def ask_of(self, channel: Channel, envelope: wire.Envelope, told: Reply) -> None:
        """Ask the worker of *channel* something about it, behind all that changed of it until now."""
        if channel.dirty:
            self._dirty.remove(channel)
            self._tell_channel(channel)
        self.actions.append(AskMedia(channel.worker, envelope, told))

    def _tell_channel(self, channel: Channel) -> None:
        channel.dirty = False
        if channel.closing:
            return
        channel.spec.generation += 1
        envelope = wire.Envelope()
        envelope.set_channel.spec.CopyFrom(channel.spec)
        asked, port = channel.worker, channel.port
        self.actions.append(AskMedia(asked, envelope, lambda reply: self._channel_told(channel, asked, port, reply)))

    def _channel_told(self, channel: Channel, asked: str, port: Port, reply: wire.Envelope | BusError) -> None:
        if channel.former or isinstance(reply, BusError):
            from sip_frontend.calls import media_homes

            media_homes.channel_told(self, channel, asked, port, reply)

    def send(self, flow: Flow, data: bytes) -> None:
        """SIP outside any transaction: ACK to a 2xx, retransmitted 2xx."""
        self.transactions.actions.append(Send(flow, data))

    def reply(
        self,
        transaction: ServerTransaction,
        status: int,
        reason: str | None = None,
        headers: Sequence[Header] = (),
        *,
        to_tag: str = "",
        body: bytes = b"",
    ) -> bytes:
        """Answer a request; returns what was sent, b"" when it was past answering."""
        if transaction.answered:
            return b""  # it timed out, or was answered by a crossing event
        data = build_response(transaction.request, status, reason, to_tag=to_tag, headers=headers, body=body)
        self.transactions.respond(transaction, data, status, self.now)
        return data

    def log(self, level: str, event: str, **keys: object) -> None:
        """One log line."""
        self.actions.append(Log(level, event, keys))

    def count(self, name: str) -> None:
        """Add one to a counter."""
        self.counters[name] = self.counters.get(name, 0) + 1

    # -- calls and runs ----------------------------------------------------------------------------------------

    def new_id(self) -> str:
        """An id for a call or a run."""
        self._count += 1
        return f"{self._prefix}{self._count:x}"

    def new_run(self) -> Run:
        """A run with nobody leading it yet."""
        run = Run(self.new_id())
        self.runs[run.run_id] = run
        return run

    def add_call(self, call: Call) -> None:
        """*call* exists from now on."""
        self.calls[call.call_id] = call
        self.actions.append(Publish("call.new", call))

    def call_told(self, call: Call) -> None:
        """Watchers were told of a change of *call*: those with a subscription are, too."""
        if self.subscriptions.by_dialog and call.view.HasField("entity"):
            self.dialog_info.call_changed(self, call)
            self.presence.call_changed(self, call)

    def entity_changed(self, call: Call, before: str) -> None:
        """*call* is of another user than *before*: whoever watches the one or the other is told."""
        self.dialog_info.call_left(self, call, before)
        self.presence.user_changed(self, before)
        self.call_told(call)

    def timer(self, after_s: float, fire: Callable[[float], None]) -> Timer:
        """Call ``fire(now)`` after so many seconds."""
        return self.timers.start(self.now + after_s, fire)

    def expire(self) -> None:
        """Fire what is due at ``now``."""
        self.timers.expire(self.now)

    # -- events to the leader of a run ------------------------------------------------------------------------

    def event(self, call: Call, *, wake: bool = True) -> pb.CallEvent | None:
        """A new event of *call* for the script that leads it, to be filled in by the caller; None if nobody does.

        Without *wake* it rides with the next one: nothing can be decided on it alone.
        """
        run = call.run
        if run is None or run.finished:
            return None
        return self.run_event(run, call.call_id, wake=wake)

    def run_event(self, run: Run, call_id: str, *, wake: bool = True) -> pb.CallEvent:
        """A new event of *run*."""
        run.seq += 1
        event = pb.CallEvent(seq=run.seq, call_id=call_id)
        stamp(event.at, self.unix)
        run.pending.append(event)
        if wake:
            self.wake(run)
        return event

    def wake(self, run: Run) -> None:
        """See to it that the pending events of *run* go out."""
        if not run.queued:
            run.queued = True
            self.actions.append(Activate(run))
