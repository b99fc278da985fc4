"""REGISTER at the frontend: all of it reaches the registrar, and what the registrar says comes back."""

from __future__ import annotations

import pytest

from switchroom.errors import BusError, PeerLost
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite

BEHIND_NAT = ("127.0.0.1", 6000)

REGISTER = """REGISTER sip:pbx.test SIP/2.0
Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKr1;rport
Max-Forwards: 70
From: "Ada" <sip:1002@pbx.test>;tag=ada
To: <sip:1002@pbx.test>
Call-ID: reg-1
CSeq: 3 REGISTER
Contact: <sip:1002@10.0.0.5:5060>, <sip:1002@10.0.0.5:5070>;expires=60
Expires: 300
Authorization: Digest username="1002", realm="pbx.test", nonce="n", uri="sip:pbx.test", response="x"
User-Agent: Desk 3
Allow: INVITE, BYE
Path: <sip:edge.test;lr>
Supported: path, outbound
"""


class Registrar:
    """Answers every REGISTER alike, and keeps what it was asked."""

    def __init__(self, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.status = status
        self.headers = headers
        self.asked: list[pb.Register] = []

    def __call__(self, asked: wire.Envelope) -> wire.Envelope | BusError:
        self.asked.append(asked.register)
        reply = wire.Envelope()
        reply.registered.status = self.status
        for name, value in self.headers:
            reply.registered.headers.add(name=name, value=value)
        return reply


@pytest.mark.covers("RG-018", "RG-019", "RG-020", "RG-021")
def test_the_registrar_hears_all_of_it_and_where_it_really_came_from() -> None:
    frontend = Frontend(name="frontend-1")
    frontend.registrar = registrar = Registrar(headers=(("Contact", "<sip:1002@10.0.0.5:5060>;expires=300"),))
    frontend.receive(REGISTER, BEHIND_NAT)
    (asked,) = registrar.asked
    assert (asked.aor, asked.sip_call_id, asked.cseq, asked.expires) == ("sip:1002@pbx.test", "reg-1", 3, "300")
    assert list(asked.contacts) == ["<sip:1002@10.0.0.5:5060>", "<sip:1002@10.0.0.5:5070>;expires=60"]
    assert (asked.user_agent, asked.allow, asked.host) == ("Desk 3", "INVITE, BYE", "pbx.test")
    assert (list(asked.path), list(asked.supported)) == (["<sip:edge.test;lr>"], ["path", "outbound"])
    assert asked.credentials[0].startswith('Digest username="1002"')
    flow = asked.flow
    assert (flow.transport, flow.frontend) == ("UDP", "frontend-1")
    assert (flow.remote.address, flow.remote.port) == BEHIND_NAT
    assert frontend.response(200, BEHIND_NAT).get("Contact") == "<sip:1002@10.0.0.5:5060>;expires=300"


@pytest.mark.covers("AU-002")
def test_the_challenge_of_the_registrar_is_passed_on() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(401, (("WWW-Authenticate", 'Digest realm="pbx.test", nonce="n"'),))
    frontend.receive(REGISTER, BEHIND_NAT)
    answer = frontend.response(401, BEHIND_NAT)
    assert answer.get("WWW-Authenticate") == 'Digest realm="pbx.test", nonce="n"'


def test_without_a_registrar_it_is_503_with_a_time_to_wait() -> None:
    frontend = Frontend()
    frontend.registrar = lambda asked: PeerLost("registrar")
    frontend.receive(REGISTER, BEHIND_NAT)
    assert frontend.response(503, BEHIND_NAT).get("Retry-After")


@pytest.mark.covers("RG-018", "DR-016")
def test_a_phone_behind_a_nat_is_called_where_it_registered_from_and_by_its_own_name() -> None:
    frontend = Frontend()
    delta = pb.BindingDelta(snapshot=True, snapshot_end=True)
    saved = delta.saved.add(aor="1002@pbx.test", contact="sip:1002@10.0.0.5:5060;ob")
    saved.expires_at.seconds = 1_800_000_000
    saved.flow.transport, saved.flow.local.address, saved.flow.local.port = "UDP", "127.0.0.1", 5060
    saved.flow.remote.address, saved.flow.remote.port = BEHIND_NAT
    frontend.exchange.locations.apply(delta)
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    dial = command("dial", run.first_call, leg_prefix="leg")
    dial.dial.targets.add().entity.username = "1002"
    frontend.decide(run, dial)
    (out,) = frontend.requests("INVITE", BEHIND_NAT)
    assert out.uri == "sip:1002@10.0.0.5:5060;ob"
    frontend.receive(answering(out, 486), BEHIND_NAT)
    assert frontend.requests("ACK", BEHIND_NAT)
