"""Our requests: sending them, matching the responses, cancelling an INVITE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sip_frontend.message import Response
from sip_frontend.transaction.actions import StrayResponse
from sip_frontend.transaction.derived import build_cancel
from sip_frontend.transaction.flow import Flow
from sip_frontend.transaction.invite_client import INVITE_CLIENT
from sip_frontend.transaction.keys import client_key
from sip_frontend.transaction.machine import ClientTransaction, State, event_of
from sip_frontend.transaction.non_invite_client import NON_INVITE_CLIENT
from sip_frontend.transaction.steps import Steps
from switchroom.errors import LocalProtocolError

_CANCELLABLE: Final = frozenset((State.CALLING, State.PROCEEDING))


class ClientSide:
    """Opens client transactions and matches responses to them."""

    __slots__ = ("_steps", "strays")

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.strays = 0

    def request(self, data: bytes, method: str, branch: str, flow: Flow, now: float, user: object) -> ClientTransaction:
        """Send a request whose top Via has *branch*; an ACK has no transaction and is not for here."""
        key = client_key(branch, method)
        if method == "ACK" or key in self._steps.clients:
            raise LocalProtocolError(f"{method} with branch {branch} cannot open a client transaction")
        transaction = self._new(data, method, branch, key, flow)
        transaction.user = user
        self._steps.open_client(transaction, now)
        if method == "INVITE" and _in_dialog(data):
            transaction.opened_at = 0.0
        return transaction

    def receive(self, response: Response, flow: Flow, now: float) -> None:
        """Take a response off the wire."""
        transaction = self._steps.clients.get(client_key(response.via.branch, response.cseq_method))
        if transaction is None:
            self.strays += 1
            self._steps.actions.append(StrayResponse(response, flow))
            return
        status = response.status
        if 100 < status < 300 and transaction.method == "INVITE" and transaction.opened_at:
            self._steps.post_dial_delay.add(now - transaction.opened_at)
            transaction.opened_at = 0.0
        event = event_of(status)
        self._steps.step(transaction, event, now, response)

    def cancel(
        self, invite: ClientTransaction, now: float, headers: Sequence[tuple[str, str]]
    ) -> ClientTransaction | None:
        """Cancel *invite*; None when it has its final response and there is nothing left to cancel.

        The CANCEL must not overtake its INVITE, so it waits for the first provisional response (section 9.1), and
        is never sent if a final one comes instead.
        """
        if invite.state not in _CANCELLABLE or invite.method != "INVITE":
            return None
        key = client_key(invite.branch, "CANCEL")
        already = invite.held_cancel or self._steps.clients.get(key)
        if already is not None:
            return already
        cancel = self._new(build_cancel(invite.data, headers), "CANCEL", invite.branch, key, invite.flow)
        invite.held_cancel = cancel
        if invite.state is State.PROCEEDING:
            self._steps.send_held_cancel(invite, now)
        return cancel

    @staticmethod
    def _new(data: bytes, method: str, branch: str, key: str, flow: Flow) -> ClientTransaction:
        table = INVITE_CLIENT if method == "INVITE" else NON_INVITE_CLIENT
        transaction = ClientTransaction(table, method, branch, key, flow)
        transaction.data = data
        return transaction


def _in_dialog(request: bytes) -> bool:
    """Whether a request we built is for a dialog that is there: a re-INVITE tells nothing of dialling."""
    at = request.find(b"\r\nTo:")
    return request.find(b";tag=", at, request.find(b"\r\n", at + 2)) >= 0
