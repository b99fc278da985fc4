"""Registering at a carrier: refresh, challenges, several servers, back-off, going away."""

from __future__ import annotations

import pytest

from sip_frontend.location import Hop
from sip_frontend.transaction import Flow
from sip_frontend.trunks.registration import FIRST_PAUSE_S, LONGEST_PAUSE_S, ROUNDS
from switchroom.digest import Credentials, user_hash
from tests.sip_frontend.trunks.support import ONE, TWO, Carrier

ACCOUNT = {"register": True, "user": "acme", "password": "zanzibar"}
CHALLENGE = 'WWW-Authenticate: Digest realm="carrier", nonce="{nonce}", qop="auth", algorithm={algorithm}{more}\n'


def challenge(nonce: str = "n1", algorithm: str = "MD5", more: str = "") -> str:
    return CHALLENGE.format(nonce=nonce, algorithm=algorithm, more=more)


def test_it_registers_at_once_and_says_who_and_where() -> None:
    carrier = Carrier(**ACCOUNT, domain="carrier.example")
    (request,) = carrier.sent("REGISTER")
    assert request.uri == "sip:carrier.example"
    assert request.to_value == "<sip:acme@carrier.example>"
    assert request.get("Expires") == "3600"
    assert request.contact is not None
    assert request.contact.uri.user == carrier.state.token
    assert not carrier.state.registered


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_challenge_is_answered(algorithm: str) -> None:
    carrier = Carrier(**ACCOUNT)
    first = carrier.last("REGISTER")
    carrier.answer(401, extra=challenge(algorithm=algorithm))
    again = carrier.last("REGISTER")
    assert (again.call_id, again.cseq, again.from_tag) == (first.call_id, first.cseq + 1, first.from_tag)
    given = Credentials.parse(again.get("Authorization") or "")
    assert given.matches(user_hash(algorithm, "acme", "carrier", "zanzibar"), "REGISTER")
    carrier.registered()


def test_the_refresh_comes_before_the_end_with_the_nonce_that_is_known() -> None:
    carrier = Carrier(**ACCOUNT)
    carrier.answer(401, extra=challenge())
    carrier.registered(extra="Expires: 600\n")
    carrier.frontend.advance(600 * 0.85 - 1)
    assert len(carrier.sent("REGISTER")) == 2
    carrier.frontend.advance(2)
    refresh = carrier.last("REGISTER")
    assert Credentials.parse(refresh.get("Authorization") or "").nc == "00000002"
    assert carrier.state.registered
    carrier.registered()


def test_a_stale_nonce_is_replaced_and_a_wrong_password_is_not_sent_again() -> None:
    carrier = Carrier(**ACCOUNT)
    carrier.answer(401, extra=challenge("n1"))
    carrier.answer(401, extra=challenge("n2", more=", stale=true"))
    assert Credentials.parse(carrier.last("REGISTER").get("Authorization") or "").nonce == "n2"
    carrier.answer(401, extra=challenge("n3"))
    assert len(carrier.sent("REGISTER")) == 3
    assert not carrier.state.registered


def test_a_server_that_finds_every_nonce_stale_is_not_asked_for_ever() -> None:
    carrier = Carrier(**ACCOUNT)
    for count in range(ROUNDS * 3):
        carrier.answer(401, extra=challenge(f"n{count}", more=", stale=true"))
    assert len(carrier.sent("REGISTER")) == 1 + ROUNDS


def test_what_the_contact_was_granted_counts_before_the_expires_header() -> None:
    carrier = Carrier(**ACCOUNT)
    token = carrier.state.token
    others = f"Contact: <sip:other@x>;expires=9, <sip:{token}@127.0.0.1:5060>;expires=100\nExpires: 5000\n"
    carrier.frontend.receive(
        "\n".join(
            line for line in _answer(carrier, 200, others).split("\n") if not line.startswith("Contact: <sip:bob")
        ),
        ONE,
    )
    assert carrier.state.registered
    carrier.frontend.advance(84)
    assert len(carrier.sent("REGISTER")) == 1
    carrier.frontend.advance(2)
    assert len(carrier.sent("REGISTER")) == 2


def _answer(carrier: Carrier, status: int, extra: str) -> str:
    from tests.sip_frontend.calls.harness import answering

    return answering(carrier.last("REGISTER"), status, extra=extra)


def test_too_short_is_asked_for_longer() -> None:
    carrier = Carrier(**ACCOUNT, expires_s=60)
    carrier.answer(423, extra="Min-Expires: 900\n")
    assert carrier.last("REGISTER").get("Expires") == "900"
    carrier.answer(423, extra="Min-Expires: 900\n")
    assert len(carrier.sent("REGISTER")) == 2


class TestServers:
    """Several servers, and none that answers."""

    def test_the_next_server_is_asked_when_one_is_silent_refuses_or_is_full(self) -> None:
        for fail in ("silence", "403", "503"):
            carrier = Carrier(**ACCOUNT, servers=(ONE, TWO))
            if fail == "silence":
                carrier.frontend.advance(10)
            else:
                carrier.answer(int(fail))
            assert len(carrier.sent("REGISTER", TWO)) == 1
            carrier.frontend.receive(_from(carrier, TWO, 200), TWO)
            assert carrier.state.registered

    def test_the_refresh_goes_to_the_server_that_registered_us(self) -> None:
        carrier = Carrier(**ACCOUNT, servers=(ONE, TWO))
        carrier.answer(500)
        carrier.frontend.receive(_from(carrier, TWO, 200), TWO)
        carrier.until("REGISTER", TWO)
        assert (len(carrier.sent("REGISTER", ONE)), len(carrier.sent("REGISTER", TWO))) == (1, 2)

    def test_every_address_of_a_name_is_tried(self) -> None:
        carrier = Carrier(**ACCOUNT, servers=(("sip.carrier.example", 0),))
        assert not carrier.sent("REGISTER")
        carrier.frontend.zone["sip.carrier.example"] = [Hop("UDP", *ONE), Hop("UDP", *TWO)]
        carrier.until("REGISTER")
        carrier.answer(503)
        assert carrier.sent("REGISTER", TWO)

    def test_when_all_fail_the_pauses_grow_to_a_limit(self) -> None:
        carrier = Carrier(**ACCOUNT)
        pauses = []
        for _ in range(9):
            carrier.answer(500)
            pauses.append(carrier.until("REGISTER"))
        assert pauses[:3] == [0.75 * FIRST_PAUSE_S, 1.5 * FIRST_PAUSE_S, 3 * FIRST_PAUSE_S]
        assert pauses[-1] == 0.75 * LONGEST_PAUSE_S

    def test_a_success_makes_the_pauses_short_again(self) -> None:
        carrier = Carrier(**ACCOUNT)
        for _ in range(3):
            carrier.answer(500)
            carrier.until("REGISTER")
        carrier.registered(extra="Expires: 60\n")
        carrier.until("REGISTER")
        carrier.answer(500)
        assert carrier.until("REGISTER") == 0.75 * FIRST_PAUSE_S

    def test_a_retry_after_is_kept_to(self) -> None:
        carrier = Carrier(**ACCOUNT)
        carrier.answer(503, extra="Retry-After: 200\n")
        carrier.frontend.advance(199)
        assert len(carrier.sent("REGISTER")) == 1
        carrier.frontend.advance(2)
        assert len(carrier.sent("REGISTER")) == 2

    def test_what_was_granted_holds_until_its_end(self) -> None:
        carrier = Carrier(**ACCOUNT)
        carrier.registered(extra="Expires: 600\n")
        carrier.frontend.advance(590)
        assert carrier.state.registered
        carrier.frontend.advance(20)
        assert not carrier.state.registered
        assert "trunk.registration_lost" in [line.event for line in carrier.frontend.logged]


def _from(carrier: Carrier, remote: tuple[str, int], status: int) -> str:
    from tests.sip_frontend.calls.harness import answering

    return answering(carrier.last("REGISTER", remote), status)


def test_a_broken_connection_is_registered_again_at_once() -> None:
    carrier = Carrier(**ACCOUNT, transport="tcp")
    assert (carrier.last("REGISTER").get("Contact") or "").endswith(";transport=tcp>")
    carrier.registered()
    flow = next(flow for flow, _ in carrier.frontend.sent)
    assert flow.transport == "TCP"
    carrier.trunks.flow_failed(Flow("TCP", flow.local, ("192.0.2.9", 5060)))
    carrier.frontend.settle()
    assert len(carrier.sent("REGISTER")) == 1
    carrier.trunks.flow_failed(flow)
    carrier.frontend.settle()
    assert len(carrier.sent("REGISTER")) == 2


class TestStop:
    """Taking the registration back."""

    def test_the_contact_is_taken_back(self) -> None:
        carrier = Carrier(**ACCOUNT)
        carrier.registered()
        done: list[bool] = []
        carrier.trunks.stop(lambda: done.append(True))
        carrier.frontend.settle()
        assert carrier.last("REGISTER").get("Expires") == "0"
        assert not done
        carrier.answer(401, extra=challenge())
        assert carrier.last("REGISTER").get("Authorization")
        carrier.answer(200)
        assert done == [True]
        carrier.frontend.advance(4000)
        assert len(carrier.sent("REGISTER")) == 3

    def test_nothing_is_taken_back_that_is_not_there(self) -> None:
        carrier = Carrier(**ACCOUNT)
        done: list[bool] = []
        carrier.trunks.stop(lambda: done.append(True))
        assert done == [True]
        carrier.frontend.settle()
        assert len(carrier.sent("REGISTER")) == 1

    def test_without_registrations_a_stop_is_done_at_once(self) -> None:
        done: list[bool] = []
        Carrier().trunks.stop(lambda: done.append(True))
        assert done == [True]


def test_the_contact_is_the_same_after_a_restart_and_nobody_can_guess_it() -> None:
    first, second = Carrier(**ACCOUNT), Carrier(**ACCOUNT)
    assert first.state.token == second.state.token
    other = Carrier(register=True, user="acme", password="other")
    assert other.state.token != first.state.token
    assert "acme" not in first.state.token
