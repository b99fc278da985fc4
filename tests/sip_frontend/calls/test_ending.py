"""The end of a call: its record, which is one line and one notice, and says all there is to say."""

from __future__ import annotations

import pytest

from tests.sip_frontend.calls.harness import Frontend, command, invite, within


@pytest.mark.covers("DR-031")
def test_the_record_of_a_call_has_its_parties_times_and_end() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.advance(2)
    frontend.decide(run, command("answer", run.first_call))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.advance(30)
    frontend.receive(within(frontend.response(200), "BYE", 2))
    assert [name for name in frontend.published if name != "call.ringing"] == [
        "call.new",
        "call.answered",
        "call.ended",
    ]
    (line,) = [one for one in frontend.logged if one.event == "call.ended"]
    keys = ("type", "caller", "called", "cause", "by", "ring_s", "talk_s")
    assert [line.keys[key] for key in keys] == ["uas", "alice", "600", "NORMAL_CLEARING", "wire", 2.0, 30.0]


@pytest.mark.covers("DR-031")
def test_a_call_that_was_never_answered_has_its_record_too() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    frontend.advance(2)
    frontend.receive(invite(body="").replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL"))
    assert frontend.published[-1] == "call.ended"
    (line,) = [one for one in frontend.logged if one.event == "call.ended"]
    assert (line.keys["cause"], line.keys["ring_s"], line.keys["talk_s"]) == ("ORIGINATOR_CANCEL", 2.0, 0.0)
