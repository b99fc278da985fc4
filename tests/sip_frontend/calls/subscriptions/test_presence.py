"""Presence of users: RFC 3856, from what the exchange knows."""

from __future__ import annotations

from switchroom.v1 import common_pb2 as common
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, command, invite
from tests.sip_frontend.calls.subscriptions.support import notifies, subscribed, take


def bindings(frontend: Frontend, delta: pb.BindingDelta) -> None:
    frontend.exchange.locations.apply(delta)
    frontend.exchange.presence.bindings_changed(frontend.exchange, delta)
    frontend.settle()


def saved() -> pb.BindingDelta:
    delta = pb.BindingDelta()
    delta.saved.add(aor="1002@pbx.test", contact="sip:1002@127.0.0.1:6001").expires_at.seconds = 1_800_000_000
    return delta


def test_registered_is_open_and_a_refresh_tells_nothing() -> None:
    frontend = subscribed("presence")
    assert b"<basic>closed</basic>" in notifies(frontend)[0].body
    frontend.advance(2)
    bindings(frontend, saved())
    assert b"<basic>open</basic>" in take(frontend).body
    frontend.advance(2)
    bindings(frontend, saved())
    assert len(notifies(frontend)) == 2
    gone = pb.BindingDelta()
    gone.removed.add(aor="1002@pbx.test", contact="sip:1002@127.0.0.1:6001")
    bindings(frontend, gone)
    assert b"<basic>closed</basic>" in take(frontend).body


def test_a_call_shows() -> None:
    frontend = subscribed("presence")
    frontend.advance(2)
    from tests.sip_frontend.calls.subscriptions.test_dialog_info import dial

    dial(frontend)
    frontend.settle()
    assert b"On the phone" in notifies(frontend)[-1].body


def test_a_call_that_is_given_to_another_user_shows_no_more() -> None:
    frontend = subscribed("presence", to="1001")
    frontend.advance(2)
    frontend.receive(invite("600"))
    run, _ = frontend.activations[0]
    for name, shows in (("1001", True), ("1009", False)):
        entity = common.Entity(username=name, realm="pbx.test")
        frontend.decide(run, command("set_entity", run.first_call, entity=entity))
        frontend.advance(2)
        assert (b"On the phone" in take(frontend).body) is shows


def test_a_snapshot_tells_of_who_came_in_its_first_part_and_of_who_is_not_in_it() -> None:
    frontend = subscribed("presence")
    for state, first in ((b"open", saved()), (b"closed", pb.BindingDelta())):
        frontend.advance(2)
        first.snapshot = True
        bindings(frontend, first)
        bindings(frontend, pb.BindingDelta(snapshot=True, snapshot_end=True))
        assert b"<basic>" + state in take(frontend).body
