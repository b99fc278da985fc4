"""Trunks as a whole: what their status says, and whose calls are whose."""

from __future__ import annotations

from sip_frontend.calls.settings import Trunk
from sip_frontend.location import Hop
from sip_frontend.trunks.service import LOOK_UP_S, Trunks
from tests.sip_frontend.calls.harness import Frontend, answering, command, sdp, within
from tests.sip_frontend.trunks.support import ONE, TWO, Carrier


def test_the_status_names_each_trunk() -> None:
    carrier = Carrier(register=True, user="acme", password="x", peers=(ONE, TWO))
    assert carrier.trunks.status() == {"trunk.carrier.up": 2, "trunk.carrier.calls": 0, "trunk.carrier.registered": 0}
    carrier.registered()
    carrier.dial()
    assert carrier.trunks.status() == {"trunk.carrier.up": 2, "trunk.carrier.calls": 1, "trunk.carrier.registered": 1}


def test_calls_are_counted_in_and_out_and_given_back() -> None:
    carrier = Carrier()
    carrier.call_in("100")
    carrier.dial()
    assert carrier.state.calls == 2
    carrier.frontend.receive(answering(carrier.last("INVITE"), 486), ONE)
    assert carrier.state.calls == 1
    run = carrier.frontend.activations[0][0]
    carrier.frontend.decide(run, command("hangup", run.first_call))
    assert carrier.state.calls == 0


def test_a_named_peer_is_known_by_its_addresses_and_by_the_new_ones_when_they_change() -> None:
    frontend = Frontend(trunks=(Trunk("carrier", (("sip.carrier.example", 0),)),))
    frontend.zone["sip.carrier.example"] = [Hop("UDP", *ONE)]
    Trunks(frontend.exchange, lambda: 0.5).start()
    frontend.settle()
    carrier = Carrier.__new__(Carrier)
    carrier.frontend = frontend
    carrier.call_in("100", ONE, "x1")
    frontend.zone["sip.carrier.example"] = [Hop("UDP", *TWO)]
    frontend.advance(LOOK_UP_S + 1)
    carrier.call_in("100", TWO, "x2")
    carrier.call_in("100", ONE, "x3")
    begun = [run for run, events in frontend.activations if events[0].WhichOneof("event") == "invited"]
    assert [run.first_call.view.trunk for run in begun if run.first_call] == ["carrier", "carrier", ""]


def test_a_call_to_what_we_registered_is_of_that_trunk_wherever_it_comes_from() -> None:
    carrier = Carrier(register=True, user="acme", password="x")
    carrier.registered()
    text = carrier.state.token
    carrier.call_in(text, ("198.51.100.77", 5060), "x1", extra="")
    (run, _) = carrier.frontend.activations[-1]
    assert run.first_call is not None
    view = run.first_call.view
    assert (view.trunk, view.trusted) == ("carrier", True)
    carrier.call_in("t0123456789abcdef0123", ("198.51.100.77", 5060), "x2")
    (run, _) = carrier.frontend.activations[-1]
    assert run.first_call is not None
    assert (run.first_call.view.trunk, run.first_call.view.trusted) == ("", False)


def test_an_answered_call_keeps_its_trunk_until_its_end() -> None:
    carrier = Carrier()
    carrier.dial()
    carrier.frontend.receive(answering(carrier.last("INVITE"), 200, body=sdp(42000)), ONE)
    assert carrier.state.calls == 1
    carrier.frontend.receive(within(carrier.frontend.response(200), "ACK", 1))
    carrier.frontend.receive(within(carrier.frontend.response(200), "BYE", 2))
    assert carrier.state.calls == 0
