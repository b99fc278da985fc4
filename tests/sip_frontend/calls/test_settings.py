"""What holds when nobody says anything."""

from __future__ import annotations

import pytest

from sip_frontend.calls import session_timers
from sip_frontend.calls.call import Policy
from sip_frontend.calls.settings import Settings
from switchroom.config.sections import FrontendSection
from tests.sip_frontend.calls.harness import Frontend, command, invite, within


@pytest.mark.covers("CM-001")
def test_a_call_needs_no_option() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("ring", run.first_call), command("answer", run.first_call))
    frontend.receive(within(frontend.response(200), "ACK", 1))
    assert frontend.statuses() == [100, 180, 200]


@pytest.mark.covers("CM-002")
def test_the_defaults() -> None:
    section, settings, policy = FrontendSection(), Settings(), Policy()
    assert section.codecs == settings.codecs == ("PCMU", "PCMA")
    assert section.answer_timeout_s == settings.answer_timeout_s == 32
    assert (session_timers.DEFAULT_S, session_timers.MIN_SE_S) == (1800, 90)
    assert (policy.keep_children, policy.hangup_parent, policy.continue_on_other_hangup) == (False, False, False)
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    assert b"a=rtpmap:101 telephone-event/8000" in frontend.response(200).body
