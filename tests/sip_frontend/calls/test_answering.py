"""Inbound calls: INVITE to 200, ACK, BYE, and everything that can go wrong in between."""

from __future__ import annotations

import pytest

from sip_frontend.calls import ending
from sip_frontend.message import parse_message
from sip_frontend.transaction import Flow
from switchroom.v1 import call_pb2
from switchroom.v1 import common_pb2 as common
from tests.sip_frontend.calls.harness import ALICE, Frontend, command, invite, sdp, within

NO_SDP = ""


def answered(frontend: Frontend, to: str = "600") -> None:
    """Alice called, the script answered, Alice acknowledged."""
    frontend.receive(invite(to))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    frontend.receive(within(frontend.response(200), "ACK", 1))


@pytest.mark.covers("CM-010", "CM-028")
def test_an_invite_begins_a_run_and_tells_the_worker() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, events = frontend.activations[0]
    assert [event.WhichOneof("event") for event in events] == ["invited"]
    call = run.first_call
    assert call is not None
    assert call.view.type == call_pb2.CALL_TYPE_UAS
    assert call.view.sip_call_id == "a1"
    assert call.view.called.user == "600"
    assert (call.view.network.remote.address, call.view.network.remote.port) == ALICE
    assert frontend.statuses() == [100]
    assert frontend.published == ["call.new"]


@pytest.mark.covers("CM-042", "CM-044", "DR-039", "CM-065", "CM-156")
def test_ring_then_answer_then_bye() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    call = run.first_call
    frontend.decide(run, command("ring", call), command("ring", call), command("answer", call), command("echo", call))
    assert frontend.statuses() == [100, 180, 200]
    ok = frontend.response(200)
    assert b"m=audio 12000 RTP/AVP 0 101" in ok.body
    assert ok.contact is not None
    (spec,) = frontend.channels.values()
    assert spec.echo
    assert (spec.remote.rtp.address, spec.remote.rtp.port) == ("127.0.0.1", 40000)
    assert spec.telephone_event_send_pt == 101
    assert not spec.detect_in_band
    frontend.receive(within(ok, "ACK", 1))
    frontend.advance(40)
    assert frontend.statuses().count(200) == 1
    frontend.receive(within(ok, "BYE", 2))
    assert frontend.statuses("BYE") == [200]
    assert frontend.events(run) == ["invited", "ringing", "answered", "ended"]
    frontend.nothing_left()


def test_digits_are_looked_for_in_the_audio_of_a_phone_without_events() -> None:
    frontend = Frontend()
    body = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 40000 RTP/AVP 0\n"
    frontend.receive(invite(body=body))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    (spec,) = frontend.channels.values()
    assert spec.detect_in_band
    assert not spec.HasField("telephone_event_receive_pt")


def test_set_channel_is_sent_once_for_a_batch_of_commands() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call), command("echo", run.first_call))
    (spec,) = frontend.channels.values()
    assert spec.generation == 1


@pytest.mark.covers("DR-004")
def test_an_unacknowledged_200_is_repeated_and_then_ended_by_bye() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    frontend.advance(3.6)
    assert frontend.statuses().count(200) == 4  # at 0, 0.5, 1.5, 3.5 s
    frontend.advance(40)
    (bye,) = frontend.requests("BYE")
    assert "ACK timeout" in (bye.get("Reason") or "")
    frontend.nothing_left()


@pytest.mark.covers("CM-049", "DR-006", "CM-065")
def test_cancel_while_ringing_gets_487_and_ends_the_call() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("ring", run.first_call))
    cancel = invite(body=NO_SDP).replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL")
    frontend.receive(cancel)
    assert frontend.statuses("CANCEL") == [200]
    assert frontend.statuses() == [100, 180, 487]
    ended = frontend.activations[-1][1][-1].ended
    assert ended.cause.cause == common.CAUSE_ORIGINATOR_CANCEL
    assert ended.cause.source == common.SOURCE_WIRE
    frontend.nothing_left()


@pytest.mark.covers("DR-007")
def test_cancel_after_our_200_changes_nothing() -> None:
    frontend = Frontend()
    answered(frontend)
    frontend.receive(invite(body=NO_SDP).replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL"))
    assert len(frontend.exchange.calls) == 1
    assert 487 not in frontend.statuses()


@pytest.mark.covers("CM-041", "DR-011")
def test_nobody_answers_for_32_s() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    frontend.advance(31.9)
    assert frontend.statuses() == [100]
    frontend.advance(0.2)
    assert frontend.statuses()[1] == 408
    ended = frontend.activations[-1][1][-1].ended
    assert (ended.cause.cause, ended.cause.source) == (common.CAUSE_REQUEST_TIMEOUT, common.SOURCE_US)


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (common.CAUSE_USER_BUSY, 486),
        (common.CAUSE_UNALLOCATED_NUMBER, 404),
        (common.CAUSE_FORBIDDEN, 403),
        (common.CAUSE_DECLINED, 603),
        (common.CAUSE_NORMAL_CLEARING, 487),
    ],
)
@pytest.mark.covers("CM-043", "CM-059", "CM-060")
def test_hanging_up_an_unanswered_call_refuses_it_with_the_status_of_the_cause(
    cause: common.Cause, status: int
) -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("hangup", run.first_call, cause=cause, text="no such extension"))
    assert frontend.statuses() == [100, status]
    assert frontend.response(status).get("Warning") == '399 pbx.test "no such extension"'
    frontend.nothing_left()


@pytest.mark.covers("DR-045")
def test_hanging_up_an_answered_call_sends_bye_with_a_reason() -> None:
    frontend = Frontend()
    answered(frontend)
    run, _ = frontend.activations[0]
    frontend.decide(run, command("hangup", run.first_call))
    (bye,) = frontend.requests("BYE")
    assert bye.uri == "sip:alice@127.0.0.1:5061"
    assert (bye.get("Reason") or "").startswith("Q.850;cause=16")
    frontend.nothing_left()


@pytest.mark.covers("CM-061")
def test_busy_tone_plays_for_five_seconds_before_the_bye() -> None:
    frontend = Frontend()
    answered(frontend)
    run, _ = frontend.activations[0]
    frontend.decide(run, command("hangup", run.first_call, cause=common.CAUSE_USER_BUSY, tone=True))
    (spec,) = frontend.channels.values()
    assert spec.player.soup.items[0].tone == "uk.busy"
    assert not frontend.requests("BYE")
    frontend.advance(5.1)
    assert len(frontend.requests("BYE")) == 1
    frontend.nothing_left()


def test_no_common_codec_is_488() -> None:
    frontend = Frontend()
    frontend.receive(invite(body=sdp(payloads="18 3")))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    assert frontend.statuses() == [100, 488]
    frontend.nothing_left()


def test_no_media_worker_is_503_with_retry_after() -> None:
    frontend = Frontend()
    frontend.exchange.media.workers.clear()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    assert frontend.statuses() == [100, 503]
    assert frontend.response(503).get("Retry-After") == "5"
    assert not frontend.exchange.calls


@pytest.mark.covers("CM-096", "DR-039")
def test_an_invite_without_sdp_is_offered_to_in_the_200_and_answered_in_the_ack() -> None:
    frontend = Frontend()
    frontend.receive(invite(body=NO_SDP))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    ok = frontend.response(200)
    assert b"m=audio 12000 RTP/AVP 0 8 101" in ok.body
    frontend.receive(within(ok, "ACK", 1, sdp(41000, "8 101")))
    (spec,) = frontend.channels.values()
    assert spec.remote.rtp.port == 41000
    assert spec.formats[0].name == "PCMA"


@pytest.mark.covers("CM-046", "CM-082")
def test_early_media_is_a_183_that_stops_the_ring_limit() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call, early=True))
    assert frontend.statuses() == [100, 183]
    frontend.advance(60)
    frontend.decide(run, command("answer", run.first_call))
    assert frontend.statuses() == [100, 183, 200]
    assert frontend.response(183).body == frontend.response(200).body
    assert frontend.response(183).to_tag == frontend.response(200).to_tag


@pytest.mark.covers("DR-009", "DR-050")
def test_requests_of_no_dialog_get_481() -> None:
    frontend = Frontend()
    answered(frontend)
    stranger = within(frontend.response(200), "BYE", 2).replace("a1", "zz")
    frontend.receive(stranger)
    assert frontend.response(481).cseq_method == "BYE"
    assert len(frontend.exchange.calls) == 1


def test_a_lower_cseq_is_500_and_a_gap_is_fine() -> None:
    frontend = Frontend()
    answered(frontend)
    ok = frontend.response(200)
    frontend.receive(within(ok, "OPTIONS", 9))
    frontend.receive(within(ok, "INFO", 3))
    assert frontend.statuses("OPTIONS") == [200]
    assert frontend.statuses("INFO") == [500]


def test_a_caller_of_rfc_2543_without_contact_is_reached_where_its_from_says() -> None:
    frontend = Frontend()
    old = invite().replace("branch=z9hG4bKa11", "branch=1").replace("Contact: <sip:alice@127.0.0.1:5061>\n", "")
    frontend.receive(old.replace("From: <sip:alice@127.0.0.1>", "From: <sip:alice@127.0.0.1:5061>"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call), command("hangup", run.first_call))
    assert frontend.requests("BYE")[0].uri == "sip:alice@127.0.0.1:5061"


def test_a_caller_without_contact_is_400() -> None:
    frontend = Frontend()
    frontend.receive(invite().replace("Contact: <sip:alice@127.0.0.1:5061>\n", ""))
    assert frontend.statuses()[-1] == 400
    assert not frontend.exchange.calls


def test_a_frontend_that_stops_leaves_nobody_in_a_call() -> None:
    frontend = Frontend()
    answered(frontend)
    frontend.receive(invite(call_id="a2"))
    ending.end_all(frontend.exchange)
    frontend.settle()
    assert len(frontend.requests("BYE")) == 1
    assert frontend.statuses()[-1] == 503
    frontend.nothing_left()


@pytest.mark.parametrize("where", ["Call-ID: a", "tag=al", "INVITE sip:60"])
def test_what_must_be_copied_unharmed_has_to_be_ascii(where: str) -> None:
    frontend = Frontend()
    frontend.receive(invite().replace(where, f"{where}\udcff", 1))
    assert frontend.statuses()[-1] == 400
    assert not frontend.exchange.calls


def test_a_display_name_that_is_not_utf_8_does_no_harm() -> None:
    frontend = Frontend()
    frontend.receive(invite().replace("From: <", 'From: "Jos\udce9" <'))
    call = frontend.activations[0][0].first_call
    assert call is not None
    assert call.view.caller.name == "Jos\ufffd"
    frontend.decide(frontend.activations[0][0], command("answer", call))
    assert frontend.statuses() == [100, 200]


@pytest.mark.parametrize(
    ("scheme", "contact"), [("sip", "<sip:127.0.0.1:5061;transport=tls>"), ("sips", "<sips:127.0.0.1:5061>")]
)
def test_a_dialog_that_began_with_sips_has_a_contact_with_sips(scheme: str, contact: str) -> None:
    """RFC 3261 section 12.1.1: else the phone hangs up for want of security."""
    frontend = Frontend()
    text = invite(body="", port=40000).replace("INVITE sip:", f"INVITE {scheme}:", 1).replace("/UDP", "/TLS")
    lines = [*text.strip().split("\n"), "Content-Length: 0", "", ""]
    flow = Flow("TLS", ("127.0.0.1", 5061), ("127.0.0.1", 40000), 7)
    frontend.transactions.receive(parse_message("\r\n".join(lines).encode()), flow, frontend.exchange.now)
    frontend.settle()
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    assert frontend.response(200, ("127.0.0.1", 40000)).get("Contact") == contact
