"""The driver: the one place that performs actions. Inputs are fed to the cores, what they ask for is done, in order.

Everything that comes in within one wake-up of the loop is fed first and performed together: datagrams are read up to
64 at a time, frames of the bus are sent once. One loop timer serves all timers of both cores.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.calls import intake, responses
from sip_frontend.calls.actions import Action as CallAction
from sip_frontend.calls.actions import Activate, AskMedia, AskRegistrar, Locate, Log, Publish, TellMedia
from sip_frontend.calls.call import Call, stamp
from sip_frontend.calls.exchange import Exchange
from sip_frontend.calls.requests import Exchanged
from sip_frontend.location import Hop
from sip_frontend.message import Request, Response, SipParseError, build_response, new_tag
from sip_frontend.transaction import (
    AckReceived,
    CancelReceived,
    ClientTransaction,
    Failure,
    Flow,
    RequestReceived,
    ResponseReceived,
    Send,
    ServerTransaction,
    StrayResponse,
    TransactionFailed,
    TransactionLayer,
)
from sip_frontend.transaction import Action as SipAction
from sip_frontend.transaction.replying import way_anew
from switchroom.clock import Clock
from switchroom.errors import SwitchroomError
from switchroom.v1.event_pb2 import Notice

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from sip_frontend.bus.leases import Leases
    from sip_frontend.bus.media_client import MediaClient
    from sip_frontend.bus.registrar_client import RegistrarClient
    from sip_frontend.location.resolver import Resolver
    from sip_frontend.transport import Transports
    from switchroom.bus import Listener


class Driver:
    """Feeds the transaction layer and the call core, and performs what they ask for."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        transactions: TransactionLayer,
        exchange: Exchange,
        log: FilteringBoundLogger,
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._transactions = transactions
        self._exchange = exchange
        self._log = log
        self._pump_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed = 0.0
        self.leases: Leases
        self.media: MediaClient
        self.registrars: RegistrarClient
        self.transports: Transports
        self.bus: Listener
        self.resolver: Resolver
        self.on_call_ended: Callable[[Call], None] = lambda call: None
        self._sip = {
            RequestReceived: self._request,
            ResponseReceived: self._response,
            AckReceived: self._ack,
            CancelReceived: self._cancel,
            TransactionFailed: self._failed,
            StrayResponse: self._stray,
        }
        self._perform = {
            Activate: self._activate,
            AskMedia: self._ask_media,
            TellMedia: self._tell_media,
            AskRegistrar: self._ask_registrar,
            Publish: self._publish,
            Log: self._write_log,
            Locate: self._locate,
        }

    def attach(
        self,
        leases: Leases,
        media: MediaClient,
        registrars: RegistrarClient,
        transports: Transports,
        bus: Listener,
        resolver: Resolver,
    ) -> None:
        """Where actions go. Apart from the constructor because all of these need the call core first."""
        self.leases = leases
        self.media = media
        self.registrars = registrars
        self.transports = transports
        self.bus = bus
        self.resolver = resolver

    # -- in ----------------------------------------------------------------------------------------------------

    def message_received(self, message: Request | Response, flow: Flow) -> None:
        """A SIP message came in."""
        self.touch()
        self._transactions.receive(message, flow, self._exchange.now)

    def malformed_received(self, error: SipParseError, flow: Flow) -> None:
        """Something that is no SIP message: answered when enough of a request is there, counted always."""
        self._exchange.count("requests.unreadable")
        request = error.request
        if isinstance(request, Request) and request.answerable:
            self.touch()
            request.note_source(*flow.remote)
            data = build_response(request, error.status_hint, _phrase(error), to_tag=new_tag())
            self.transports.send(flow, data)

    def flow_failed(self, flow: Flow) -> None:
        """A connection broke, or a peer's port is closed."""
        self.touch()
        self._transactions.transport_failed(flow, self._exchange.now)

    def touch(self) -> None:
        """Set the cores' clocks and see to it that what follows is performed. Call before every input."""
        self._exchange.now = self._clock.now()
        self._exchange.unix = self._clock.unix()
        if not self._pump_due:
            self._pump_due = True
            self._loop.call_soon(self.pump)

    # -- out ---------------------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Perform actions until there are none, then arm the timer anew."""
        self._pump_due = False
        transactions, exchange = self._transactions, self._exchange
        while True:
            sip = transactions.take_actions()
            for action in sip:
                if type(action) is Send:
                    self._send(action)
                    continue
                try:
                    self._deliver(action)
                except Exception as error:  # noqa: BLE001 - a fault of ours with one message must not reach the others
                    self._fault(action, error)
            rest = exchange.take_actions()
            for other in rest:
                try:
                    self._do(other)
                except Exception as error:  # noqa: BLE001 - as above
                    self._fault(other, error)
            if not sip and not rest:
                break
        self._arm()

    def _fault(self, action: SipAction | CallAction, error: Exception) -> None:
        """A fault of ours: told loudly; a request that it left unanswered gets 500 (RFC 3261 section 8.2)."""
        self._exchange.count("faults")
        self._log.error("frontend.fault", action=type(action).__name__, exc_info=error)
        if type(action) is RequestReceived:
            self._exchange.reply(action.transaction, 500, to_tag=new_tag())

    def _deliver(self, action: SipAction) -> None:
        self._sip[type(action)](action)  # type: ignore[operator]

    def _do(self, action: CallAction) -> None:
        self._perform[type(action)](action)  # type: ignore[operator]

    def _send(self, action: Send) -> None:
        if not self.transports.send(action.flow, action.data) and not self._send_anew(action):
            self._transactions.send_failed(action, self._exchange.now)

    def _send_anew(self, action: Send) -> bool:
        """A response whose connection is gone goes over a new one (RFC 3261 section 18.2.2); False when none can be."""
        transaction, flow = action.transaction, action.flow
        if not isinstance(transaction, ServerTransaction) or not flow.connection or self.transports.is_open(flow):
            return False
        remote, name = way_anew(action.data, flow)
        try:
            fresh = self.transports.connect(flow.transport, remote, server_name=name)
        except SwitchroomError:
            return False
        self._transactions.move(transaction, fresh)
        return self.transports.send(fresh, action.data)

    def _arm(self) -> None:
        first, second = self._transactions.next_timeout(), self._exchange.timers.next_due()
        due = second if first is None else first if second is None else min(first, second)
        if due is None:
            return
        if self._timer is not None:
            if self._armed <= due:
                return  # it fires early and is armed anew then: cheaper than moving it with every message
            self._timer.cancel()
        self._armed = due
        delay = max(0.0, due - self._clock.now())
        self._timer = self._loop.call_later(delay, self._expire)

    def _expire(self) -> None:
        self._timer = None
        self.touch()
        self._transactions.expire(self._exchange.now)
        self._exchange.expire()

    # -- deliveries of the transaction layer -------------------------------------------------------------------

    def _request(self, action: RequestReceived) -> None:
        intake.request_received(self._exchange, action.transaction, action.request, action.flow)

    def _response(self, action: ResponseReceived) -> None:
        user = action.transaction.user
        if type(user) is Call:
            responses.response_received(self._exchange, user, action.response, action.transaction)
        elif type(user) is Exchanged and action.response.status >= 200:
            user.answered(action.response)

    def _ack(self, action: AckReceived) -> None:
        intake.ack_received(self._exchange, action.request)

    def _cancel(self, action: CancelReceived) -> None:
        intake.cancel_received(self._exchange, action.transaction)

    def _failed(self, action: TransactionFailed) -> None:
        user = action.transaction.user
        if type(user) is Exchanged:
            user.answered(None)
        elif type(user) is Call and isinstance(action.transaction, ClientTransaction):
            responses.failed(self._exchange, user, action.transaction, action.failure is Failure.TIMEOUT)

    def _stray(self, action: StrayResponse) -> None:
        self._exchange.count("responses.stray")

    # -- actions of the call core ------------------------------------------------------------------------------

    def _activate(self, action: Activate) -> None:
        self.leases.activate(action.run)

    def _ask_media(self, action: AskMedia) -> None:
        self.media.ask(action)

    def _tell_media(self, action: TellMedia) -> None:
        self.media.tell(action)

    def _ask_registrar(self, action: AskRegistrar) -> None:
        self.registrars.ask(action)

    def _publish(self, action: Publish) -> None:
        if action.call is not None:
            self._exchange.call_told(action.call)
            if action.name == "call.ended":
                self.on_call_ended(action.call)
        if action.payload:
            self._log.info(action.name, call_id=action.call.call_id if action.call else "", **_keys(action.payload))
        if not self.bus.watched(action.name):
            return
        notice = Notice(name=action.name, frontend=self._exchange.settings.name, payload=action.payload)
        stamp(notice.at, self._exchange.unix)
        if action.call is not None:
            notice.call.CopyFrom(action.call.view)
        self.bus.publish(action.name, notice)

    def _write_log(self, action: Log) -> None:
        getattr(self._log, action.level)(action.event, **action.keys)

    def _locate(self, action: Locate) -> None:
        def found(hops: list[Hop]) -> None:
            self.touch()
            if not hops:
                self._log.warning("sip.host_unknown", host=action.uri.host)
            action.reply(hops)

        self.resolver.locate(action.uri, found)


def _phrase(error: SipParseError) -> str:
    """A reason phrase that says what cannot be read, on one line."""
    return " ".join(str(error).split())[:100]


def _keys(payload: str) -> dict[str, object]:
    """The fields of an application event, for its log line; what is not an object stands under ``payload``."""
    try:
        fields = json.loads(payload)
    except ValueError:
        fields = payload
    return fields if isinstance(fields, dict) else {"payload": fields}
