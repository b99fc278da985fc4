"""Leases: who is chosen, what a takeover carries, and what an old lease is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from sip_frontend.bus.leases import Leases
from sip_frontend.calls.actions import Activate
from switchroom.bus import Listener, Peer
from switchroom.errors import BusError, BusFull, BusTimeout
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1.call_pb2 import CALL_STATE_ENDED, CALL_STATE_ESTABLISHED
from switchroom.v1.common_pb2 import Party
from switchroom.v1.worker_pb2 import Activation, DialTarget
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp, within

OnReply = Callable[[wire.Envelope | BusError], None]


class FakeBus:
    """Keeps what is asked of each worker until the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Activation, OnReply]] = []
        self.refused: list[tuple[str, wire.ErrorCode]] = []
        self.full: set[str] = set()

    def request(self, peer: Peer, envelope: wire.Envelope, deadline_s: float, on_reply: OnReply) -> int:
        if peer.name in self.full:
            raise BusFull(peer.name)
        self.asked.append((peer.name, envelope.activation, on_reply))
        return len(self.asked)

    def send(self, peer: Peer, envelope: wire.Envelope) -> None:
        self.refused.append((peer.name, envelope.refusal.code))


class Leased(Frontend):
    """A frontend whose activations go through the real leases."""

    def __init__(self) -> None:
        self.bus = FakeBus()
        self.leases: Leases | None = None
        super().__init__()
        self.leases = Leases(self.exchange, cast(Listener, self.bus), 0.5)

    def _do(self, action: object) -> None:
        if isinstance(action, Activate) and self.leases is not None:
            self.leases.activate(action.run)
        else:
            super()._do(action)

    def join(self, name: str, *routes: str, capacity: int = 0) -> Peer:
        hello = wire.Hello(role=common.ROLE_CALL_WORKER, name=name, capacity=capacity)
        for route in routes:
            hello.routes.add(user=route)
        peer = Peer(name.encode(), hello, 0.0)
        assert self.leases is not None
        self.leases.joined(peer)
        self.settle()
        return peer

    def answer(self, index: int, *kinds: str, lease: int | None = None) -> None:
        """Answer activation *index* with commands on its first call."""
        _, activation, reply = self.bus.asked[index]
        made = wire.Envelope()
        made.decision.run_id = activation.run_id
        made.decision.lease = activation.lease if lease is None else lease
        run = self.exchange.runs.get(activation.run_id)
        seen = run.commands_seen if run is not None else 0
        for number, kind in enumerate(kinds, seen + 1):
            one = command(kind)
            one.call_id, one.command_id = activation.calls[0].call_id, number
            made.decision.commands.append(one)
        reply(made)
        self.settle()

    def lose(self, peer: Peer) -> None:
        assert self.leases is not None
        self.leases.lost(peer)
        self.settle()


def test_one_activation_out_and_one_decision_back_make_a_whole_call() -> None:
    frontend = Leased()
    frontend.join("w1")
    frontend.receive(invite())
    name, activation, _ = frontend.bus.asked[0]
    assert name == "w1"
    assert activation.lease == 1
    assert activation.calls[0].called.user == "600"
    frontend.answer(0, "ring", "answer", "echo", "finish")
    ok = frontend.response(200)
    frontend.receive(within(ok, "ACK", 1))
    frontend.receive(within(ok, "BYE", 2))
    assert len(frontend.bus.asked) == 1
    frontend.nothing_left()
    assert not frontend.exchange.runs


@pytest.mark.covers("DR-013")
def test_without_a_worker_a_call_is_503_with_retry_after() -> None:
    frontend = Leased()
    frontend.receive(invite())
    assert frontend.statuses() == [100, 503]
    assert frontend.response(503).get("Retry-After") == "5"
    frontend.nothing_left()
    assert not frontend.exchange.runs


@pytest.mark.covers("DR-034")
def test_the_most_exact_route_wins_then_the_least_busy_worker() -> None:
    frontend = Leased()
    frontend.join("any")
    frontend.join("six", "6*")
    frontend.join("exact", "601")
    for number, to in enumerate(("601", "600", "1001")):
        frontend.receive(invite(to, call_id=f"c{number}"))
    assert [name for name, _, _ in frontend.bus.asked] == ["exact", "six", "any"]


@pytest.mark.covers("DR-034")
def test_calls_spread_over_workers_of_the_same_route() -> None:
    frontend = Leased()
    frontend.join("w1")
    frontend.join("w2")
    for number in range(4):
        frontend.receive(invite(call_id=f"c{number}"))
    assert sorted(name for name, _, _ in frontend.bus.asked) == ["w1", "w1", "w2", "w2"]


@pytest.mark.covers("DR-034")
def test_credit_bounds_what_a_silent_worker_is_sent() -> None:
    frontend = Leased()
    frontend.join("w1", capacity=2)
    for number in range(3):
        frontend.receive(invite(call_id=f"c{number}"))
    assert len(frontend.bus.asked) == 2
    assert frontend.statuses().count(503) == 1


@pytest.mark.covers("DR-047")
def test_events_wait_while_an_activation_is_unanswered() -> None:
    frontend = Leased()
    frontend.join("w1")
    frontend.receive(invite())
    call = next(iter(frontend.exchange.calls.values()))
    frontend.digit(call, "1")
    frontend.digit(call, "2")
    assert len(frontend.bus.asked) == 1
    frontend.answer(0, "answer")
    events = [one.WhichOneof("event") for one in frontend.bus.asked[1][1].events]
    assert events == ["digit", "digit", "answered"]
    assert [one.seq for one in frontend.bus.asked[1][1].events] == [2, 3, 4]


def test_a_takeover_carries_the_log_and_the_old_lease_is_refused() -> None:
    frontend = Leased()
    first = frontend.join("w1")
    second = frontend.join("w2", "nothing")
    frontend.receive(invite())
    frontend.answer(0, "ring", "answer")
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.answer(1)
    second.hello.ClearField("routes")
    frontend.lose(first)
    call = next(iter(frontend.exchange.calls.values()))
    frontend.digit(call, "5")
    if len(frontend.bus.asked) == 2:
        raise AssertionError("the run was not handed on")
    name, activation, _ = frontend.bus.asked[2]
    assert (name, activation.lease) == ("w2", 2)
    log = [
        entry.event.WhichOneof("event") if entry.HasField("event") else entry.command.WhichOneof("command")
        for entry in activation.log
    ]
    assert log == ["invited", "ring", "answer", "ringing", "answered"]
    stale = wire.Envelope()
    stale.decision.run_id, stale.decision.lease = activation.run_id, 1
    stale.decision.commands.append(command("hangup", call))
    assert frontend.leases is not None
    frontend.leases.message(first, stale)
    frontend.settle()
    assert not frontend.requests("BYE")
    assert frontend.bus.refused == [("w1", wire.ERROR_CODE_STALE_LEASE)]
    assert frontend.leases.stale_decisions == 1


@pytest.mark.covers("CM-032")
def test_a_takeover_tells_of_ended_legs_again_and_of_ids_that_changed() -> None:
    frontend = Leased()
    first = frontend.join("w1")
    bob = ("127.0.0.1", 6000)
    frontend.receive(invite())
    frontend.answer(0)
    (run,) = frontend.exchange.runs.values()
    dial = command("dial", run.first_call, targets=[DialTarget(contact="sip:bob@127.0.0.1:6000")], leg_prefix="leg")
    frontend.decide(run, dial)
    (out,) = frontend.requests("INVITE", bob)
    frontend.receive(answering(out, 200, body=sdp(42000, "0 101")), bob)
    frontend.answer(1)
    frontend.decide(run, command("update", run.calls["leg.0"], caller=Party(user="42")))
    frontend.answer(2)
    frontend.decide(run, command("hangup", run.calls["leg.0"]))
    frontend.answer(3)  # it is no longer mixed
    frontend.answer(4)  # it has ended
    assert [call.call_id for call in frontend.bus.asked[-1][1].calls][1:] == ["leg.0"]
    frontend.digit(next(iter(frontend.exchange.calls.values())), "1")
    assert len(frontend.bus.asked[-1][1].calls) == 1
    frontend.answer(5)
    frontend.join("w2")
    frontend.lose(first)
    frontend.digit(next(iter(frontend.exchange.calls.values())), "2")
    taken = frontend.bus.asked[-1][1]
    assert [call.state for call in taken.calls] == [CALL_STATE_ESTABLISHED, CALL_STATE_ENDED]
    (updated,) = (entry.event.updated for entry in taken.log if entry.event.HasField("updated"))
    assert (updated.previous_caller.user, updated.caller.user) == ("alice", "42")


@pytest.mark.covers("DR-011")
def test_a_worker_that_does_not_answer_loses_the_activation_to_another() -> None:
    frontend = Leased()
    frontend.join("w1")
    frontend.receive(invite())
    frontend.join("w2")
    frontend.bus.asked[0][2](BusTimeout("w1"))
    frontend.settle()
    name, activation, _ = frontend.bus.asked[1]
    assert (name, activation.lease) == ("w2", 2)
    frontend.answer(0, "hangup")
    assert 487 not in frontend.statuses()
    frontend.answer(1, "answer")
    assert frontend.statuses() == [100, 200]


def test_a_full_queue_to_a_worker_hands_the_run_on() -> None:
    frontend = Leased()
    frontend.join("w1")
    frontend.join("w2")
    frontend.bus.full.add("w1")
    frontend.receive(invite())
    assert [name for name, _, _ in frontend.bus.asked] == ["w2"]


@pytest.mark.covers("CM-007")
def test_an_established_call_outlives_its_only_worker_and_the_next_one_takes_it() -> None:
    frontend = Leased()
    peer = frontend.join("w1")
    frontend.receive(invite())
    frontend.answer(0, "answer")
    frontend.receive(within(frontend.response(200), "ACK", 1))
    frontend.answer(1)
    frontend.lose(peer)
    assert len(frontend.exchange.calls) == 1
    frontend.join("w2")
    name, activation, _ = frontend.bus.asked[2]
    assert (name, activation.lease, len(activation.log)) == ("w2", 2, 3)


def test_a_command_sent_twice_is_done_once() -> None:
    frontend = Leased()
    frontend.join("w1")
    frontend.receive(invite())
    frontend.answer(0, "ring")
    again = wire.Envelope()
    activation = frontend.bus.asked[0][1]
    again.decision.run_id, again.decision.lease = activation.run_id, 1
    one = command("hangup")
    one.call_id, one.command_id = activation.calls[0].call_id, 1
    again.decision.commands.append(one)
    assert frontend.leases is not None
    frontend.leases.message(next(iter(frontend.leases.workers.values())).peer, again)
    frontend.settle()
    assert frontend.statuses() == [100, 180]


def test_a_draining_worker_gets_no_new_run() -> None:
    frontend = Leased()
    peer = frontend.join("w1")
    frontend.join("w2")
    goodbye = wire.Envelope()
    goodbye.goodbye.draining = True
    assert frontend.leases is not None
    frontend.leases.message(peer, goodbye)
    for number in range(3):
        frontend.receive(invite(call_id=f"c{number}"))
    assert {name for name, _, _ in frontend.bus.asked} == {"w2"}


@pytest.mark.covers("CM-007")
def test_a_script_that_fails_ends_its_call_with_500() -> None:
    frontend = Leased()
    frontend.join("w1")
    frontend.receive(invite())
    frontend.answer(0, "fail")
    assert frontend.statuses() == [100, 500]
    frontend.nothing_left()
