"""What the transaction tests share: flows, messages, a layer with a clock of its own."""

from __future__ import annotations

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
    Timers,
    TransactionFailed,
    TransactionLayer,
)

US = ("192.0.2.1", 5060)
PEER = ("192.0.2.9", 5060)
UDP = Flow("UDP", US, PEER)
TCP = Flow("TCP", US, PEER, connection=7)


def request(
    method: str = "INVITE",
    *,
    branch: str = "z9hG4bK1",
    cseq: int = 1,
    ack_of: str = "",
    to_tag: str = "",
    via: str = "",
    call_id: str = "call-1",
    from_tag: str = "far",
) -> Request:
    """A request of the peer, as parsed."""
    headers = [
        ("Via", via or f"SIP/2.0/UDP {PEER[0]}:{PEER[1]};branch={branch};rport"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:peer@192.0.2.9>;tag={from_tag}"),
        ("To", "<sip:us@192.0.2.1>" + (f";tag={to_tag}" if to_tag else "")),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} {method}"),
        ("Contact", "<sip:peer@192.0.2.9:5060>"),
    ]
    parsed = parse_message(build_request(method, "sip:us@192.0.2.1", headers))
    assert isinstance(parsed, Request)
    return parsed


def our_request(method: str = "INVITE", branch: str = "z9hG4bKours", routes: tuple[str, ...] = ()) -> bytes:
    """A request of ours, as sent."""
    headers = [("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport")]
    headers += [("Route", route) for route in routes]
    headers += [
        ("Max-Forwards", "70"),
        ("From", "<sip:us@192.0.2.1>;tag=near"),
        ("To", "<sip:peer@192.0.2.9>"),
        ("Call-ID", "call-2"),
        ("CSeq", f"17 {method}"),
        ("Contact", "<sip:us@192.0.2.1:5060>"),
    ]
    return build_request(method, "sip:peer@192.0.2.9", headers)


def response_to(data: bytes, status: int, to_tag: str = "there") -> Response:
    """The peer's response to a request of ours, as parsed."""
    sent = parse_message(data)
    assert isinstance(sent, Request)
    parsed = parse_message(build_response(sent, status, to_tag=to_tag))
    assert isinstance(parsed, Response)
    return parsed


class Bench:
    """A layer, a clock, and one method for each thing a driver does with a layer. All return the actions."""

    def __init__(self, timers: Timers | None = None, *, max_transactions: int = 1000, force_rport: bool = False):
        self.layer = TransactionLayer(timers, max_transactions=max_transactions, force_rport=force_rport)
        self.now = 1000.0

    def receive(self, message: Request | Response, flow: Flow = UDP) -> list[Action]:
        self.layer.receive(message, flow, self.now)
        return self.layer.take_actions()

    def open(self, message: Request, flow: Flow = UDP) -> ServerTransaction:
        """Receive a new request and return its transaction."""
        received = self.receive(message, flow)[-1]
        assert isinstance(received, RequestReceived)
        return received.transaction

    def respond(self, transaction: ServerTransaction, status: int, message: Request) -> list[Action]:
        data = build_response(message, status, to_tag="near")
        self.layer.respond(transaction, data, status, self.now)
        return self.layer.take_actions()

    def request(self, data: bytes, method: str, flow: Flow = UDP, branch: str = "z9hG4bKours") -> ClientTransaction:
        """Send a request and drop the actions of that."""
        transaction = self.layer.request(data, method, branch, flow, self.now, "user")
        self.layer.take_actions()
        return transaction

    def cancel(self, invite: ClientTransaction) -> list[Action]:
        self.layer.cancel(invite, self.now)
        return self.layer.take_actions()

    def fail(self, flow: Flow) -> list[Action]:
        self.layer.transport_failed(flow, self.now)
        return self.layer.take_actions()

    def pass_time(self, seconds: float) -> list[tuple[float, Action]]:
        """Let time pass, timer by timer; each action comes with the seconds since this call."""
        start, end = self.now, self.now + seconds
        found: list[tuple[float, Action]] = []
        while (due := self.layer.next_timeout()) is not None and due <= end:
            self.now = due
            self.layer.expire(due)
            found += [(round(due - start, 6), action) for action in self.layer.take_actions()]
        self.now = end
        return found

    def held(self) -> tuple[int, int]:
        """How many server and client transactions are held."""
        counts = self.layer.counts()
        return counts["server_transactions"], counts["client_transactions"]


def words(actions: list[Action]) -> list[str]:
    """Actions in short, where whole objects would only repeat the test: ``send 180``, ``ack``, ``failed TIMEOUT``."""
    return [_word(action) for action in actions]


def _word(action: Action) -> str:
    if isinstance(action, Send):
        start = action.data.split(b" ", 2)
        return "send " + (start[1] if start[0] == b"SIP/2.0" else start[0]).decode()
    if isinstance(action, RequestReceived):
        return f"request {action.request.method}"
    if isinstance(action, AckReceived):
        return "ack"
    if isinstance(action, CancelReceived):
        return "cancel"
    if isinstance(action, ResponseReceived):
        return f"response {action.response.status}"
    if isinstance(action, TransactionFailed):
        return f"failed {action.failure.name}"
    return f"stray {action.response.status}"
