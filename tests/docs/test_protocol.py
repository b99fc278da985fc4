"""The example of docs/protocol.md is what the generated code writes, and its tables name all there is."""

from __future__ import annotations

import re

import pytest

from switchroom.v1.call_pb2 import CALL_STATE_TRYING, CALL_TYPE_UAS, CallEvent
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER
from switchroom.v1.envelope_pb2 import KIND_EVENT, KIND_REQUEST, KIND_RESPONSE, Envelope, ErrorCode
from switchroom.v1.worker_pb2 import Command
from tests.docs.rows import ROOT

TEXT = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def hello() -> Envelope:
    envelope = Envelope(kind=KIND_REQUEST, correlation_id=1, deadline_ms=1000)
    envelope.hello.role, envelope.hello.name = ROLE_CALL_WORKER, "w1"
    return envelope


def welcome() -> Envelope:
    envelope = Envelope(kind=KIND_RESPONSE, correlation_id=1)
    answer = envelope.welcome
    answer.frontend, answer.heartbeat_ms, answer.suspect_ms = "frontend-1", 100, 300
    answer.lost_ms, answer.lease_ms = 1000, 500
    return envelope


def activation() -> Envelope:
    envelope = Envelope(kind=KIND_REQUEST, correlation_id=7, deadline_ms=500)
    envelope.activation.run_id, envelope.activation.lease = "r1", 1
    event = envelope.activation.events.add(seq=1, call_id="c1")
    event.invited.request = b"INVITE..."
    envelope.activation.calls.add(call_id="c1", type=CALL_TYPE_UAS, state=CALL_STATE_TRYING)
    return envelope


def decision() -> Envelope:
    envelope = Envelope(kind=KIND_RESPONSE, correlation_id=7)
    envelope.decision.run_id, envelope.decision.lease = "r1", 1
    envelope.decision.commands.add(command_id=1, call_id="c1").ring.SetInParent()
    envelope.decision.commands.add(command_id=2, call_id="c1").answer.SetInParent()
    return envelope


def heartbeat() -> Envelope:
    envelope = Envelope(kind=KIND_EVENT)
    envelope.heartbeat.SetInParent()
    return envelope


def goodbye() -> Envelope:
    envelope = Envelope(kind=KIND_EVENT)
    envelope.goodbye.reason = "bye"
    return envelope


def test_the_bytes_of_the_example() -> None:
    shown = [bytes.fromhex(line) for line in re.findall(r"^    ((?:[0-9a-f]{2} ?)+)$", TEXT, re.MULTILINE)]
    made = [make().SerializeToString() for make in (hello, welcome, activation, decision, heartbeat, goodbye)]
    assert shown == made


@pytest.mark.parametrize(
    "names",
    [
        [field.name for field in Command.DESCRIPTOR.oneofs_by_name["command"].fields],
        [field.name for field in CallEvent.DESCRIPTOR.oneofs_by_name["event"].fields],
        [name for name in ErrorCode.keys() if name != "ERROR_CODE_UNSPECIFIED"],  # noqa: SIM118 - no mapping
    ],
    ids=["commands", "events", "codes"],
)
def test_every_name_has_its_row(names: list[str]) -> None:
    rows = "\n".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `"))
    assert [name for name in names if f"`{name}`" not in rows] == []
