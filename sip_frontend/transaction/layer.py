"""The transaction layer: messages, time and failures go in, actions come out (RFC 3261 section 17).

The driver calls a method, takes the actions and performs them in order; it calls ``expire`` when ``next_timeout``
has come. Nothing here reads a clock or touches a socket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from sip_frontend.message import Request, Response
from sip_frontend.transaction.actions import Action, Send
from sip_frontend.transaction.client_side import ClientSide
from sip_frontend.transaction.flow import Flow
from sip_frontend.transaction.histogram import Histogram
from sip_frontend.transaction.keys import server_key
from sip_frontend.transaction.machine import ClientTransaction, Event, ServerTransaction
from sip_frontend.transaction.server_side import ServerSide
from sip_frontend.transaction.steps import Steps
from sip_frontend.transaction.timers import Timers


@final
class TransactionLayer:
    """All transactions of one user agent core.

    *max_transactions*: above it those that are answered are forgotten early, the oldest first; when that makes no
    room, a request outside our dialogs gets 503 with Retry-After.
    *force_rport*: answer every UDP peer at its source port, also those that did not ask for it (RFC 3581).
    """

    __slots__ = ("_client_side", "_server_side", "_steps", "actions")

    def __init__(
        self, timers: Timers | None = None, *, max_transactions: int = 200_000, force_rport: bool = False
    ) -> None:
        self._steps = Steps(timers or Timers())
        self._client_side = ClientSide(self._steps)
        self._server_side = ServerSide(self._steps, max_transactions, force_rport=force_rport)
        self.actions: list[Action] = self._steps.actions

    def take_actions(self) -> list[Action]:
        """What is to be done now, in order; the list is the caller's."""
        actions = self.actions
        self.actions = self._steps.actions = []
        return actions

    def receive(self, message: Request | Response, flow: Flow, now: float) -> None:
        """A message came in along *flow*."""
        if isinstance(message, Request):
            self._server_side.receive(message, flow, now)
        else:
            self._client_side.receive(message, flow, now)

    def respond(self, transaction: ServerTransaction, data: bytes, status: int, now: float) -> bool:
        """Answer *transaction* with *data*, whose status is *status*: any number of 1xx, then one final response.

        False when it is past that, because it was answered or has timed out; nothing is sent then.
        """
        return self._server_side.respond(transaction, data, status, now)

    def request(
        self, data: bytes, method: str, branch: str, flow: Flow, now: float, user: object = None
    ) -> ClientTransaction:
        """Send a request of ours; *branch* is that of its top Via. *user* is kept with the transaction."""
        return self._client_side.request(data, method, branch, flow, now, user)

    def cancel(
        self, invite: ClientTransaction, now: float, headers: Sequence[tuple[str, str]] = ()
    ) -> ClientTransaction | None:
        """Cancel an INVITE of ours; None when it already has its final response.

        The CANCEL is held back until a provisional response has come (section 9.1). The INVITE then ends as it
        would anyway: with 487, with a 2xx that crossed the CANCEL, or as failed after 64 T1.
        """
        return self._client_side.cancel(invite, now, headers)

    def expire(self, now: float) -> None:
        """Fire every timer due at *now*."""
        self._steps.expire(now)

    def next_timeout(self) -> float | None:
        """When ``expire`` is next needed."""
        return self._steps.timers.next_due()

    def send_failed(self, send: Send, now: float) -> None:
        """*send* could not be performed; its transaction fails if it cares."""
        if send.transaction is not None:
            self._steps.step(send.transaction, Event.TRANSPORT_FAILED, now)

    def move(self, transaction: ServerTransaction, flow: Flow) -> None:
        """The connection of *transaction* is gone: this and what else it has to say goes along *flow*."""
        self._steps.move(transaction, flow)

    def transport_failed(self, flow: Flow, now: float) -> None:
        """*flow* is gone: every transaction on it fails. For one datagram that did not go, use ``send_failed``."""
        if flow.connection:
            self._steps.connection_lost(flow.connection, now)
        else:
            self._steps.path_lost(flow, now)

    def knows(self, request: Request) -> bool:
        """Whether *request* repeats one whose transaction is still there."""
        return server_key(request, request.method) in self._steps.servers

    def early_of(self, host: str) -> int:
        """New INVITEs of the address *host* that have no final response yet."""
        return self._steps.early_of.get(host, 0)

    def early_calls(self) -> int:
        """New INVITEs of anybody that have no final response yet."""
        return self._steps.early_calls

    @property
    def answer_delay(self) -> Histogram:
        """From a new INVITE to its 2xx."""
        return self._steps.answer_delay

    @property
    def post_dial_delay(self) -> Histogram:
        """From an INVITE of ours to the first answer that a caller hears: 180, 183 or 2xx."""
        return self._steps.post_dial_delay

    def counts(self) -> dict[str, int]:
        """Gauges of what is held, and counters since the start."""
        steps, server, client = self._steps, self._server_side, self._client_side
        return {
            "server_transactions": len(steps.servers),
            "client_transactions": len(steps.clients),
            "early_calls": steps.early_calls,
            "timers": len(steps.timers),
            "repeats_sent": steps.repeats_sent,
            "repeats_received": server.repeats_received,
            "timeouts": steps.timeouts,
            "transport_failures": steps.transport_failures,
            "stray_responses": client.strays,
            "merged_requests": server.merged,
            "refused_requests": server.refused,
            "unmatched_cancels": server.cancels_unmatched,
        }
