"""Lamps of colleagues: RFC 4235."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from sip_frontend.calls.run import Run
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp
from tests.sip_frontend.calls.subscriptions.support import notifies, subscribed, take

DESK = ("127.0.0.1", 6001)
NS = "{urn:ietf:params:xml:ns:dialog-info}"


def dial(frontend: Frontend, name: str = "Ann") -> Run:
    """Alice calls 1002, whose one phone rings."""
    delta = pb.BindingDelta(snapshot=True, snapshot_end=True)
    saved = delta.saved.add(aor="1002@pbx.test", contact="sip:1002@127.0.0.1:6001")
    saved.expires_at.seconds = 1_800_000_000
    frontend.exchange.locations.apply(delta)
    frontend.receive(invite("1002").replace("From: <", f'From: "{name}" <'))
    run, _ = frontend.activations[0]
    ring = command("dial", run.first_call, leg_prefix="leg")
    ring.dial.targets.add().entity.username = "1002"
    frontend.decide(run, ring)
    return run


def told(frontend: Frontend) -> list[tuple[str, str, str]]:
    """Take the last NOTIFY: direction, state and event of each dialog in it."""
    frontend.advance(0.3)
    root = ElementTree.fromstring(take(frontend).body)
    return [
        (one.get("direction", ""), state.text or "", state.get("event", ""))
        for one in root.iter(f"{NS}dialog")
        for state in one.iter(f"{NS}state")
    ]


@pytest.mark.covers("DR-051")
def test_a_call_is_told_from_begin_to_end() -> None:
    frontend = subscribed()
    assert b"<dialog " not in notifies(frontend)[0].body
    run = dial(frontend)
    assert told(frontend) == [("recipient", "trying", "")]
    (out,) = frontend.requests("INVITE", DESK)
    frontend.receive(answering(out, 180), DESK)
    assert told(frontend) == [("recipient", "early", "")]
    frontend.receive(answering(out, 200, body=sdp(42000)), DESK)
    assert told(frontend) == [("recipient", "confirmed", "")]
    frontend.decide(run, command("hangup", run.calls["leg.0"]))
    assert told(frontend) == [("recipient", "terminated", "remote-bye")]
    versions = [ElementTree.fromstring(one.body).get("version") for one in notifies(frontend)]
    assert versions == [str(number) for number in range(len(versions))]


@pytest.mark.covers("DR-051")
@pytest.mark.parametrize(("status", "event"), [(486, "rejected"), (603, "rejected")])
def test_a_refusal(status: int, event: str) -> None:
    frontend = subscribed()
    dial(frontend)
    (out,) = frontend.requests("INVITE", DESK)
    frontend.receive(answering(out, status), DESK)
    take(frontend)
    assert told(frontend) == [("recipient", "terminated", event)]


@pytest.mark.covers("DR-051")
def test_a_caller_that_gives_up() -> None:
    frontend = subscribed()
    dial(frontend)
    told(frontend)
    (out,) = frontend.requests("INVITE", DESK)
    frontend.receive(answering(out, 180), DESK)
    told(frontend)
    frontend.receive(invite("1002").replace("INVITE", "CANCEL").partition("Content-Type")[0] + "\n")
    assert told(frontend) == [("recipient", "terminated", "cancelled")]


def test_whoever_calls_is_shown_as_xml_can_hold_it_and_as_the_phone_knows_the_dialog() -> None:
    frontend = subscribed()
    run = dial(frontend, "A & <B>")
    frontend.advance(0.3)
    root = ElementTree.fromstring(take(frontend).body)
    (identity,) = (one for one in root.iter(f"{NS}identity") if one.get("display"))
    assert (identity.get("display"), identity.text) == ("A & <B>", "sip:alice@127.0.0.1")
    (one,) = root.iter(f"{NS}dialog")
    assert one.get("call-id") == run.calls["leg.0"].sip_call_id


def test_who_wants_privacy_is_not_shown() -> None:
    frontend = subscribed()
    run = dial(frontend)
    run.calls["leg.0"].view.caller.privacy = True
    body = frontend.exchange.dialog_info.body(
        frontend.exchange, frontend.exchange.subscriptions.about("dialog", "1002@pbx.test")[0]
    )
    assert b"alice" not in body


def test_calls_that_were_there_before_are_told_first() -> None:
    frontend = subscribed(to="1009")
    dial(frontend)
    run, _ = frontend.activations[0]
    from tests.sip_frontend.calls.subscriptions.support import PHONE, subscribe

    frontend.receive(subscribe("1002", call_id="late"), PHONE)
    assert b"<state>trying</state>" in notifies(frontend)[-1].body
    assert run.first_call is not None


def test_nothing_is_kept_of_users_nobody_watches() -> None:
    frontend = subscribed()
    assert list(frontend.exchange.dialog_info.watched) == ["1002@pbx.test"]
    frontend.advance(601)
    take(frontend)
    assert not frontend.exchange.dialog_info.watched


def test_changes_in_quick_succession_are_told_together() -> None:
    frontend = subscribed()
    frontend.advance(1)
    dial(frontend)
    take(frontend)
    (out,) = frontend.requests("INVITE", DESK)
    frontend.receive(answering(out, 180), DESK)
    frontend.receive(answering(out, 200, body=sdp(42000)), DESK)
    assert len(notifies(frontend)) == 2
    assert told(frontend) == [("recipient", "confirmed", "")]
    assert len(notifies(frontend)) == 3


def test_a_caller_is_the_initiator_once_it_is_known() -> None:
    frontend = subscribed(to="1001")
    frontend.advance(1)
    frontend.receive(invite("600"))
    run, _ = frontend.activations[0]
    entity = common.Entity(username="1001", realm="pbx.test", uri="1001@pbx.test")
    frontend.decide(run, command("set_entity", run.first_call, entity=entity), command("answer", run.first_call))
    assert told(frontend) == [("initiator", "trying", "")]
    assert told(frontend) == [("initiator", "confirmed", "")]


def test_a_call_that_is_given_to_another_user_goes_off_the_lamp_of_the_first() -> None:
    frontend = subscribed(to="1001")
    frontend.advance(1)
    frontend.receive(invite("600"))
    run, _ = frontend.activations[0]
    mine, others = (common.Entity(username=name, realm="pbx.test") for name in ("1001", "1009"))
    frontend.decide(run, command("set_entity", run.first_call, entity=mine))
    assert told(frontend) == [("initiator", "trying", "")]
    frontend.decide(run, command("set_entity", run.first_call, entity=others))
    assert told(frontend) == []


def test_what_changes_nothing_of_a_call_tells_nothing() -> None:
    frontend = subscribed()
    run = dial(frontend)
    told(frontend)
    before = len(notifies(frontend))
    frontend.decide(run, command("publish_event", run.calls["leg.0"], name="order.placed", payload="{}"))
    frontend.advance(1)
    assert len(notifies(frontend)) == before
