"""``auth()``: who is let in, who is challenged, who is refused."""

from __future__ import annotations

from typing import Any

import pytest

from switchroom.errors import BusError, PeerLost
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, command, invite

STRANGER = ("127.0.0.1", 5070)
CREDENTIALS = 'Proxy-Authorization: Digest username="1001", realm="pbx.test", nonce="n", uri="x", response="y"\n'


class Registrar:
    """Answers every Challenge, and every Verify with the verdicts it was given, in turn."""

    def __init__(self, *verdicts: pb.Verdict) -> None:
        self.verdicts = list(verdicts)
        self.verified: list[pb.Verify] = []

    def __call__(self, asked: wire.Envelope) -> wire.Envelope | BusError:
        reply = wire.Envelope()
        if asked.HasField("challenge"):
            reply.challenged.values.append('Digest realm="pbx.test", nonce="n1"')
            return reply
        self.verified.append(asked.verify)
        verdict = self.verdicts.pop(0)
        reply.verified.verdict = verdict
        if verdict == pb.VERDICT_ACCEPTED:
            reply.verified.entity.CopyFrom(common.Entity(username="1001", realm="pbx.test", uri="1001@pbx.test"))
        elif verdict == pb.VERDICT_STALE:
            reply.verified.challenges.append('Digest realm="pbx.test", nonce="n2", stale=true')
        return reply


def asking(frontend: Frontend, **options: Any) -> None:
    """A stranger calls and the script authenticates it."""
    frontend.receive(invite(port=5070, **options), STRANGER)
    run, _ = frontend.activations[0]
    frontend.decide(run, command("authenticate", run.first_call))


def second(frontend: Frontend, cseq: int = 2) -> None:
    """The stranger comes back with credentials."""
    frontend.receive(invite(port=5070, cseq=cseq, extra=CREDENTIALS), STRANGER)


@pytest.mark.covers("CM-052", "CM-057", "CM-006", "AU-006", "AU-002")
def test_a_stranger_is_challenged_and_let_in_with_good_credentials() -> None:
    frontend = Frontend()
    frontend.registrar = registrar = Registrar(pb.VERDICT_ACCEPTED)
    asking(frontend)
    assert frontend.statuses(to=STRANGER) == [100, 407]
    assert "nonce" in (frontend.response(407, STRANGER).get("Proxy-Authenticate") or "")
    second(frontend)
    run, _ = frontend.activations[0]
    assert frontend.events(run) == ["invited", "auth_started", "authenticated"]
    assert len(frontend.activations) == 2
    assert registrar.verified[0].method == "INVITE"
    call = run.first_call
    assert call is not None
    assert call.view.authenticated
    assert call.view.entity.uri == "1001@pbx.test"
    assert call.view.caller.user == "1001"
    assert frontend.exchange.entity_calls == {"1001@pbx.test": 1}
    frontend.decide(run, command("hangup", call))
    frontend.nothing_left()


@pytest.mark.covers("CM-054")
def test_credentials_in_the_first_invite_are_verified_at_once() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(pb.VERDICT_ACCEPTED)
    asking(frontend, extra=CREDENTIALS)
    assert 407 not in frontend.statuses(to=STRANGER)
    assert frontend.events(frontend.activations[0][0])[-1] == "authenticated"


@pytest.mark.covers("CM-055", "AU-014")
def test_a_stale_nonce_is_challenged_again_and_not_a_failure() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(pb.VERDICT_STALE, pb.VERDICT_ACCEPTED)
    asking(frontend)
    second(frontend)
    assert "stale=true" in (frontend.response(407, STRANGER).get("Proxy-Authenticate") or "")
    second(frontend, 3)
    assert frontend.events(frontend.activations[0][0])[-1] == "authenticated"


@pytest.mark.covers("CM-056", "CM-035")
@pytest.mark.parametrize("verdict", [pb.VERDICT_WRONG, pb.VERDICT_UNKNOWN_USER])
def test_wrong_credentials_are_403(verdict: pb.Verdict) -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(verdict)
    asking(frontend)
    second(frontend)
    assert frontend.statuses(to=STRANGER)[-1] == 403
    assert frontend.events(frontend.activations[0][0])[-2:] == ["auth_failed", "ended"]
    assert "call.authed.failed" in frontend.published
    frontend.nothing_left()


def test_a_client_that_never_gets_it_right_is_refused_after_three_challenges() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(*[pb.VERDICT_STALE] * 5)
    asking(frontend)
    for cseq in (2, 3, 4):
        second(frontend, cseq)
    assert frontend.statuses(to=STRANGER).count(407) == 3
    assert frontend.statuses(to=STRANGER)[-1] == 403


@pytest.mark.covers("CM-053")
def test_a_client_that_does_not_come_back_is_forgotten_after_five_seconds() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar()
    asking(frontend)
    frontend.advance(5.1)
    ended = frontend.activations[-1][1][-1].ended
    assert ended.cause.cause == common.CAUSE_REQUEST_TIMEOUT
    frontend.nothing_left()


@pytest.mark.covers("CM-058")
def test_without_a_registrar_nobody_is_let_in() -> None:
    frontend = Frontend()
    frontend.registrar = lambda asked: PeerLost("registrar")
    asking(frontend)
    assert frontend.statuses(to=STRANGER) == [100, 503]
    frontend.nothing_left()


def test_a_trunk_peer_is_not_challenged() -> None:
    frontend = Frontend()
    frontend.receive(invite())
    run, _ = frontend.activations[0]
    frontend.decide(run, command("authenticate", run.first_call))
    assert frontend.statuses() == [100]
    assert frontend.events(run) == ["invited", "authenticated"]


@pytest.mark.covers("CM-098")
def test_identity_headers_of_a_stranger_count_for_nothing() -> None:
    asserted = "P-Asserted-Identity: <sip:boss@bank.example>\n"
    for remote, caller in ((STRANGER, "alice"), (("127.0.0.1", 5061), "boss")):
        frontend = Frontend()
        frontend.receive(invite(extra=asserted), remote)
        call = frontend.activations[0][0].first_call
        assert call is not None
        assert call.view.caller.user == caller


@pytest.mark.covers("CM-003", "CM-052")
def test_a_script_may_challenge_as_a_registrar_does() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(pb.VERDICT_ACCEPTED)
    frontend.receive(invite(port=5070), STRANGER)
    run, _ = frontend.activations[0]
    frontend.decide(run, command("authenticate", run.first_call, as_registrar=True))
    challenge = frontend.response(401, STRANGER)
    assert challenge.get("WWW-Authenticate")
    assert challenge.get("Proxy-Authenticate") is None
    credentials = CREDENTIALS.removeprefix("Proxy-")
    frontend.receive(invite(port=5070, cseq=2, extra=credentials), STRANGER)
    assert frontend.events(run)[-1] == "authenticated"


@pytest.mark.covers("CM-098", "CM-032")
def test_the_script_hears_who_it_is_and_who_it_said_it_was() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(pb.VERDICT_ACCEPTED)
    asking(frontend, extra=CREDENTIALS)
    (told,) = (
        event.authenticated for _, events in frontend.activations for event in events if event.HasField("authenticated")
    )
    assert (told.previous_caller.user, told.caller.user) == ("alice", "1001")


@pytest.mark.covers("CM-019")
def test_an_entity_tells_how_many_calls_it_has() -> None:
    frontend = Frontend()
    frontend.registrar = Registrar(pb.VERDICT_ACCEPTED, pb.VERDICT_ACCEPTED)
    counts = []
    for call_id in ("one", "two"):
        frontend.receive(invite(port=5070, call_id=call_id, extra=CREDENTIALS), STRANGER)
        run, _ = frontend.activations[-1]
        frontend.decide(run, command("authenticate", run.first_call))
        assert run.first_call is not None
        counts.append(run.first_call.view.entity.current_calls)
    assert counts == [1, 2]
