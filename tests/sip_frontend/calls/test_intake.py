"""Requests outside a dialog: what each method gets, and what is refused before anybody is asked."""

from __future__ import annotations

import pytest

from tests.sip_frontend.calls.harness import ALICE, Frontend, invite

STRANGER = ("127.0.0.1", 5070)


def outside(method: str, uri: str = "sip:600@127.0.0.1", extra: str = "", hops: int = 70) -> str:
    return (
        f"{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKo1\nMax-Forwards: {hops}\n"
        f"From: <sip:x@127.0.0.1>;tag=x\nTo: <sip:600@127.0.0.1>\nCall-ID: o1\nCSeq: 1 {method}\n"
        f"Contact: <sip:x@127.0.0.1:5070>\n{extra}\n"
    )


@pytest.mark.covers("DR-028")
@pytest.mark.parametrize("hops", [0, 70])
def test_options_says_what_we_can_do_to_anyone(hops: int) -> None:
    frontend = Frontend()
    frontend.receive(outside("OPTIONS", hops=hops), STRANGER)
    answer = frontend.response(200, STRANGER)
    for name, word in (("Allow", "INVITE"), ("Accept", "application/sdp"), ("Supported", "100rel")):
        assert word in (answer.get(name) or "")
    assert not frontend.exchange.runs


@pytest.mark.covers("DR-038")
@pytest.mark.parametrize(
    ("method", "status", "header"),
    [
        ("SUBSCRIBE", 489, "Allow-Events"),
        ("MESSAGE", 405, "Allow"),
        ("REFER", 405, "Allow"),
        ("PUBLISH", 501, "Allow"),
        ("DANCE", 501, "Allow"),
    ],
)
def test_what_nobody_takes_is_refused_and_told_what_is_taken(method: str, status: int, header: str) -> None:
    frontend = Frontend()
    frontend.receive(outside(method), STRANGER)
    assert frontend.response(status, STRANGER).get(header)


@pytest.mark.covers("DR-009")
@pytest.mark.parametrize("method", ["BYE", "INFO", "UPDATE", "PRACK", "NOTIFY"])
def test_methods_of_a_dialog_are_nothing_outside_one(method: str) -> None:
    frontend = Frontend()
    frontend.receive(outside(method), STRANGER)
    assert frontend.statuses(method, STRANGER) == [481]


@pytest.mark.covers("DR-009")
@pytest.mark.parametrize("method", ["INVITE", "BYE", "UPDATE"])
def test_a_tag_that_is_none_of_ours_is_481(method: str) -> None:
    frontend = Frontend()
    frontend.receive(outside(method).replace("To: <sip:600@127.0.0.1>", "To: <sip:600@127.0.0.1>;tag=gone"), STRANGER)
    assert frontend.statuses(method, STRANGER)[-1] == 481


@pytest.mark.covers("DR-038")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("INVITE sip:600@127.0.0.1", "INVITE mailto:a@b"), 416),
        (("Max-Forwards: 70", "Max-Forwards: 0"), 483),
        (("Max-Forwards: 70", "Max-Forwards: 70\nRequire: teleport"), 420),
        (("Content-Type: application/sdp", "Content-Type: text/html"), 415),
        (("Content-Type: application/sdp", "Content-Type: multipart/mixed;boundary=x"), 415),
        (("Max-Forwards: 70", "Max-Forwards: 70\nAccept: text/html"), 406),
    ],
)
def test_a_call_that_cannot_be_taken_reaches_no_script(change: tuple[str, str], status: int) -> None:
    frontend = Frontend()
    frontend.receive(invite().replace(*change))
    assert frontend.statuses()[-1] == status
    assert not frontend.activations
    frontend.nothing_left()
    if status == 420:
        assert frontend.response(420, ALICE).get("Unsupported") == "teleport"


def test_whom_it_was_meant_for_before_and_that_it_be_answered_is_shown() -> None:
    frontend = Frontend()
    extra = (
        'Diversion: "Bob" <sip:1002@pbx.test>;reason=no-answer, <tel:+4930123>;reason=unconditional\n'
        "Call-Info: <sip:pbx.test>;answer-after=3\n"
    )
    frontend.receive(invite(extra=extra))
    (call,) = frontend.exchange.calls.values()
    assert [(one.uri, one.user, one.name, one.reason) for one in call.view.diversions] == [
        ("sip:1002@pbx.test", "1002", "Bob", "no-answer"),
        ("tel:+4930123", "+4930123", "", "unconditional"),
    ]
    assert call.view.answer_after_s == 3


def test_history_info_is_shown_alike() -> None:
    frontend = Frontend()
    steps = "<sip:1002@pbx.test?Reason=SIP%3Bcause%3D486>;index=1, <sip:600@pbx.test>;index=1.1"
    frontend.receive(invite(extra=f"History-Info: {steps}\n"))
    (call,) = frontend.exchange.calls.values()
    assert [(one.uri, one.reason) for one in call.view.diversions] == [("sip:1002@pbx.test", "user-busy")]
    assert not call.view.HasField("answer_after_s")


@pytest.mark.parametrize(
    ("extra", "status", "header"),
    [
        ("Content-Encoding: gzip\n", 415, "Accept-Encoding"),
        ("Accept: text/plain\n", 406, "Call-ID"),
        ("Accept: application/*;q=0.5, text/plain\n", 100, "Call-ID"),
    ],
)
def test_what_neither_side_could_read(extra: str, status: int, header: str) -> None:
    frontend = Frontend()
    frontend.receive(invite(extra=extra))
    assert frontend.statuses()[-1] == status
    assert frontend.response(status).get(header)
