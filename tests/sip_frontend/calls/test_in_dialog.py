"""Requests inside a dialog, early ones included, and what each gets without a script saying a word."""

from __future__ import annotations

import pytest

from sip_frontend.calls.run import Run
from switchroom.v1 import call_pb2
from tests.sip_frontend.calls.harness import Frontend, command, invite, sdp, within

DTMF = "Content-Type: application/dtmf-relay\n"


def answered(frontend: Frontend) -> Run:
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    return run


def told(frontend: Frontend, run: Run, kind: str) -> list[call_pb2.CallEvent]:
    events = [event for one, events in frontend.activations if one is run for event in events]
    return [event for event in events if event.WhichOneof("event") == kind]


@pytest.mark.covers("DR-046")
@pytest.mark.parametrize(
    ("method", "body", "extra", "status"),
    [
        ("OPTIONS", "", "", 200),
        ("INFO", "", "", 200),
        ("MESSAGE", "hello", "Content-Type: text/plain\n", 200),
        ("UPDATE", "", "", 200),
        ("SUBSCRIBE", "", "Event: dialog\n", 489),
        ("PUBLISH", "", "", 501),
        ("DANCE", "", "", 501),
    ],
)
def test_every_method_gets_its_answer(method: str, body: str, extra: str, status: int) -> None:
    frontend = Frontend()
    answered(frontend)
    frontend.receive(within(frontend.response(200), method, 2, body, extra))
    assert frontend.statuses(method) == [status]


@pytest.mark.covers("DR-046")
def test_a_reinvite_that_changes_nothing_is_answered_with_what_we_said_before() -> None:
    frontend = Frontend()
    answered(frontend)
    before = frontend.response(200)
    frontend.receive(within(before, "INVITE", 2, sdp()))
    again = frontend.response(200)
    assert (again.cseq, again.body.splitlines()[2:]) == (2, before.body.splitlines()[2:])


@pytest.mark.covers("DR-046", "DR-043")
def test_a_message_reaches_the_script() -> None:
    frontend = Frontend()
    run = answered(frontend)
    frontend.receive(within(frontend.response(200), "MESSAGE", 2, "hello", "Content-Type: text/plain\n"))
    (event,) = told(frontend, run, "message")
    assert (event.message.method, event.message.content_type, event.message.body) == ("MESSAGE", "text/plain", b"hello")


@pytest.mark.covers("DR-024")
def test_requests_inside_an_early_dialog_are_of_its_call() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("ring", run.first_call))
    ringing = frontend.response(180)
    frontend.receive(within(ringing, "OPTIONS", 2))
    frontend.receive(within(ringing, "MESSAGE", 3, "hello", "Content-Type: text/plain\n"))
    frontend.receive(within(ringing, "INFO", 4, "Signal=5\nDuration=160\n", DTMF))
    assert [frontend.statuses(method) for method in ("OPTIONS", "MESSAGE", "INFO")] == [[200], [200], [200]]
    assert (len(told(frontend, run, "message")), len(told(frontend, run, "digit"))) == (1, 1)
    assert frontend.statuses() == [100, 180]


@pytest.mark.covers("DR-023")
def test_an_update_with_an_offer_before_the_first_one_is_answered_has_to_wait() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("ring", run.first_call))
    frontend.receive(within(frontend.response(180), "UPDATE", 2, sdp()))
    assert frontend.statuses("UPDATE") == [500]
    assert frontend.response(500).get("Retry-After")


@pytest.mark.covers("DR-047")
def test_what_comes_right_behind_our_200_is_not_lost() -> None:
    """Before the ACK, and before the worker has heard that the call is up."""
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    ok = frontend.response(200)
    frontend.receive(within(ok, "INFO", 2, "Signal=5\nDuration=160\n", DTMF))
    frontend.receive(within(ok, "MESSAGE", 3, "hello", "Content-Type: text/plain\n"))
    frontend.receive(within(ok, "ACK", 1))
    assert (len(told(frontend, run, "digit")), len(told(frontend, run, "message"))) == (1, 1)


@pytest.mark.covers("DR-045", "DR-012")
@pytest.mark.parametrize("status", [200, 481, 500, None])
def test_a_bye_of_ours_ends_the_dialog_whatever_is_answered(status: int | None) -> None:
    frontend = Frontend()
    run = answered(frontend)
    frontend.decide(run, command("hangup", run.first_call))
    (bye,) = frontend.requests("BYE")
    frontend.nothing_left()
    if status is None:
        frontend.advance(33)
        assert len(frontend.requests("BYE")) == 1
    else:
        lines = [f"SIP/2.0 {status} X", *(f"Via: {one}" for one in bye.get_all("Via"))]
        lines += [f"From: {bye.from_value}", f"To: {bye.to_value}", f"Call-ID: {bye.call_id}", f"CSeq: {bye.cseq} BYE"]
        frontend.receive("\n".join(lines) + "\n\n")
    frontend.receive(within(frontend.response(200), "OPTIONS", 9))
    assert frontend.statuses("OPTIONS") == [481]
