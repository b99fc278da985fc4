"""One INVITE, several early dialogs: each keeps its own offer and answer, the one that answers wins."""

from __future__ import annotations

import pytest

from sip_frontend.message import Request
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp
from tests.sip_frontend.calls.test_dialling import finished

PROXY = ("127.0.0.1", 6000)


def forked(**options: object) -> tuple[Frontend, Request]:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg", **options))
    (out,) = frontend.requests("INVITE", PROXY)
    return frontend, out


def remote_port(frontend: Frontend) -> int:
    """Where the media of the leg goes."""
    channel = frontend.exchange.calls["leg.0"].channel
    assert channel is not None
    return channel.spec.remote.rtp.port


def test_early_media_follows_the_branch_that_spoke_last_and_the_answer_decides() -> None:
    frontend, out = forked()
    frontend.receive(answering(out, 183, tag="one", body=sdp(41000, "0 101")), PROXY)
    assert remote_port(frontend) == 41000
    frontend.receive(answering(out, 183, tag="two", body=sdp(42000, "8 101")), PROXY)
    assert remote_port(frontend) == 42000
    frontend.receive(answering(out, 200, tag="one", body=sdp(41000, "0 101")), PROXY)
    assert remote_port(frontend) == 41000
    (ack,) = frontend.requests("ACK", PROXY)
    assert ack.to_tag == "one"
    assert frontend.published.count("call.early") == 2  # the caller's leg and the callee's, once each
    assert finished(frontend).answered_call_id == "leg.0"  # type: ignore[attr-defined]


def test_an_answer_of_one_branch_does_not_use_up_the_offer_for_the_others() -> None:
    """A reliable 183 closes the offer of its dialog alone."""
    frontend, out = forked()
    reliable = "Require: 100rel\nRSeq: 1\n"
    frontend.receive(answering(out, 183, tag="one", body=sdp(41000, "0 101"), extra=reliable), PROXY)
    frontend.receive(answering(out, 183, tag="two", body=sdp(42000, "8 101"), extra=reliable), PROXY)
    assert [one.to_tag for one in frontend.requests("PRACK", PROXY)] == ["one", "two"]
    frontend.receive(answering(out, 200, tag="three", body=sdp(43000, "8 101")), PROXY)
    assert remote_port(frontend) == 43000


def test_a_200_without_sdp_stands_by_what_its_own_branch_said() -> None:
    frontend, out = forked()
    frontend.receive(answering(out, 183, tag="one", body=sdp(41000)), PROXY)
    frontend.receive(answering(out, 183, tag="two", body=sdp(42000)), PROXY)
    frontend.receive(answering(out, 200, tag="one"), PROXY)
    assert remote_port(frontend) == 41000


def test_the_second_200_of_a_fork_is_acknowledged_and_ended() -> None:
    frontend, out = forked()
    frontend.receive(answering(out, 200, tag="one", body=sdp(41000)), PROXY)
    frontend.receive(answering(out, 200, tag="two", body=sdp(42000)), PROXY)
    assert [one.to_tag for one in frontend.requests("ACK", PROXY)] == ["one", "two"]
    (bye,) = frontend.requests("BYE", PROXY)
    assert bye.to_tag == "two"
    assert remote_port(frontend) == 41000


@pytest.mark.covers("DR-023")
def test_an_update_in_one_early_dialog_is_answered_there() -> None:
    frontend, out = forked()
    for tag, port in (("one", 41000), ("two", 42000)):
        reliable = "Require: 100rel\nRSeq: 1\n"
        frontend.receive(answering(out, 183, tag=tag, body=sdp(port), extra=reliable), PROXY)
    update = (
        "UPDATE sip:127.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:6000;branch=z9hG4bKu1\nMax-Forwards: 70\n"
        f"From: {out.to_value};tag=one\nTo: {out.from_value}\nCall-ID: {out.call_id}\nCSeq: 7 UPDATE\n"
        f"Contact: <sip:bob@127.0.0.1:6000>\nContent-Type: application/sdp\n\n{sdp(44000)}"
    )
    frontend.receive(update, PROXY)
    assert frontend.statuses("UPDATE", PROXY) == [200]
    assert remote_port(frontend) == 44000
    stranger = update.replace("tag=one", "tag=nobody").replace("u1", "u2")
    frontend.receive(stranger, PROXY)
    assert frontend.statuses("UPDATE", PROXY) == [200, 481]


def test_without_an_offer_of_ours_each_branch_offers_by_itself() -> None:
    frontend, out = forked(late=True)
    assert not out.body
    reliable = "Require: 100rel\nRSeq: 1\n"
    frontend.receive(answering(out, 183, tag="one", body=sdp(41000), extra=reliable), PROXY)
    frontend.receive(answering(out, 183, tag="two", body=sdp(42000), extra=reliable), PROXY)
    pracks = frontend.requests("PRACK", PROXY)
    assert [(one.to_tag, bool(one.body)) for one in pracks] == [("one", True), ("two", True)]


def test_a_fork_without_end_is_cut() -> None:
    frontend, out = forked()
    for index in range(100):
        frontend.receive(answering(out, 180, tag=f"t{index}"), PROXY)
    assert len(frontend.exchange.calls["leg.0"].early_dialogs) == 32
    frontend.receive(answering(out, 200, tag="t99", body=sdp(41000)), PROXY)
    assert remote_port(frontend) == 41000
    assert not frontend.exchange.calls["leg.0"].early_dialogs


def test_two_forks_differ_in_what_they_agreed() -> None:
    frontend, out = forked()
    frontend.receive(answering(out, 183, tag="one", body=sdp(41000, "0 101")), PROXY)
    frontend.receive(answering(out, 183, tag="two", body=sdp(42000, "8 101")), PROXY)
    leg = frontend.exchange.calls["leg.0"]
    agreed = {
        tag: early.negotiation.agreed.formats[0].name
        for tag, early in leg.early_dialogs.items()
        if early.negotiation is not None and early.negotiation.agreed is not None
    }
    assert agreed == {"one": "PCMU", "two": "PCMA"}


def test_a_contact_that_cannot_be_read_is_as_none() -> None:
    frontend, out = forked()
    broken = answering(out, 183, tag="one", body=sdp(41000)).replace(
        "Contact: <sip:bob@127.0.0.1:6000>", "Contact: <sip:"
    )
    frontend.receive(broken, PROXY)
    assert remote_port(frontend) == 41000
    frontend.receive(
        answering(out, 200, tag="one", body=sdp(41000)).replace("Contact", "Record-Route: <sip:\nX"), PROXY
    )
    (ack,) = frontend.requests("ACK", PROXY)
    assert ack.uri == out.uri
