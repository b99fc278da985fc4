"""Two layers joined by a wire that loses, repeats and reorders: every transaction ends, and ends once.

Each side has the user that RFC 3261 wants: the caller acknowledges every 2xx, the called one repeats its 2xx until
the ACK comes (sections 13.2.2.4 and 13.3.1.4).
"""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sip_frontend.message import Request, Response, build_request, build_response, parse_message
from sip_frontend.transaction import (
    AckReceived,
    Action,
    CancelReceived,
    ClientTransaction,
    Flow,
    RequestReceived,
    ResponseReceived,
    Send,
    ServerTransaction,
    StrayResponse,
    TransactionFailed,
    TransactionLayer,
)
from sip_frontend.transaction.machine import State

CALLER, CALLED = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
GIVE_UP_S = 32.0
STREAM = 1


class Side:
    """One layer and what its user saw."""

    def __init__(self, here: tuple[str, int], there: tuple[str, int], connection: int) -> None:
        self.flow = Flow("TCP" if connection else "UDP", here, there, connection)
        self.layer = TransactionLayer()


class TwoLayers(RuleBasedStateMachine):
    @initialize(connection=st.sampled_from([0, 0, STREAM]))
    def build(self, connection: int) -> None:
        self.now = 0.0
        self.caller = Side(CALLER, CALLED, connection)
        self.called = Side(CALLED, CALLER, connection)
        self.wire: list[tuple[Side, bytes]] = []
        self.clients: list[ClientTransaction] = []
        self.finals: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.requests: dict[str, tuple[ServerTransaction, Request]] = {}
        self.accepted: dict[str, tuple[bytes, float, float]] = {}
        """2xx responses without ACK: the bytes, when to give up, when to repeat next."""

    @rule(method=st.sampled_from(["INVITE", "INVITE", "BYE", "OPTIONS"]))
    def send_request(self, method: str) -> None:
        number = len(self.clients)
        branch = f"z9hG4bK{number}"
        headers = [
            ("Via", f"SIP/2.0/{self.caller.flow.transport} {CALLER[0]}:{CALLER[1]};branch={branch};rport"),
            ("From", f"<sip:a@test>;tag=a{number}"),
            ("To", "<sip:b@test>"),
            ("Call-ID", f"call-{number}"),
            ("CSeq", f"1 {method}"),
        ]
        data = build_request(method, "sip:b@test", headers)
        self.clients.append(self.caller.layer.request(data, method, branch, self.caller.flow, self.now, branch))
        self.settle()

    @rule(pick=st.integers(0, 50), status=st.sampled_from([180, 183, 200, 302, 404, 486, 603]))
    @precondition(lambda self: self.requests)
    def answer(self, pick: int, status: int) -> None:
        transaction, request = list(self.requests.values())[pick % len(self.requests)]
        if status < 200 and request.method != "INVITE":
            status = 100
        self.respond(transaction, request, status)
        self.settle()

    @rule(pick=st.integers(0, 50))
    @precondition(lambda self: self.clients)
    def cancel(self, pick: int) -> None:
        self.caller.layer.cancel(self.clients[pick % len(self.clients)], self.now)
        self.settle()

    @rule(pick=st.integers(0, 500))
    @precondition(lambda self: self.wire)
    def deliver(self, pick: int) -> None:
        self.arrive(*self.wire.pop(pick % len(self.wire) if not self.caller.flow.connection else 0))

    @rule(pick=st.integers(0, 500))
    @precondition(lambda self: self.wire and not self.caller.flow.connection)
    def lose(self, pick: int) -> None:
        self.wire.pop(pick % len(self.wire))

    @rule(pick=st.integers(0, 500))
    @precondition(lambda self: self.wire and not self.caller.flow.connection and len(self.wire) < 200)
    def repeat(self, pick: int) -> None:
        self.wire.append(self.wire[pick % len(self.wire)])

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 4.0, 9.0, 33.0]))
    def wait(self, seconds: float) -> None:
        self.pass_time(self.now + seconds)

    @invariant()
    def each_client_transaction_has_one_outcome(self) -> None:
        for client in getattr(self, "clients", []):
            outcomes = self.finals[client.branch] + self.failures[client.branch]
            assert outcomes <= 1, f"{client!r} ended {outcomes} times"
            assert client.state is not State.TERMINATED or outcomes == 1, f"{client!r} ended without a word"

    def teardown(self) -> None:
        """The network heals, every request is answered, time passes: nothing may be left."""
        if not hasattr(self, "clients"):
            return
        for _ in range(12):
            while self.wire:
                self.arrive(*self.wire.pop(0))
            for transaction, request in list(self.requests.values()):
                self.respond(transaction, request, 404)
            self.settle()
            self.pass_time(self.now + 20.0, heal=True)
        for client in self.clients:
            assert self.finals[client.branch] + self.failures[client.branch] == 1, repr(client)
        for side in (self.caller, self.called):
            assert side.layer.next_timeout() is None
            counts = side.layer.counts()
            assert (counts["server_transactions"], counts["client_transactions"], counts["timers"]) == (0, 0, 0)

    def arrive(self, side: Side, data: bytes) -> None:
        side.layer.receive(parse_message(data), side.flow, self.now)
        self.settle()

    def pass_time(self, end: float, *, heal: bool = False) -> None:
        while True:
            due = [side.layer.next_timeout() for side in (self.caller, self.called)]
            due += [again for _, _, again in self.accepted.values()]
            next_due = min((moment for moment in due if moment is not None), default=end)
            if next_due >= end:
                break
            self.now = max(self.now, next_due)
            for side in (self.caller, self.called):
                side.layer.expire(self.now)
            self.repeat_accepted()
            self.settle()
            while heal and self.wire:
                self.arrive(*self.wire.pop(0))
        self.now = end

    def repeat_accepted(self) -> None:
        for call_id, (data, give_up, again) in list(self.accepted.items()):
            if self.now >= give_up:
                del self.accepted[call_id]
            elif self.now >= again:
                self.wire.append((self.caller, data))
                self.accepted[call_id] = (data, give_up, self.now + 2.0)

    def settle(self) -> None:
        for side in (self.caller, self.called):
            for action in side.layer.take_actions():
                self.perform(side, action)
        if any(side.layer.actions for side in (self.caller, self.called)):
            self.settle()

    def perform(self, side: Side, action: Action) -> None:
        if isinstance(action, Send):
            self.wire.append((self.called if side is self.caller else self.caller, action.data))
        elif isinstance(action, RequestReceived):
            known = self.requests.get(action.request.via.branch)
            assert known is None or known[0].terminated, "a repetition was taken for a new request"
            self.requests[action.request.via.branch] = (action.transaction, action.request)
        elif isinstance(action, CancelReceived):
            if action.transaction.state is State.PROCEEDING:
                self.respond(action.transaction, action.transaction.request, 487)
        elif isinstance(action, AckReceived):
            self.accepted.pop(action.request.call_id, None)
        elif isinstance(action, ResponseReceived):
            self.take_response(action.transaction, action.response)
        elif isinstance(action, StrayResponse):
            if action.response.status // 100 == 2 and action.response.cseq_method == "INVITE":
                self.acknowledge(action.response)
        elif isinstance(action, TransactionFailed) and side is self.caller and action.transaction.method != "CANCEL":
            assert isinstance(action.transaction, ClientTransaction)
            self.failures[action.transaction.branch] += 1

    def take_response(self, transaction: ClientTransaction, response: Response) -> None:
        if response.status < 200 or transaction.method == "CANCEL":
            return
        if response.status < 300 and transaction.method == "INVITE":
            self.acknowledge(response)
            self.finals[transaction.branch] = 1
            return
        self.finals[transaction.branch] += 1

    def acknowledge(self, response: Response) -> None:
        headers = [
            ("Via", f"SIP/2.0/UDP {CALLER[0]}:{CALLER[1]};branch={response.via.branch}ack"),
            ("From", response.from_value),
            ("To", response.to_value),
            ("Call-ID", response.call_id),
            ("CSeq", "1 ACK"),
        ]
        self.wire.append((self.called, build_request("ACK", "sip:b@test", headers)))

    def respond(self, transaction: ServerTransaction, request: Request, status: int) -> None:
        if transaction.answered:
            return
        data = build_response(request, status, to_tag="b")
        assert self.called.layer.respond(transaction, data, status, self.now)
        if status // 100 == 2 and request.method == "INVITE":
            self.accepted[request.call_id] = (data, self.now + GIVE_UP_S, self.now + 0.5)


TestTwoLayers = TwoLayers.TestCase
TestTwoLayers.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
