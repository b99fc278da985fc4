"""A frontend without its shell: the two cores, driven by hand on a clock that stands still.

Requests to media workers and registrars are answered at once by scripts of the test; activations are kept for it to
look at and to answer with ``decide``. SIP goes in and out as text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sip_frontend.calls import digits, intake, media_homes, responses, runs
from sip_frontend.calls.actions import Activate, AskMedia, AskRegistrar, Locate, Log, Publish, TellMedia
from sip_frontend.calls.call import Call
from sip_frontend.calls.exchange import Exchange
from sip_frontend.calls.requests import Exchanged
from sip_frontend.calls.run import Run
from sip_frontend.calls.settings import Settings, Trunk
from sip_frontend.location import Hop
from sip_frontend.message import Request, Response, parse_message
from sip_frontend.transaction import (
    AckReceived,
    CancelReceived,
    ClientTransaction,
    Failure,
    Flow,
    RequestReceived,
    ResponseReceived,
    Send,
    TransactionFailed,
    TransactionLayer,
)
from switchroom.errors import BusError, PeerLost, RequestRefused, TransportError
from switchroom.v1 import call_pb2, media_pb2
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb
from tests.support.grants import Blocks

US = ("127.0.0.1", 5060)
ALICE = ("127.0.0.1", 5061)
CARRIER = Trunk("carrier", (("127.0.0.1", 5062), ALICE))

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP {payloads}\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
)


def sdp(port: int = 40000, payloads: str = "0 8 101", direction: str = "sendrecv") -> str:
    return SDP.format(port=port, payloads=payloads, direction=direction)


class Frontend:
    """The cores under test, and everything they did since the start."""

    def __init__(self, *, address6: str = "", **settings: Any) -> None:
        settings.setdefault("trunks", (CARRIER,))
        settings.setdefault("domains", frozenset(("127.0.0.1", "localhost")))
        self.transactions = TransactionLayer()
        self.exchange = Exchange(Settings(**settings), self.transactions, self._sent_by, self._connect, self._is_open)
        self.exchange.now, self.exchange.unix = 1000.0, 1_700_000_000.0
        self.sent: list[tuple[Flow, Request | Response]] = []
        self.activations: list[tuple[Run, list[call_pb2.CallEvent]]] = []
        self.published: list[str] = []
        self.logged: list[Log] = []
        self.channels: dict[str, media_pb2.ChannelSpec] = {}
        self.closed_channels: list[str] = []
        self.digits_sent: list[tuple[str, str]] = []
        self.taken_ports: set[int] = set()
        """Ports that no media worker can bind."""
        self.registrar: Callable[[wire.Envelope], wire.Envelope | BusError] = lambda asked: PeerLost("registrar")
        self.transports = {"UDP", "TCP", "TLS"}
        self.zone: dict[str, list[Hop]] = {}
        self.unanswered: list[Locate] | None = None
        self.gone: set[Flow] = set()
        """Connections that are closed."""
        self._blocks = Blocks()
        self._addresses: dict[str, tuple[str, str]] = {}
        self._asked = ""
        self.add_worker("media-1", "127.0.0.1", address6)

    def add_worker(self, name: str, address: str, address6: str = "") -> None:
        """Another media worker, at these addresses."""
        self._addresses[name] = (address, address6)
        media_homes.joined(self.exchange, name, "here")
        self.settle()

    def _sent_by(self, flow: Flow) -> str:
        return f"{flow.local[0]}:{flow.local[1]}"

    def _connect(self, transport: str, remote: tuple[str, int], *, server_name: str = "") -> Flow:
        if transport not in self.transports:
            raise TransportError(f"{transport} {remote}", "no listener")
        return Flow(transport, US, remote)

    def _is_open(self, flow: Flow) -> bool:
        return flow not in self.gone

    # -- in ------------------------------------------------------------------------------------------------------

    def receive(self, text: str, remote: tuple[str, int] = ALICE, flow: Flow | None = None) -> None:
        """SIP text from *remote*, or along *flow*; line ends and Content-Length are put right."""
        head, _, body = text.strip().replace("\r\n", "\n").partition("\n\n")
        data = body.replace("\n", "\r\n").encode()
        lines = [*(line.strip() for line in head.split("\n")), f"Content-Length: {len(data)}", "", ""]
        message = parse_message("\r\n".join(lines).encode("utf-8", "surrogateescape") + data)
        self.transactions.receive(message, flow or Flow("UDP", US, remote), self.exchange.now)
        self.settle()

    def advance(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.exchange.now + seconds
        while True:
            due = [
                one for one in (self.transactions.next_timeout(), self.exchange.timers.next_due()) if one is not None
            ]
            if not due or min(due) > end:
                break
            self._at(max(min(due), self.exchange.now))
        self._at(end)

    def _at(self, now: float) -> None:
        self.exchange.unix += now - self.exchange.now
        self.exchange.now = now
        self.transactions.expire(now)
        self.exchange.expire()
        self.settle()

    def decide(self, run: Run, *commands: pb.Command) -> None:
        """What the worker answers; numbers are filled in."""
        for number, command in enumerate(commands, run.commands_seen + 1):
            command.command_id = command.command_id or number
        runs.decide(self.exchange, run, commands)
        self.settle()

    def digit(self, call: Call, digit: str) -> None:
        digits.received(self.exchange, call, digit, 100, call_pb2.DIGIT_SOURCE_RTP)
        self.settle()

    # -- out -----------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Perform everything that the cores ask for."""
        while True:
            sip = self.transactions.take_actions()
            for action in sip:
                self._sip(action)
            rest = self.exchange.take_actions()
            for other in rest:
                self._do(other)
            if not sip and not rest:
                return

    def _sip(self, action: object) -> None:
        exchange = self.exchange
        if isinstance(action, Send):
            self.sent.append((action.flow, parse_message(action.data)))
        elif isinstance(action, RequestReceived):
            intake.request_received(exchange, action.transaction, action.request, action.flow)
        elif isinstance(action, AckReceived):
            intake.ack_received(exchange, action.request)
        elif isinstance(action, CancelReceived):
            intake.cancel_received(exchange, action.transaction)
        elif isinstance(action, ResponseReceived):
            user = action.transaction.user
            if isinstance(user, Call):
                responses.response_received(exchange, user, action.response, action.transaction)
            elif isinstance(user, Exchanged) and action.response.status >= 200:
                user.answered(action.response)
        elif isinstance(action, TransactionFailed):
            user = action.transaction.user
            if isinstance(user, Exchanged):
                user.answered(None)
            elif isinstance(user, Call) and isinstance(action.transaction, ClientTransaction):
                responses.failed(exchange, user, action.transaction, action.failure is Failure.TIMEOUT)

    def _do(self, action: object) -> None:
        exchange = self.exchange
        if isinstance(action, Activate):
            run = action.run
            run.queued = False
            events, run.pending = run.pending, []
            if events:
                self.activations.append((run, events))
        elif isinstance(action, AskMedia):
            self._asked = action.worker
            action.reply(self._refused(action.envelope) or self._media(action.envelope))
        elif isinstance(action, AskRegistrar):
            action.reply(self.registrar(action.envelope))
        elif isinstance(action, Publish):
            self.published.append(action.name)
            if action.call is not None:
                exchange.call_told(action.call)
        elif isinstance(action, Log):
            self.logged.append(action)
        elif isinstance(action, Locate):
            if self.unanswered is None:
                action.reply(self.zone.get(action.uri.host, []))
            else:
                self.unanswered.append(action)
        else:
            assert isinstance(action, TellMedia)

    def _refused(self, asked: wire.Envelope) -> BusError | None:
        if asked.HasField("set_channel") and asked.set_channel.spec.local_port in self.taken_ports:
            return RequestRefused("ERROR_CODE_NO_PORTS", "taken")
        return None

    def _media(self, asked: wire.Envelope) -> wire.Envelope:
        """The answer of the media worker that is asked."""
        reply = wire.Envelope()
        kind = asked.WhichOneof("body")
        if kind == "grant_request":
            return self._blocks.grant(asked.grant_request.blocks, *self._addresses.get(self._asked, ("127.0.0.1", "")))
        if kind == "set_channel":
            spec = asked.set_channel.spec
            assert spec.formats, "a channel without a format is refused by every media worker"
            self.channels[spec.channel_id] = spec
            reply.channel_set.channel_id = spec.channel_id
        elif kind == "close_channel":
            self.channels.pop(asked.close_channel.channel_id)
            self.closed_channels.append(asked.close_channel.channel_id)
            reply.channel_closed.channel_id = asked.close_channel.channel_id
        elif kind == "send_digits":
            assert asked.send_digits.channel_id in self.channels, "digits for a channel that was not told of yet"
            self.digits_sent.append((asked.send_digits.channel_id, asked.send_digits.digits))
        return reply

    # -- looking -------------------------------------------------------------------------------------------------

    def requests(self, method: str, to: tuple[str, int] | None = None) -> list[Request]:
        """Requests sent, oldest first; retransmissions count once, an ACK of a 2xx every time."""
        found: dict[str, Request] = {}
        for flow, message in self.sent:
            if isinstance(message, Request) and message.method == method and to in (None, flow.remote):
                found.setdefault(message.via.branch, message)
        return list(found.values())

    def statuses(self, method: str = "INVITE", to: tuple[str, int] = ALICE) -> list[int]:
        """Statuses of the responses sent to *to*."""
        return [
            message.status
            for flow, message in self.sent
            if isinstance(message, Response) and message.cseq_method == method and flow.remote == to
        ]

    def response(self, status: int, to: tuple[str, int] = ALICE) -> Response:
        """The last response with *status* to *to*."""
        for flow, message in reversed(self.sent):
            if isinstance(message, Response) and message.status == status and flow.remote == to:
                return message
        raise AssertionError(f"no {status} to {to}: {[str(one[1])[:30] for one in self.sent]}")

    def events(self, run: Run) -> list[str]:
        """Names of the events that the worker of *run* was sent."""
        return [str(event.WhichOneof("event")) for one, events in self.activations if one is run for event in events]

    def nothing_left(self) -> None:
        """After all calls: no call, dialog, run, channel, port or waiting caller is left."""
        exchange = self.exchange
        assert not exchange.calls
        assert not exchange.dialogs
        assert not exchange.awaiting_credentials
        assert not exchange.entity_calls
        assert not self.channels
        worker = exchange.media.workers["media-1"]
        assert not worker.channels
        assert sum(worker.used.values()) == 0


def invite(
    to: str = "600",
    body: str | None = None,
    *,
    call_id: str = "a1",
    cseq: int = 1,
    branch: str = "",
    extra: str = "",
    port: int = 5061,
) -> str:
    """An INVITE of Alice."""
    head = (
        f"INVITE sip:{to}@127.0.0.1 SIP/2.0\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{branch or call_id}{cseq}\n"
        f"Max-Forwards: 70\nFrom: <sip:alice@127.0.0.1>;tag=alice\nTo: <sip:{to}@127.0.0.1>\n"
        f"Call-ID: {call_id}\nCSeq: {cseq} INVITE\nContact: <sip:alice@127.0.0.1:{port}>\n{extra}"
    )
    content = sdp() if body is None else body
    return head + ("Content-Type: application/sdp\n" if content else "") + "\n" + content


def within(answer: Response, method: str, cseq: int, body: str = "", extra: str = "", branch: str = "") -> str:
    """A request of Alice inside the dialog that *answer* (a 200 of ours) opened."""
    branch = branch or f"{answer.call_id}{method}{cseq}"
    head = (
        f"{method} sip:127.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK{branch}\n"
        f"Max-Forwards: 70\nFrom: {answer.from_value}\nTo: {answer.to_value}\nCall-ID: {answer.call_id}\n"
        f"CSeq: {cseq} {method}\nContact: <sip:alice@127.0.0.1:5061>\n{extra}"
    )
    return head + ("Content-Type: application/sdp\n" if body and "Content-Type" not in extra else "") + "\n" + body


def answering(
    request: Request, status: int, reason: str = "X", body: str = "", tag: str = "bob", extra: str = ""
) -> str:
    """The response of a phone at *request*'s target."""
    to = request.to_value if status == 100 or "tag=" in request.to_value else f"{request.to_value};tag={tag}"
    via = "\n".join(f"Via: {one}" for one in request.get_all("Via"))
    head = (
        f"SIP/2.0 {status} {reason}\n{via}\nFrom: {request.from_value}\nTo: {to}\nCall-ID: {request.call_id}\n"
        f"CSeq: {request.cseq} {request.cseq_method}\n"
        f"Contact: <sip:bob@127.0.0.1:{request.request_uri().port or 5060}>\n{extra}"
    )
    return head + ("Content-Type: application/sdp\n" if body else "") + "\n" + body


def command(kind: str, call: Call | None = None, **fields: Any) -> pb.Command:
    """A command by its name in the contract."""
    made = pb.Command(call_id=call.call_id if call is not None else "")
    target = getattr(made, kind)
    target.SetInParent()
    for name, value in fields.items():
        if isinstance(value, list):
            getattr(target, name).extend(value)
        elif hasattr(value, "DESCRIPTOR"):
            getattr(target, name).CopyFrom(value)
        else:
            setattr(target, name, value)
    return made


def echoing(frontend: Frontend, call_id: str = "a1") -> Call:
    """An answered call of Alice that hears its own echo."""
    frontend.receive(invite(call_id=call_id))
    run, _ = frontend.activations[-1]
    frontend.decide(run, command("answer", run.first_call), command("echo", run.first_call))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    assert run.first_call is not None
    return run.first_call
