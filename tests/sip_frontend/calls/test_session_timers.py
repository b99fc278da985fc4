"""RFC 4028: every combination of refresher, and a session that nobody refreshes."""

from __future__ import annotations

import pytest

from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import ALICE, Frontend, answering, command, invite, sdp, within

BOB = ("127.0.0.1", 6000)


@pytest.mark.parametrize("refresher", ["uac", "uas"])
def test_the_other_side_of_a_session_that_is_gone_is_hung_up_too(refresher: str) -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    policy = pb.HangupPolicy(hangup_parent=True)
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg", policy=policy))
    (out,) = frontend.requests("INVITE", BOB)
    extra = f"Session-Expires: 120;refresher={refresher}\n"
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101"), extra=extra), BOB)
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.advance(125)
    assert frontend.requests("BYE", BOB)
    assert frontend.requests("BYE", ALICE)


def answered(frontend: Frontend, extra: str) -> None:
    frontend.receive(invite(extra=extra))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    frontend.receive(within(frontend.response(200), "ACK", 1))


@pytest.mark.covers("CM-128", "CM-045", "DR-021")
@pytest.mark.parametrize(
    ("extra", "agreed"),
    [
        ("Supported: timer\nSession-Expires: 120;refresher=uac\n", "120;refresher=uac"),
        ("Supported: timer\nSession-Expires: 120;refresher=uas\n", "120;refresher=uas"),
        ("Supported: timer\nSession-Expires: 120\n", "120;refresher=uas"),
        ("Supported: timer\n", "1800;refresher=uas"),
        ("Session-Expires: 120;refresher=uac\n", "120;refresher=uas"),
        ("Supported: timer\nSession-Expires: 999999\n", "7200;refresher=uas"),
        ("Supported: timer\nSession-Expires: soon;x=y\n", "1800;refresher=uas"),
        ("", None),
    ],
)
def test_what_a_caller_asks_for_and_gets(extra: str, agreed: str | None) -> None:
    frontend = Frontend()
    answered(frontend, extra)
    assert frontend.response(200).get("Session-Expires") == agreed


@pytest.mark.covers("DR-021")
def test_an_interval_below_90_s_is_422_with_min_se() -> None:
    frontend = Frontend()
    frontend.receive(invite(extra="Supported: timer\nSession-Expires: 30\n"))
    assert frontend.response(422).get("Min-SE") == "90"
    frontend.nothing_left()


@pytest.mark.covers("CM-129", "DR-021")
def test_a_caller_that_refreshes_keeps_the_call_and_one_that_stops_loses_it() -> None:
    frontend = Frontend()
    extra = "Supported: timer\nSession-Expires: 120;refresher=uac\n"
    answered(frontend, extra)
    frontend.advance(60)
    frontend.receive(within(frontend.response(200), "UPDATE", 2, extra=extra))
    assert frontend.response(200).get("Session-Expires") == "120;refresher=uac"
    frontend.advance(87)
    assert not frontend.requests("BYE")
    frontend.advance(2)
    (bye,) = frontend.requests("BYE")
    assert "Session timer expired" in (bye.get("Reason") or "")


def test_we_refresh_at_half_time_by_update_where_the_peer_allows_it() -> None:
    frontend = Frontend()
    answered(frontend, "Supported: timer\nSession-Expires: 120;refresher=uas\nAllow: INVITE, UPDATE\n")
    for _ in range(3):
        before = len(frontend.requests("UPDATE"))
        frontend.advance(60.1)
        sent = frontend.requests("UPDATE")
        assert len(sent) == before + 1
        assert sent[-1].get("Session-Expires") == "120;refresher=uac"
        assert not sent[-1].body
        frontend.receive(answering(sent[-1], 200, extra="Session-Expires: 120;refresher=uac\n"))
    assert len(frontend.exchange.calls) == 1


@pytest.mark.covers("DR-021", "CM-090")
def test_we_refresh_by_reinvite_where_the_peer_knows_no_update() -> None:
    frontend = Frontend()
    answered(frontend, "Supported: timer\nSession-Expires: 120;refresher=uas\nAllow: INVITE, BYE\n")
    frontend.advance(60.1)
    (reinvite,) = frontend.requests("INVITE")
    assert reinvite.body
    assert (reinvite.get("Contact") or "").startswith("<sip:"), "every INVITE has one (RFC 3261 section 8.1.1.8)"
    answer = answering(reinvite, 200, body=sdp(), extra="Session-Expires: 120;refresher=uac\n")
    frontend.receive(answer.replace("<sip:bob@", "<sip:moved@"))
    assert frontend.requests("ACK")[-1].request_uri().user == "moved", "it may change the target (section 12.2.1.2)"
    assert len(frontend.requests("ACK")) == 1
    frontend.advance(60.1)
    assert len(frontend.requests("INVITE")) == 2


@pytest.mark.covers("DR-021")
@pytest.mark.parametrize("answer", [481, 408, None])
def test_a_refresh_that_finds_nobody_ends_the_call(answer: int | None) -> None:
    frontend = Frontend()
    answered(frontend, "Supported: timer\nSession-Expires: 120;refresher=uas\nAllow: UPDATE\n")
    frontend.advance(60.1)
    (update,) = frontend.requests("UPDATE")
    if answer is None:
        frontend.advance(33)
    else:
        frontend.receive(answering(update, answer))
    assert len(frontend.requests("BYE")) == 1
    assert not frontend.exchange.calls


@pytest.mark.covers("DR-021")
def test_a_refresh_refused_for_now_is_tried_again() -> None:
    frontend = Frontend()
    answered(frontend, "Supported: timer\nSession-Expires: 120;refresher=uas\nAllow: UPDATE\n")
    frontend.advance(60.1)
    frontend.receive(answering(frontend.requests("UPDATE")[0], 491))
    frontend.advance(12.1)
    assert len(frontend.requests("UPDATE")) == 2
    assert len(frontend.exchange.calls) == 1


def test_an_outbound_leg_asks_for_a_timer_and_gives_in_to_a_422() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("dial", run.first_call, targets=[pb.DialTarget(contact="sip:bob@127.0.0.1:6000")]))
    (out,) = frontend.requests("INVITE", BOB)
    assert (out.get("Session-Expires"), out.get("Min-SE")) == ("1800", "90")
    frontend.receive(answering(out, 422, extra="Min-SE: 3600\n"), BOB)
    again = frontend.requests("INVITE", BOB)[-1]
    assert (again.get("Session-Expires"), again.cseq, again.call_id) == ("3600", out.cseq + 1, out.call_id)
    final = answering(again, 200, body=sdp(42000), extra="Session-Expires: 3600;refresher=uas\nRequire: timer\n")
    frontend.receive(final, BOB)
    frontend.receive(within(frontend.response(200, ALICE), "ACK", 1))
    frontend.advance(3600 - 31)
    assert len(frontend.requests("BYE", BOB)) == 1
