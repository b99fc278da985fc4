"""The frontend's cores with leases, without sockets: a phone, a call worker and a media worker made of bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from benchmarks.sip_parse import MESSAGES
from sip_frontend.bus.leases import Leases
from sip_frontend.calls import intake, media_homes
from sip_frontend.calls.actions import Activate, AskMedia
from sip_frontend.calls.exchange import Exchange
from sip_frontend.calls.settings import Settings
from sip_frontend.message import parse_message
from sip_frontend.transaction import AckReceived, Flow, RequestReceived, Send, TransactionLayer
from switchroom.bus import Listener, Peer
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from tests.support.grants import Blocks

_US = ("192.0.2.1", 5060)
_FLOW = Flow("UDP", _US, ("192.0.2.17", 5060))
_INVITE = MESSAGES["INVITE with SDP"].decode()
Reply = Callable[[wire.Envelope | BusError], None]


class _Bus:
    """Stands for the bus: requests are encoded, decoded by the other side, and their answers the same way back."""

    def __init__(self) -> None:
        self.answers: list[tuple[Reply, bytes]] = []

    def request(self, peer: Peer, envelope: wire.Envelope, deadline_s: float, on_reply: Reply) -> int:
        asked = wire.Envelope.FromString(envelope.SerializeToString())
        call_id = asked.activation.calls[0].call_id
        answer = wire.Envelope()
        answer.decision.run_id, answer.decision.lease = asked.activation.run_id, asked.activation.lease
        if any(event.HasField("invited") for event in asked.activation.events):
            for number, name in enumerate(("ring", "answer"), 1):
                command = answer.decision.commands.add(command_id=number, call_id=call_id)
                getattr(command, name).SetInParent()
        if any(event.HasField("ended") for event in asked.activation.events):
            answer.decision.commands.add(command_id=3).finish.SetInParent()
        self.answers.append((on_reply, answer.SerializeToString()))
        return 1

    def deliver(self) -> bool:
        """Bring the answers; False when there was none."""
        answers, self.answers = self.answers, []
        for on_reply, data in answers:
            on_reply(wire.Envelope.FromString(data))
        return bool(answers)

    def send(self, peer: Peer, envelope: wire.Envelope) -> None:
        envelope.SerializeToString()


class Cores:
    """One frontend."""

    def __init__(self) -> None:
        self._transactions = TransactionLayer()
        settings = Settings(domains=frozenset(("192.0.2.1", "pbx.test")))
        self._exchange = Exchange(settings, self._transactions, lambda flow: "192.0.2.1:5060", _connect)
        self._bus = _Bus()
        self._leases = Leases(self._exchange, cast(Listener, self._bus), 0.5)
        hello = wire.Hello(role=ROLE_CALL_WORKER, name="worker-1", capacity=256)
        self._leases.joined(Peer(b"w", hello, 0.0))
        self._blocks = Blocks()
        self._sent: list[bytes] = []
        self._exchange.now, self._exchange.unix = 1000.0, 1_700_000_000.0
        media_homes.joined(self._exchange, "media-1", "here")
        self._settle()

    def call(self, number: int) -> None:
        """One call from INVITE to the end."""
        invite = _INVITE.replace("3848276298220188511", f"c{number}")
        invite = invite.replace("z9hG4bKPj7a5f1c0e6b", f"z9hG4bK{number}a")
        self._receive(invite.encode())
        answer = self._sent[-1].decode()
        if not answer.startswith("SIP/2.0 200"):
            raise AssertionError(f"not answered: {answer}")
        to = answer.partition("\r\nTo: ")[2].partition("\r\n")[0]
        self._receive(_within("ACK", 1, number, to))
        self._receive(_within("BYE", 2, number, to))
        if not self._sent[-1].startswith(b"SIP/2.0 200"):
            raise AssertionError(f"BYE: {self._sent[-1]!r}")
        self._sent.clear()

    def pass_time(self, seconds: float) -> None:
        """Let all timers run out."""
        self._exchange.now += seconds
        self._transactions.expire(self._exchange.now)
        self._exchange.expire()
        self._settle()

    def expect_nothing_left(self) -> None:
        """A benchmark of calls that never end would measure something else."""
        left = len(self._exchange.calls) + len(self._exchange.dialogs) + len(self._exchange.runs)
        if left or self._transactions.counts()["server_transactions"]:
            raise AssertionError(f"{left} calls, dialogs and runs are left")

    def _receive(self, data: bytes) -> None:
        self._exchange.now += 0.0001
        self._transactions.receive(parse_message(data), _FLOW, self._exchange.now)
        self._settle()

    def _settle(self) -> None:
        transactions, exchange = self._transactions, self._exchange
        while True:
            sip = transactions.take_actions()
            for action in sip:
                if type(action) is Send:
                    self._sent.append(action.data)
                elif type(action) is RequestReceived:
                    intake.request_received(exchange, action.transaction, action.request, action.flow)
                elif type(action) is AckReceived:
                    intake.ack_received(exchange, action.request)
            rest = exchange.take_actions()
            for other in rest:
                if type(other) is Activate:
                    self._leases.activate(other.run)
                elif type(other) is AskMedia:
                    asked = wire.Envelope.FromString(other.envelope.SerializeToString())
                    other.reply(wire.Envelope.FromString(self._media(asked).SerializeToString()))
            if not self._bus.deliver() and not sip and not rest:
                return

    def _media(self, asked: wire.Envelope) -> wire.Envelope:
        reply = wire.Envelope()
        kind = asked.WhichOneof("body")
        if kind == "grant_request":
            return self._blocks.grant(asked.grant_request.blocks)
        if kind == "set_channel":
            reply.channel_set.channel_id = asked.set_channel.spec.channel_id
        elif kind == "close_channel":
            reply.channel_closed.channel_id = asked.close_channel.channel_id
        return reply


def _connect(transport: str, remote: tuple[str, int], *, server_name: str = "") -> Flow:
    return _FLOW


def _within(method: str, cseq: int, number: int, to: str) -> bytes:
    return (
        f"{method} sip:192.0.2.1:5060 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK{number}{method};rport\r\n"
        f'Max-Forwards: 70\r\nFrom: "Alice Liddell" <sip:1001@pbx.test>;tag=9fxced76sl\r\nTo: {to}\r\n'
        f"Call-ID: c{number}-7a5f@192.0.2.17\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n"
    ).encode()
