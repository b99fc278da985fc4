"""Requests outside every dialog, as a script sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sip_frontend.calls.run import Run
from sip_frontend.location import Hop
from switchroom.v1 import call_pb2, worker_pb2
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite

BOB = ("192.0.2.9", 5060)
DEVICES = (("127.0.0.1", 6001), ("127.0.0.1", 6002))
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"\n'


def running() -> tuple[Frontend, Run]:
    frontend = Frontend()
    frontend.receive(invite())
    return frontend, frontend.activations[0][0]


def result(frontend: Frontend) -> call_pb2.CommandResult:
    (found,) = (
        one.command_result for _, events in frontend.activations for one in events if one.HasField("command_result")
    )
    return found


@pytest.mark.covers("DR-048")
def test_a_message_to_a_uri_and_what_was_answered() -> None:
    frontend, run = running()
    headers = [common.Header(name="Subject", value="lunch")]
    fields: dict[str, Any] = {
        "contact": "sip:bob@192.0.2.9",
        "method": "MESSAGE",
        "content_type": "text/plain",
        "body": b"12:30?",
    }
    frontend.decide(run, command("send_request", None, headers=headers, **fields))
    (out,) = frontend.requests("MESSAGE", BOB)
    assert (out.uri, out.body, out.get("Subject"), out.to_tag) == ("sip:bob@192.0.2.9", b"12:30?", "lunch", "")
    assert out.contact is None
    frontend.receive(answering(out, 202), BOB)
    assert json.loads(result(frontend).value) == [{"contact": "sip:bob@192.0.2.9", "status": 202}]


@pytest.mark.covers("DR-048")
def test_a_challenge_is_answered_where_there_are_credentials() -> None:
    frontend, run = running()
    credentials = worker_pb2.Credentials(username="u", password="p")
    fields = {"contact": "sip:bob@192.0.2.9", "method": "OPTIONS"}
    frontend.decide(run, command("send_request", None, credentials=credentials, **fields))
    (out,) = frontend.requests("OPTIONS", BOB)
    frontend.receive(answering(out, 401, extra=CHALLENGE), BOB)
    (_, again) = frontend.requests("OPTIONS", BOB)
    assert 'username="u"' in (again.get("Authorization") or "")
    assert (again.call_id, again.cseq) == (out.call_id, out.cseq + 1)
    frontend.receive(answering(again, 200), BOB)
    assert json.loads(result(frontend).value)[0]["status"] == 200


@pytest.mark.covers("RG-029", "RG-031")
def test_a_notify_goes_to_each_device_of_a_user() -> None:
    frontend, run = running()
    delta = pb.BindingDelta(snapshot=True, snapshot_end=True)
    for host, port in DEVICES:
        saved = delta.saved.add(aor="1002@pbx.test", contact=f"sip:1002@10.0.0.5:{port}")
        saved.expires_at.seconds = 1_800_000_000 + port
        saved.flow.transport, saved.flow.local.address, saved.flow.local.port = "UDP", "127.0.0.1", 5060
        saved.flow.remote.address, saved.flow.remote.port = host, port
    frontend.exchange.locations.apply(delta)
    headers = [
        common.Header(name="Event", value="check-sync;reboot=false"),
        common.Header(name="Subscription-State", value="terminated"),
    ]
    frontend.decide(
        run, command("send_request", entity=common.Entity(username="1002"), method="NOTIFY", headers=headers)
    )
    outs = [frontend.requests("NOTIFY", device)[0] for device in DEVICES]
    assert [out.uri for out in outs] == ["sip:1002@10.0.0.5:6001", "sip:1002@10.0.0.5:6002"]
    assert outs[0].get("Event") == "check-sync;reboot=false"
    assert outs[0].contact is not None
    frontend.receive(answering(outs[0], 200), DEVICES[0])
    frontend.advance(33)
    statuses = {one["contact"]: one["status"] for one in json.loads(result(frontend).value)}
    assert statuses == {outs[0].uri: 200, outs[1].uri: 408}


def test_a_user_that_is_nowhere_has_no_answers() -> None:
    frontend, run = running()
    frontend.decide(run, command("send_request", entity=common.Entity(username="1002"), method="NOTIFY"))
    assert result(frontend).value == "[]"


def test_503_goes_to_the_next_place_of_a_name() -> None:
    frontend, run = running()
    one, two = ("192.0.2.7", 5070), ("192.0.2.8", 5070)
    frontend.zone["pbx.example"] = [Hop("UDP", *one), Hop("UDP", *two)]
    frontend.decide(run, command("send_request", contact="sip:bob@pbx.example", method="OPTIONS"))
    (out,) = frontend.requests("OPTIONS", one)
    frontend.receive(answering(out, 503), one)
    (again,) = frontend.requests("OPTIONS", two)
    frontend.receive(answering(again, 200), two)
    assert json.loads(result(frontend).value)[0]["status"] == 200


@pytest.mark.parametrize(
    "fields",
    [{"contact": "sip:bob@192.0.2.9", "method": "INVITE"}, {"contact": "no uri", "method": "OPTIONS"}],
)
def test_what_cannot_be_sent_is_told(fields: dict[str, str]) -> None:
    frontend, run = running()
    frontend.decide(run, command("send_request", None, **fields))
    assert not result(frontend).ok


def test_a_name_that_leads_nowhere_is_408() -> None:
    frontend, run = running()
    frontend.decide(run, command("send_request", contact="sip:bob@nowhere.example", method="OPTIONS"))
    assert json.loads(result(frontend).value) == [{"contact": "sip:bob@nowhere.example", "status": 408}]
