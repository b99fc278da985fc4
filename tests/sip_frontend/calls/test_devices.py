"""Registered devices: which can be rung from here."""

from __future__ import annotations

import pytest

from sip_frontend.message import parse_message
from sip_frontend.transaction import Flow
from switchroom.v1 import common_pb2
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import US, Frontend, command, invite

PHONE = ("192.0.2.33", 49152)


def binding(transport: str, contact: str, *, connection: int = 7, frontend: str = "frontend-1") -> pb.Binding:
    saved = pb.Binding(aor="1002@pbx.test", contact=contact)
    saved.expires_at.seconds = 1_800_000_000
    flow = saved.flow
    flow.transport, flow.connection, flow.frontend = transport, connection, frontend
    flow.local.address, flow.local.port = US
    flow.remote.address, flow.remote.port = PHONE
    return saved


def rung(frontend: Frontend, *bindings: pb.Binding, scheme: str = "") -> common_pb2.HangupCause | None:
    """Ring user 1002, for a caller over TLS who said *scheme* if one is given; why nobody could be rung, or None."""
    delta = pb.BindingDelta(snapshot=True, snapshot_end=True, saved=bindings)
    frontend.exchange.locations.apply(delta)
    if scheme:
        text = invite("1002", body="").replace("INVITE sip:", f"INVITE {scheme}:", 1).replace("/UDP", "/TLS")
        lines = [*text.strip().split("\n"), "Content-Length: 0", "", ""]
        caller = Flow("TLS", ("127.0.0.1", 5061), ("127.0.0.1", 40000), 6)
        frontend.transactions.receive(parse_message("\r\n".join(lines).encode()), caller, frontend.exchange.now)
        frontend.settle()
    else:
        frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    dial = command("dial", run.first_call, leg_prefix="leg")
    dial.dial.targets.add().entity.username = "1002"
    frontend.decide(run, dial)
    over = [event for _, events in frontend.activations for event in events if event.HasField("dial_finished")]
    return over[0].dial_finished.cause if over else None


@pytest.mark.parametrize(
    ("transport", "contact"),
    [("WSS", "sip:x@abc.invalid;transport=ws"), ("TCP", "sip:1002@10.0.0.5:5060;transport=tcp")],
)
@pytest.mark.parametrize("frontend_name", ["frontend-1", "frontend-2"])
def test_a_device_without_its_connection_is_480(transport: str, contact: str, frontend_name: str) -> None:
    """RFC 5626 section 5: a flow that failed is no way any more, nor is one of another frontend."""
    frontend = Frontend()
    device = binding(transport, contact, frontend=frontend_name)
    if frontend_name == "frontend-1":
        frontend.gone.add(Flow(transport, US, PHONE, 7))
    cause = rung(frontend, device)
    assert cause is not None
    assert cause.sip_status == 480
    assert not frontend.requests("INVITE")


def test_a_device_that_named_the_address_it_came_from_is_dialled() -> None:
    frontend = Frontend()
    frontend.gone.add(Flow("TCP", US, PHONE, 7))
    assert rung(frontend, binding("TCP", "sip:1002@192.0.2.33:5060;transport=tcp")) is None
    (out,) = frontend.requests("INVITE", ("192.0.2.33", 5060))
    assert out.via.transport == "TCP"


def test_only_the_device_that_is_there_rings() -> None:
    frontend = Frontend()
    other = binding("WSS", "sip:y@def.invalid;transport=ws", connection=8)
    frontend.gone.add(Flow("WSS", US, PHONE, 7))
    assert rung(frontend, binding("WSS", "sip:x@abc.invalid;transport=ws"), other) is None
    assert [one.uri for one in frontend.requests("INVITE")] == ["sip:y@def.invalid;transport=ws"]


@pytest.mark.parametrize(
    ("transport", "contact", "rings"),
    [
        ("TLS", "sip:1002@192.0.2.33:5061;transport=tls", True),
        ("WSS", "sip:x@abc.invalid;transport=ws", True),
        ("TCP", "sip:1002@192.0.2.33:5060;transport=tcp", False),
        ("UDP", "sip:1002@192.0.2.33:5060", False),
    ],
)
def test_who_calls_sips_rings_only_what_is_reached_by_tls(transport: str, contact: str, rings: bool) -> None:
    device = binding(transport, contact, connection=0 if transport == "UDP" else 7)
    plain = Frontend()
    assert rung(plain, device, scheme="sip") is None
    frontend = Frontend()
    cause = rung(frontend, device, scheme="sips")
    assert bool(frontend.requests("INVITE")) is rings
    assert cause is None if rings else cause is not None and cause.sip_status == 480


@pytest.mark.parametrize(
    ("contact", "rings"),
    [("sips:1002@192.0.2.33", True), ("sip:1002@192.0.2.33;transport=tls", True), ("sip:1002@192.0.2.33", False)],
)
def test_a_contact_without_its_connection_says_itself_whether_it_is_secure(contact: str, rings: bool) -> None:
    frontend = Frontend()
    frontend.gone.add(Flow("TLS", US, PHONE, 7))
    rung(frontend, binding("TLS", contact), scheme="sips")
    assert bool(frontend.requests("INVITE")) is rings


def test_a_contact_that_cannot_be_read_is_no_way() -> None:
    cause = rung(Frontend(), binding("UDP", "sip:", connection=0, frontend="frontend-2"))
    assert cause is not None
    assert cause.sip_status == 480
