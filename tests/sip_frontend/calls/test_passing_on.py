"""Codecs that nobody here translates pass from leg to leg, or the legs do not meet."""

from __future__ import annotations

import pytest

from sip_frontend.message import Message, Request
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp
from tests.sip_frontend.calls.test_dialling import finished

PEER = ("127.0.0.1", 6000)
ROWS = "a=rtpmap:112 AMR/8000\r\na=fmtp:112 octet-align=1\r\n"


def dialled(payloads: str, codecs: tuple[str, ...], *, answered: bool = False) -> tuple[Frontend, Request]:
    """A caller with these payloads, and the INVITE that a dial for it sends."""
    frontend = Frontend(codecs=codecs)
    frontend.receive(invite("1002", body=sdp(40000, payloads) + ROWS))
    run, _ = frontend.activations[0]
    if answered:
        frontend.decide(run, command("answer", run.first_call))
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", PEER)
    return frontend, out


def media_line(message: Message) -> str:
    (line,) = [line for line in message.body.decode().split("\r\n") if line.startswith("m=")]
    return line.split(" ", 3)[3]


@pytest.mark.covers("EN-035")
def test_a_codec_of_the_caller_alone_passes_to_the_callee_with_its_parameters() -> None:
    _, out = dialled("112", ("PCMU", "AMR/8000"), answered=True)
    assert media_line(out).split()[0] == "99"
    assert "AMR/8000" in out.body.decode()
    assert "octet-align=1" in out.body.decode()
    assert "PCMU" not in out.body.decode()


def test_a_codec_the_caller_does_not_speak_is_not_offered_for_it() -> None:
    _, out = dialled("0 8", ("G729", "PCMU", "AMR/8000"))
    assert media_line(out).split()[0] == "0"
    assert "AMR" not in out.body.decode()
    assert "G729" not in out.body.decode()


def test_the_caller_is_answered_with_what_the_callee_speaks() -> None:
    frontend, out = dialled("0 18", ("PCMU", "G729"))
    assert media_line(out).split()[:2] == ["0", "18"]
    frontend.receive(answering(out, 200, body=sdp(41000, "18")), PEER)
    ok = frontend.response(200)
    assert media_line(ok).split()[0] == "18"
    assert finished(frontend).answered_call_id == "leg.0"  # type: ignore[attr-defined]
    assert {spec.formats[0].name for spec in frontend.channels.values()} == {"G729"}


def test_legs_that_cannot_be_translated_do_not_meet_in_silence() -> None:
    _, out = dialled("0 18", ("PCMU", "G729"), answered=True)
    assert "G729" not in out.body.decode()  # the caller speaks PCMU by now
    other, out = dialled("18", ("PCMU", "G729"), answered=True)
    other.receive(answering(out, 200, body=sdp(41000, "0")), PEER)
    assert other.requests("BYE", PEER)
