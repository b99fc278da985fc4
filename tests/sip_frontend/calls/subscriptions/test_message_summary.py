"""The message lamp: RFC 3842."""

from __future__ import annotations

import pytest

from sip_frontend.calls.subscriptions.message_summary import Counts, MessageSummary
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, command, invite
from tests.sip_frontend.calls.subscriptions.support import PHONE, subscribed

DESK = ("127.0.0.1", 6001)


@pytest.mark.parametrize(
    ("counts", "waiting", "line"),
    [
        (Counts(), "no", "Voice-Message: 0/0"),
        (Counts(0, 4), "no", "Voice-Message: 0/4"),
        (Counts(2, 8, 0, 2), "yes", "Voice-Message: 2/8 (0/2)"),
    ],
)
def test_the_body(counts: Counts, waiting: str, line: str) -> None:
    frontend = Frontend()
    summary = MessageSummary()
    summary.set(frontend.exchange, "1001@pbx.test", counts)
    lines = summary.summary("1001@pbx.test").decode().split("\r\n")
    assert lines == [f"Messages-Waiting: {waiting}", "Message-Account: sip:1001@pbx.test", line, ""]


@pytest.mark.covers("RG-029", "RG-030")
def test_a_script_sets_it_and_every_phone_of_the_user_is_told_once() -> None:
    frontend = subscribed("message-summary", "1001")
    delta = pb.BindingDelta(snapshot=True, snapshot_end=True)
    for port in (PHONE[1], DESK[1]):
        saved = delta.saved.add(aor="1001@pbx.test", contact=f"sip:1001@127.0.0.1:{port}")
        saved.expires_at.seconds = 1_800_000_000
        saved.flow.transport, saved.flow.local.address, saved.flow.local.port = "UDP", "127.0.0.1", 5060
        saved.flow.remote.address, saved.flow.remote.port = "127.0.0.1", port
    frontend.exchange.locations.apply(delta)
    frontend.receive(invite("606"))
    run, _ = frontend.activations[0]
    entity = common.Entity(username="1001")
    frontend.decide(run, command("set_mailbox", None, entity=entity, new=1, old=2))
    (_, inside) = frontend.requests("NOTIFY", PHONE)
    (unasked,) = frontend.requests("NOTIFY", DESK)
    assert inside.to_tag
    assert not unasked.to_tag
    assert unasked.body == inside.body
    assert unasked.get("Event") == "message-summary"
    assert unasked.get("Subscription-State") == "terminated;reason=noresource"
    assert unasked.content_type == "application/simple-message-summary"
    assert unasked.contact is not None
