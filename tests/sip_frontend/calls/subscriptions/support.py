"""A phone that subscribes."""

from __future__ import annotations

from sip_frontend.message import Request
from switchroom.errors import BusError
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering

PHONE = ("127.0.0.1", 5075)
CREDENTIALS = 'Authorization: Digest username="1001", realm="pbx.test", nonce="n", uri="x", response="y"\n'


class Registrar:
    """Lets in whoever brings credentials, as *user*; challenges everybody else."""

    def __init__(self, user: str = "1001", verdict: pb.Verdict = pb.VERDICT_ACCEPTED) -> None:
        self.user = user
        self.verdict = verdict

    def __call__(self, asked: wire.Envelope) -> wire.Envelope | BusError:
        reply = wire.Envelope()
        if asked.HasField("challenge"):
            reply.challenged.values.append('Digest realm="pbx.test", nonce="n1"')
            return reply
        reply.verified.verdict = self.verdict
        uri = f"{self.user}@pbx.test"
        reply.verified.entity.CopyFrom(common.Entity(username=self.user, realm="pbx.test", uri=uri))
        return reply


def subscribe(
    to: str = "1002",
    event: str = "dialog",
    *,
    cseq: int = 1,
    call_id: str = "s1",
    expires: int | None = 600,
    extra: str = CREDENTIALS,
    to_value: str = "",
) -> str:
    """A SUBSCRIBE; inside its dialog with *to_value*."""
    lines = [
        f"SUBSCRIBE sip:{to}@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:5075;branch=z9hG4bK{call_id}{cseq}",
        "Max-Forwards: 70",
        "From: <sip:1001@pbx.test>;tag=phone",
        f"To: {to_value or f'<sip:{to}@127.0.0.1>'}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} SUBSCRIBE",
        "Contact: <sip:1001@127.0.0.1:5075>",
    ]
    if event:
        lines.append(f"Event: {event}")
    if expires is not None:
        lines.append(f"Expires: {expires}")
    return "\n".join(lines) + f"\n{extra}\n"


def notifies(frontend: Frontend) -> list[Request]:
    return frontend.requests("NOTIFY", PHONE)


def take(frontend: Frontend, status: int = 200, extra: str = "") -> Request:
    """Answer the last NOTIFY."""
    last = notifies(frontend)[-1]
    frontend.receive(answering(last, status, extra=extra, tag="phone"), PHONE)
    return last


def subscribed(event: str = "dialog", to: str = "1002", **options: object) -> Frontend:
    """A frontend with one subscription whose first NOTIFY was taken."""
    frontend = Frontend()
    frontend.registrar = Registrar()
    frontend.receive(subscribe(to, event, **options), PHONE)  # type: ignore[arg-type]
    take(frontend)
    return frontend
