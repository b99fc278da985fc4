"""Commands about one leg: messages, caller id, bonds, the entity, and what a leg that is not there gets."""

from __future__ import annotations

import pytest

from sip_frontend.calls.call import Call
from sip_frontend.calls.media_directory import MediaWorker
from sip_frontend.calls.run import Run
from switchroom.v1 import call_pb2, common_pb2, media_pb2
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import ALICE, Frontend, answering, command, invite, sdp, within

BOB = ("127.0.0.1", 6000)


def talking(frontend: Frontend, allow: str = "INVITE, UPDATE") -> tuple[Run, Call, Call]:
    """Alice talks to Bob; both allow *allow*."""
    frontend.receive(invite("1002", extra=f"Allow: {allow}\n"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    (out,) = frontend.requests("INVITE", BOB)
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101"), extra=f"Allow: {allow}\n"), BOB)
    frontend.receive(within(frontend.response(200), "ACK", 1))
    alice = run.first_call
    assert alice is not None
    return run, alice, run.calls["leg.0"]


def told(frontend: Frontend, run: Run, kind: str) -> list[call_pb2.CallEvent]:
    events = [event for one, events in frontend.activations if one is run for event in events]
    return [event for event in events if event.WhichOneof("event") == kind]


@pytest.mark.covers("DR-043")
@pytest.mark.parametrize("method", ["INFO", "MESSAGE", "NOTIFY"])
def test_a_message_goes_out_and_the_script_hears_what_became_of_it(method: str) -> None:
    frontend = Frontend()
    run, alice, _ = talking(frontend)
    body = {"method": method, "content_type": "text/plain", "body": b"hello"}
    frontend.decide(run, command("send_message", alice, headers=[common_pb2.Header(name="X-A", value="1")], **body))
    (sent,) = frontend.requests(method, ALICE)
    assert (sent.body, sent.get("X-A"), sent.content_type) == (b"hello", "1", "text/plain")
    frontend.receive(answering(sent, 200))
    assert [(one.command_result.ok, one.command_result.value) for one in told(frontend, run, "command_result")] == [
        (True, "200")
    ]
    frontend.decide(run, command("send_message", alice, **body))
    frontend.receive(answering(frontend.requests(method, ALICE)[1], 415))
    last = told(frontend, run, "command_result")[-1].command_result
    assert (last.ok, last.error) == (False, "the peer answered 415")


def test_other_methods_are_no_messages() -> None:
    frontend = Frontend()
    run, alice, _ = talking(frontend)
    frontend.decide(run, command("send_message", alice, method="BYE"))
    assert told(frontend, run, "command_result")[-1].command_result.error_code == wire.ERROR_CODE_WRONG_STATE
    assert not frontend.requests("BYE")


@pytest.mark.covers("CM-088", "CM-107", "CM-032")
def test_a_new_caller_id_reaches_the_peer_by_update() -> None:
    frontend = Frontend()
    run, _, bob = talking(frontend)
    frontend.decide(run, command("update", bob, caller=common_pb2.Party(user="42", name="Info")))
    (update,) = frontend.requests("UPDATE", BOB)
    rpid = update.get("Remote-Party-ID") or ""
    assert rpid.startswith('"Info" <sip:42@')
    assert rpid.endswith(";party=calling;screen=yes")
    assert bob.view.caller.user == "42"
    (event,) = told(frontend, run, "updated")
    assert (event.updated.caller.name, event.updated.previous_caller.user) == ("Info", "alice")
    assert told(frontend, run, "command_result")[-1].command_result.value == "true"


@pytest.mark.covers("CM-088", "CM-089")
@pytest.mark.parametrize("allow", ["INVITE, BYE", "INVITE"])
def test_a_peer_without_update_is_not_sent_one(allow: str) -> None:
    frontend = Frontend()
    run, alice, _ = talking(frontend, allow)
    frontend.decide(run, command("update", alice, caller=common_pb2.Party(user="42", name="Info")))
    assert not frontend.requests("UPDATE")
    (event,) = told(frontend, run, "updated")
    assert (event.updated.called.user, event.updated.previous_called.user) == ("42", "1002")
    assert told(frontend, run, "command_result")[-1].command_result.value == "false"


@pytest.mark.covers("CM-025", "CM-026", "CM-047", "ND-007")
@pytest.mark.parametrize("disowned", [False, True])
def test_a_bonded_call_has_its_media_where_the_other_is(disowned: bool) -> None:
    frontend = Frontend()
    run, alice, _ = talking(frontend)
    other = frontend.exchange.media.workers["media-2"] = MediaWorker("media-2", "here")
    block = media_pb2.PortBlock(block_id=99, local_address="127.0.0.1", first_port=14000, pairs=64)
    other.granted(media_pb2.Grant(blocks=[block]))
    frontend.exchange.media.workers["media-1"].load.cpu = 0.9  # the next call goes to the other one
    frontend.receive(invite("600", call_id="later"))
    run, _ = frontend.activations[-1]
    call = run.first_call
    assert call is not None
    commands = [command("bond", call, with_call_id=alice.call_id)]
    if disowned:
        commands.append(command("disown", call))
    frontend.decide(run, *commands, command("answer", call))
    assert call.channel is not None
    assert call.channel.worker == ("media-2" if disowned else "media-1")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("mix", {"with_call_id": "x"}), ("adopt", {"child_call_id": "x"}), ("bond", {"with_call_id": "x"})],
)
def test_a_call_that_is_not_there_is_told(kind: str, fields: dict[str, str]) -> None:
    frontend = Frontend()
    run, alice, _ = talking(frontend)
    frontend.decide(run, command(kind, alice, **fields))
    result = told(frontend, run, "command_result")[-1].command_result
    assert (result.error_code, result.error) == (wire.ERROR_CODE_UNKNOWN_CALL, "no call x")


@pytest.mark.covers("CM-020")
def test_a_script_names_the_entity_of_a_call() -> None:
    frontend = Frontend()
    frontend.receive(invite("600"))
    run, _ = frontend.activations[0]
    entity = common_pb2.Entity(username="1009", realm="pbx.test")
    frontend.decide(run, command("set_entity", run.first_call, entity=entity))
    assert run.first_call is not None
    assert run.first_call.view.entity.username == "1009"
    assert frontend.exchange.entity_calls == {"1009@pbx.test": 1}
    frontend.decide(run, command("set_entity", run.first_call, entity=common_pb2.Entity(uri="1008@pbx.test")))
    assert run.first_call.view.entity.username == "1008"
    assert frontend.exchange.entity_calls == {"1008@pbx.test": 1}
    frontend.decide(run, command("set_entity", run.first_call, entity=common_pb2.Entity()))
    assert len(told(frontend, run, "command_result")) == 1
    frontend.decide(run, command("hangup", run.first_call), command("finish"))
    frontend.nothing_left()


@pytest.mark.covers("CM-023", "CM-024", "EN-022")
def test_adopting_with_a_mix_and_detaching() -> None:
    frontend = Frontend()
    run, alice, bob = talking(frontend)
    frontend.decide(run, command("detach", bob, unmix=True))
    assert (alice.children, bob.parent, alice.media_peer) == ([], None, None)
    assert len(told(frontend, run, "unmixed")) == 2
    frontend.decide(run, command("adopt", alice, child_call_id=bob.call_id, mix=True))
    assert alice.children == [bob]
    assert alice.media_peer is bob


@pytest.mark.covers("CM-027", "CM-038")
def test_picking_marks_the_call_and_tells_its_script() -> None:
    frontend = Frontend()
    run, alice, _ = talking(frontend)
    frontend.decide(run, command("pick", alice))
    assert alice.view.picked
    assert len(told(frontend, run, "picked")) == 1


def test_ended_legs_and_strangers_are_refused() -> None:
    frontend = Frontend()
    run, _, bob = talking(frontend)
    frontend.decide(run, command("hangup", bob))
    frontend.decide(run, command("echo", bob))
    stranger = command("echo")
    stranger.call_id = "nobody"
    frontend.decide(run, stranger)
    codes = [one.command_result.error_code for one in told(frontend, run, "command_result")]
    assert codes == [wire.ERROR_CODE_WRONG_STATE, wire.ERROR_CODE_UNKNOWN_CALL]
