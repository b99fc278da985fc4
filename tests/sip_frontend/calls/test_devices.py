"""Registered devices: which can be rung from here."""

from __future__ import annotations

import pytest

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


def rung(frontend: Frontend, *bindings: pb.Binding) -> common_pb2.HangupCause | None:
    """Ring user 1002; why nobody could be, or None."""
    delta = pb.BindingDelta(snapshot=True, snapshot_end=True, saved=bindings)
    frontend.exchange.locations.apply(delta)
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


def test_a_contact_that_cannot_be_read_is_no_way() -> None:
    cause = rung(Frontend(), binding("UDP", "sip:", connection=0, frontend="frontend-2"))
    assert cause is not None
    assert cause.sip_status == 480
