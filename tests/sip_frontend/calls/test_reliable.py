"""RFC 3262 both ways."""

from __future__ import annotations

import pytest

from sip_frontend.message import Response
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp, within

BOB = ("127.0.0.1", 6000)
DEMAND = "Require: 100rel\n"


def ringing(frontend: Frontend) -> Response:
    frontend.receive(invite(extra=DEMAND))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call, early=True))
    return frontend.response(183)


def prack(response: Response, cseq: int = 2, rseq: int = 0) -> str:
    number = rseq or int(response.get("RSeq") or "0")
    return within(response, "PRACK", cseq, extra=f"RAck: {number} 1 INVITE\n")


@pytest.mark.covers("DR-022", "CM-094")
def test_a_demanded_183_is_repeated_until_its_prack_and_the_200_waits_for_it() -> None:
    frontend = Frontend()
    early = ringing(frontend)
    assert early.get("Require") == "100rel"
    frontend.advance(3.6)
    assert frontend.statuses().count(183) == 4  # at 0, 0.5, 1.5, 3.5 s
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    assert 200 not in frontend.statuses()
    frontend.receive(prack(early))
    assert frontend.statuses("PRACK") == [200]
    assert frontend.statuses()[-1] == 200
    frontend.advance(0.4)
    assert frontend.statuses().count(183) == 4


def test_provisional_responses_go_out_one_after_the_other() -> None:
    frontend = Frontend()
    frontend.receive(invite(extra=DEMAND))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("ring", run.first_call), command("answer", run.first_call, early=True))
    assert frontend.statuses() == [100, 180]
    frontend.receive(prack(frontend.response(180)))
    assert frontend.statuses() == [100, 180, 183]
    first, second = (int(frontend.response(status).get("RSeq") or 0) for status in (180, 183))
    assert second == first + 1


def test_a_prack_that_acknowledges_nothing_is_481() -> None:
    frontend = Frontend()
    early = ringing(frontend)
    frontend.receive(prack(early, rseq=7))
    assert frontend.statuses("PRACK") == [481]
    frontend.receive(prack(early, 3))
    frontend.receive(prack(early, 4))
    assert frontend.statuses("PRACK") == [481, 200, 481]


def test_a_caller_that_never_sends_prack_is_refused() -> None:
    frontend = Frontend()
    ringing(frontend)
    frontend.advance(32.5)
    assert frontend.statuses()[-1] == 504
    frontend.nothing_left()


def test_without_a_demand_nothing_is_reliable() -> None:
    frontend = Frontend()
    frontend.receive(invite(extra="Supported: 100rel\n"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("ring", run.first_call))
    assert frontend.response(180).get("RSeq") is None


@pytest.mark.covers("DR-022", "CM-094")
def test_a_reliable_183_of_a_callee_gets_one_prack_inside_its_dialog() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target]))
    (out,) = frontend.requests("INVITE", BOB)
    assert "100rel" in (out.get("Supported") or "")
    progress = answering(out, 183, body=sdp(42000, "0 101"), extra="Require: 100rel\nRSeq: 77\n")
    frontend.receive(progress, BOB)
    frontend.receive(progress, BOB)
    (sent,) = frontend.requests("PRACK", BOB)
    assert sent.get("RAck") == f"77 {out.cseq} INVITE"
    assert sent.to_tag == "bob"
    frontend.receive(answering(sent, 200), BOB)
    frontend.receive(answering(out, 200), BOB)
    assert frontend.statuses() == [100, 183, 200]


def test_what_follows_an_answer_that_waits_for_its_prack_is_done() -> None:
    frontend = Frontend()
    frontend.receive(invite(extra=DEMAND))
    run, _ = frontend.activations[0]
    frontend.decide(run, *(command(verb, run.first_call) for verb in ("ring", "answer", "echo")))
    assert 200 not in frontend.statuses()
    (spec,) = frontend.channels.values()
    assert spec.echo
    frontend.receive(prack(frontend.response(180)))
    assert frontend.statuses()[-1] == 200


def test_a_leg_that_answers_before_the_callers_prack_is_mixed_with_it() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002", extra=DEMAND))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 180), BOB)
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    assert not frontend.requests("BYE", BOB)
    assert 200 not in frontend.statuses()
    frontend.receive(prack(frontend.response(180)))
    assert frontend.statuses()[-1] == 200
    assert run.first_call is not None
    assert run.first_call.media_peer is run.calls["leg.0"]


def test_a_caller_that_leaves_before_its_prack_takes_the_leg_along() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002", extra=DEMAND))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 180), BOB)
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    frontend.receive(invite("1002").replace("INVITE", "CANCEL").split("Content-Type")[0])
    assert frontend.statuses()[-1] == 487
    (bye,) = frontend.requests("BYE", BOB)
    frontend.receive(answering(bye, 200), BOB)
    frontend.nothing_left()
