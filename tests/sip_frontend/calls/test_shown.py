"""Who calls and whom, as our INVITEs say it; automatic answers; the options of a dial that an INVITE carries."""

from __future__ import annotations

from typing import Any

import pytest

from sip_frontend.calls.media_directory import MediaWorker
from sip_frontend.calls.run import Run
from sip_frontend.message import Request
from switchroom.errors import BusError
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import media_pb2, registrar_pb2
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp

BOB = ("127.0.0.1", 6000)
CONTACT = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
USER = pb.DialTarget(entity=common.Entity(username="1002"))


def registered(frontend: Frontend, *devices: tuple[str, int]) -> None:
    """1002 is Bob Brown, registered under each contact until so many seconds."""

    def answered(asked: wire.Envelope) -> wire.Envelope | BusError:
        reply = wire.Envelope()
        reply.looked_up.known = True
        reply.looked_up.entity.MergeFrom(
            common.Entity(username="1002", realm="pbx.test", uri="1002@pbx.test", display="Bob Brown")
        )
        for contact, until in devices:
            binding = registrar_pb2.Binding(aor="1002@pbx.test", contact=contact)
            binding.expires_at.seconds = until
            reply.looked_up.bindings.append(binding)
        return reply

    frontend.registrar = answered


def dial(frontend: Frontend, target: pb.DialTarget = CONTACT, extra: str = "", **options: Any) -> tuple[Run, Request]:
    """Alice calls and her script dials *target*; the INVITE that comes of it."""
    frontend.receive(invite("1002", extra=extra))
    run, _ = frontend.activations[-1]
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg", **options))
    (out,) = frontend.requests("INVITE", BOB)
    return run, out


@pytest.mark.covers("CM-076", "CM-100", "CM-101", "CM-105")
def test_what_every_invite_of_ours_carries() -> None:
    _, out = dial(Frontend())
    assert set(out.values("Allow")) >= {
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "INFO",
        "UPDATE",
        "REFER",
        "NOTIFY",
    }
    assert set(out.values("Allow-Events")) >= {"talk", "hold", "refer"}
    assert set(out.values("Supported")) >= {"timer", "replaces", "path"}
    assert (out.get("Min-SE"), out.get("Session-Expires")) == ("90", "1800")
    assert out.from_value.startswith("<sip:alice@127.0.0.1>;tag=")
    assert out.to_value == "<sip:bob@127.0.0.1:6000>"
    assert out.get("Remote-Party-ID") == "<sip:alice@127.0.0.1>;party=calling;screen=yes"


@pytest.mark.covers("CM-077", "CM-107")
def test_to_is_the_user_or_the_called_id_that_was_given() -> None:
    frontend = Frontend()
    registered(frontend, ("sip:1002@127.0.0.1:6000", 0))
    run, out = dial(frontend, USER)
    assert out.to_value == '"Bob Brown" <sip:1002@pbx.test>'
    leg = run.calls["leg.0"]
    assert (leg.view.called.user, leg.view.entity.username) == ("1002", "1002")
    _, out = dial(
        Frontend(), called=common.Party(user="4711", host="pbx.test"), caller=common.Party(user="9", name="Info")
    )
    assert out.to_value == "<sip:4711@pbx.test>"
    assert out.from_value.startswith('"Info" <sip:9@127.0.0.1>;tag=')


@pytest.mark.covers("CM-097")
def test_a_leg_of_no_caller_and_a_caller_of_no_name() -> None:
    frontend = Frontend()
    run, out = dial(frontend, orphan=True)
    assert out.from_value.startswith("<sip:0000000000@pbx.test>;tag=")
    frontend = Frontend()
    frontend.receive(invite("600").replace("<sip:alice@127.0.0.1>;tag", "<sip:127.0.0.1>;tag"))
    run, _ = frontend.activations[0]
    assert run.first_call is not None
    caller = run.first_call.view.caller
    assert (caller.name, caller.user, caller.host, caller.privacy) == ("", "0000000000", "127.0.0.1", False)


@pytest.mark.covers("CM-099")
def test_the_called_id_is_whom_the_request_uri_names() -> None:
    frontend = Frontend()
    frontend.receive(invite("%2B4912", call_id="x").replace("To: <sip:%2B4912", "To: <sip:other"))
    run, _ = frontend.activations[0]
    assert run.first_call is not None
    assert (run.first_call.view.called.user, run.first_call.view.called.host) == ("+4912", "127.0.0.1")


@pytest.mark.covers("CM-108")
@pytest.mark.parametrize("by", ["option", "caller"])
def test_privacy_hides_the_caller_in_every_header(by: str) -> None:
    frontend = Frontend()
    if by == "option":
        _, out = dial(frontend, privacy=True)
    else:
        _, out = dial(frontend, extra="Privacy: id\n")
    assert b"alice" not in out.raw
    assert out.get("Privacy") == "id"
    assert out.from_value.startswith('"Anonymous" <sip:anonymous@anonymous.invalid>')


@pytest.mark.covers("CM-106")
@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Jörg Müller", '"Jörg Müller"'),
        ("王小明", '"王小明"'),
        ('a "b" \\c', '"a \\"b\\" \\\\c"'),
        ("a\r\nX-Evil: 1", '"a  X-Evil: 1"'),
    ],
)
def test_names_are_safe_and_keep_their_letters(name: str, written: str) -> None:
    frontend = Frontend()
    _, out = dial(frontend, caller=common.Party(name=name, user="9"))
    assert out.get("X-Evil") is None
    assert out.from_value.startswith(f"{written} <sip:9@")


@pytest.mark.covers("CM-103", "CM-112")
def test_a_phone_that_calls_by_click_is_shown_whom_it_will_reach() -> None:
    frontend = Frontend()
    registered(frontend, ("sip:1002@127.0.0.1:6000", 0))
    far = common.Party(user="4711", name="Carol", host="pbx.test")
    run, out = dial(frontend, USER, party_calling=True, click_to_call=True, auto_answer_s=0, called=far)
    leg = run.calls["leg.0"]
    assert (leg.view.caller.user, leg.view.called.user) == ("1002", "4711")
    assert out.from_value.startswith('"Carol" <sip:4711@pbx.test>;tag=')
    assert out.to_value == '"Bob Brown" <sip:1002@pbx.test>'
    assert out.get("Remote-Party-ID") == '"Carol" <sip:4711@pbx.test>;party=called;screen=yes'
    assert out.get("Call-Info") == "<sip:pbx.test>;answer-after=0"


@pytest.mark.covers("CM-110", "CM-111")
@pytest.mark.parametrize("after_s", [0, 7])
def test_phones_are_told_to_answer_by_themselves(after_s: int) -> None:
    _, out = dial(Frontend(), auto_answer_s=after_s)
    assert out.get("Call-Info") == f"<sip:pbx.test>;answer-after={after_s}"
    assert "info=alert-autoanswer" in (out.get("Alert-Info") or "")
    _, out = dial(Frontend())
    assert (out.get("Call-Info"), out.get("Alert-Info")) == (None, None)


@pytest.mark.covers("CM-071")
def test_options_that_the_invite_carries() -> None:
    frontend = Frontend()
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000", contact_parameters="intercom=true")
    header = common.Header(name="X-Queue", value="7")
    _, out = dial(frontend, target, codecs=["PCMA"], headers=[header], no_telephone_events=True, max_forwards=9)
    assert out.uri == "sip:bob@127.0.0.1:6000;intercom=true"
    assert (out.get("X-Queue"), out.get("Max-Forwards")) == ("7", "9")
    assert b"RTP/AVP 8\r\n" in out.body
    assert b"telephone-event" not in out.body
    _, out = dial(Frontend(), late=True)
    assert out.body == b""


@pytest.mark.covers("CM-071", "CM-073")
def test_first_is_the_registration_that_lives_longest() -> None:
    frontend = Frontend()
    registered(
        frontend, ("sip:1002@127.0.0.1:6009", 10), ("sip:1002@127.0.0.1:6000", 30), ("sip:1002@127.0.0.1:6008", 20)
    )
    _, out = dial(frontend, USER, strategy=pb.STRATEGY_FIRST)
    assert out.request_uri().port == 6000
    assert len(frontend.requests("INVITE")) == 1


@pytest.mark.covers("CM-047", "CM-071")
def test_a_leg_has_its_media_where_the_call_it_is_bonded_with_has() -> None:
    frontend = Frontend()
    frontend.receive(invite("600", call_id="near"))
    run, _ = frontend.activations[0]
    near = run.first_call
    frontend.decide(run, command("answer", near))
    other = frontend.exchange.media.workers["media-2"] = MediaWorker("media-2", "here")
    block = media_pb2.PortBlock(block_id=99, local_address="127.0.0.1", first_port=14000, pairs=64)
    other.granted(media_pb2.Grant(blocks=[block]))
    assert near is not None
    run, _ = dial(frontend, bond_call_id=near.call_id)
    channel = run.calls["leg.0"].channel
    assert channel is not None
    assert channel.worker == "media-1"


@pytest.mark.covers("CM-071", "CM-127")
def test_an_answered_caller_hears_the_ring_tone_of_the_dial() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    frontend.decide(run, command("dial", run.first_call, targets=[CONTACT], leg_prefix="leg", ring_tone="fr.ringing"))
    (channel,) = frontend.channels.values()
    assert channel.player.soup.items[0].tone == "fr.ringing"
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    assert not any(spec.HasField("player") for spec in frontend.channels.values())


def test_a_ring_tone_ends_with_the_dial_that_nobody_answers() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    frontend.decide(run, command("dial", run.first_call, targets=[CONTACT], leg_prefix="leg", ring_tone="fr.ringing"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 486), BOB)
    assert not any(spec.HasField("player") for spec in frontend.channels.values())


def test_a_target_that_is_to_wait_rings_later_and_not_at_all_when_the_dial_is_over() -> None:
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    later = pb.DialTarget(contact="sip:carol@127.0.0.1:6001")
    later.delay.seconds = 5
    frontend.decide(run, command("dial", run.first_call, targets=[CONTACT, later], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 486), BOB)
    assert "dial_finished" not in frontend.events(run)
    frontend.advance(5)
    assert len(frontend.requests("INVITE", ("127.0.0.1", 6001))) == 1
    again = Frontend()
    again.receive(invite("1002"))
    run, _ = again.activations[0]
    again.decide(run, command("dial", run.first_call, targets=[CONTACT, later], leg_prefix="leg"))
    (out,) = again.requests("INVITE", BOB)
    again.receive(answering(out, 200, body=sdp(42000, "0 101")), BOB)
    again.advance(10)
    assert not again.requests("INVITE", ("127.0.0.1", 6001))
