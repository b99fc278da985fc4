"""Requests of peers: which server transaction each belongs to, and the answers that need no user."""

from __future__ import annotations

from typing import Final

from sip_frontend.message import Request, build_response, new_tag, validate
from sip_frontend.transaction.actions import AckReceived, CancelReceived, RequestReceived, Send
from sip_frontend.transaction.derived import to_tag_of
from sip_frontend.transaction.flow import Flow
from sip_frontend.transaction.invite_server import INVITE_SERVER
from sip_frontend.transaction.keys import merge_id, server_key
from sip_frontend.transaction.machine import Event, ServerTransaction, State, event_of
from sip_frontend.transaction.non_invite_server import NON_INVITE_SERVER
from sip_frontend.transaction.replying import build_refusal, mark_source
from sip_frontend.transaction.steps import Steps

_RETRY_AFTER_S: Final = 5
"""What the 503 of a full table asks for: one timer T4, after which some transactions are surely gone."""


class ServerSide:
    """Matches requests to server transactions and opens new ones."""

    __slots__ = ("_force_rport", "_limit", "_steps", "cancels_unmatched", "merged", "refused", "repeats_received")

    def __init__(self, steps: Steps, limit: int, *, force_rport: bool) -> None:
        self._steps = steps
        self._limit = limit
        self._force_rport = force_rport
        self.repeats_received = 0
        self.merged = 0
        self.refused = 0
        self.cancels_unmatched = 0

    def receive(self, request: Request, flow: Flow, now: float) -> None:
        """Take a request off the wire."""
        method = request.method
        if method == "ACK":
            self._receive_ack(request, flow, now)
            return
        key = server_key(request, method)
        transaction = self._steps.servers.get(key)
        if transaction is not None:
            self.repeats_received += 1
            self._steps.step(transaction, Event.REQUEST, now)
            return
        reply = mark_source(request, flow, force_rport=self._force_rport)
        merging = merge_id(request) if not request.to_tag and method != "CANCEL" else 0
        if self._refuse(request, reply, merging, now):
            return
        transaction = ServerTransaction(INVITE_SERVER if method == "INVITE" else NON_INVITE_SERVER, request, key, reply)
        if merging:
            transaction.merge_id = merging
            self._steps.merging.add(merging)
        self._steps.open_server(transaction, now)
        if method == "INVITE":
            self.respond(transaction, build_response(request, 100), 100, now)
        elif method == "CANCEL":
            self._receive_cancel(transaction, request, now)
            return
        self._steps.actions.append(RequestReceived(transaction, request, flow))

    def respond(self, transaction: ServerTransaction, data: bytes, status: int, now: float) -> bool:
        """Send a response; False when the transaction is past it (answered, or timed out)."""
        before = transaction.data
        transaction.data = data
        answered = transaction.early and 200 <= status < 300
        if self._steps.step(transaction, event_of(status), now):
            if answered:
                self._steps.answer_delay.add(now - transaction.opened_at)
            return True
        transaction.data = before
        return False

    def _refuse(self, request: Request, reply: Flow, merging: int, now: float) -> bool:
        """Answer what must not become a transaction: too many of them, or a second copy of a request."""
        count = len(self._steps.servers) + len(self._steps.clients)
        # Requests inside dialogs keep established calls going, so they have as much room again.
        if count >= (2 * self._limit if request.to_tag else self._limit) and not self._steps.make_room(now):
            self.refused += 1
            data = build_refusal(request, 503, _RETRY_AFTER_S)
        elif merging and merging in self._steps.merging and validate(request) is None:
            self.merged += 1
            data = build_refusal(request, 482)
        else:
            return False
        self._steps.actions.append(Send(reply, data))
        return True

    def _receive_ack(self, request: Request, flow: Flow, now: float) -> None:
        """An ACK never opens a transaction; unless it ends a failed INVITE, it is for the dialog."""
        invite = self._steps.servers.get(server_key(request, "INVITE"))
        if invite is None:
            self._steps.actions.append(AckReceived(request, flow))
        else:
            self._steps.step(invite, Event.ACK, now, request)

    def _receive_cancel(self, cancel: ServerTransaction, request: Request, now: float) -> None:
        """Answer a CANCEL at once (section 9.2): 200 with the tag of the INVITE's responses, or 481."""
        invite = self._steps.servers.get(server_key(request, "INVITE"))
        if invite is None:
            self.cancels_unmatched += 1
            self.respond(cancel, build_refusal(request, 481), 481, now)
            return
        invite.to_tag = invite.to_tag or to_tag_of(invite.data) or new_tag()
        self.respond(cancel, build_response(request, 200, to_tag=invite.to_tag), 200, now)
        if invite.state in (State.PROCEEDING, State.ACCEPTED):
            self._steps.actions.append(CancelReceived(invite, request))
