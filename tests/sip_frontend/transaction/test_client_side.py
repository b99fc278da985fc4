"""Matching responses, and CANCEL of our own INVITE (RFC 3261 sections 17.1.3 and 9.1)."""

from __future__ import annotations

import pytest

from sip_frontend.message import Request, parse_message
from sip_frontend.transaction import Failure, Send, State, TransactionFailed
from switchroom.errors import LocalProtocolError
from tests.sip_frontend.transaction.support import TCP, UDP, Bench, our_request, response_to, words

INVITE = our_request(routes=("<sip:p1.test;lr>",))


def test_ack_and_a_branch_in_use_are_refused() -> None:
    bench = Bench()
    bench.request(INVITE, "INVITE")
    with pytest.raises(LocalProtocolError):
        bench.request(INVITE, "INVITE")
    with pytest.raises(LocalProtocolError):
        bench.request(our_request("ACK"), "ACK", branch="z9hG4bKack")


class TestCancel:
    def test_after_a_provisional_it_goes_at_once(self) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        bench.receive(response_to(INVITE, 180))
        sent = bench.cancel(invite)[0]
        assert isinstance(sent, Send)
        cancel = parse_message(sent.data)
        assert isinstance(cancel, Request)
        assert (cancel.method, cancel.uri, cancel.cseq, cancel.cseq_method) == (
            "CANCEL",
            "sip:peer@192.0.2.9",
            17,
            "CANCEL",
        )
        assert cancel.get_all("Via") == ["SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours;rport"]
        assert cancel.get_all("Route") == ["<sip:p1.test;lr>"]
        assert (cancel.from_value, cancel.to_value) == ("<sip:us@192.0.2.1>;tag=near", "<sip:peer@192.0.2.9>")
        assert cancel.get("Contact") is None

    @pytest.mark.covers("CM-062")
    def test_reason_is_carried(self) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        bench.receive(response_to(INVITE, 180))
        reason = 'SIP;cause=200;text="Call completed elsewhere"'
        cancel = bench.layer.cancel(invite, bench.now, [("Reason", reason)])
        assert cancel is not None
        assert parse_message(cancel.data).get("Reason") == reason

    def test_before_a_provisional_it_waits_for_one(self) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        assert bench.cancel(invite) == []
        assert words(bench.receive(response_to(INVITE, 100))) == ["response 100", "send CANCEL"]
        assert words(bench.receive(response_to(our_request("CANCEL"), 200))) == ["response 200"]
        assert words(bench.receive(response_to(INVITE, 487))) == ["send ACK", "response 487"]
        bench.pass_time(40)
        assert bench.held() == (0, 0)

    @pytest.mark.parametrize("status", [200, 486])
    def test_held_back_it_is_dropped_by_a_final_response(self, status: int) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        bench.cancel(invite)
        assert "send CANCEL" not in words(bench.receive(response_to(INVITE, status)))
        assert "send CANCEL" not in words([action for _, action in bench.pass_time(40)])
        assert bench.held() == (0, 0)

    def test_crossing_2xx_is_delivered(self) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        bench.receive(response_to(INVITE, 180))
        bench.cancel(invite)
        assert words(bench.receive(response_to(INVITE, 200))) == ["response 200"]
        assert invite.state is State.ACCEPTED

    def test_lost_cancel_is_repeated(self) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        bench.receive(response_to(INVITE, 180))
        bench.cancel(invite)
        assert words([action for _, action in bench.pass_time(2)]) == ["send CANCEL", "send CANCEL"]

    def test_invite_without_final_response_is_given_up(self) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE", TCP)
        bench.receive(response_to(INVITE, 180), TCP)
        bench.cancel(invite)
        bench.receive(response_to(our_request("CANCEL"), 200), TCP)
        assert bench.pass_time(33) == [(32.0, TransactionFailed(invite, Failure.TIMEOUT))]
        assert bench.held() == (0, 0)

    def test_twice_is_once(self) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        first = bench.layer.cancel(invite, bench.now)
        assert bench.layer.cancel(invite, bench.now) is first
        bench.receive(response_to(INVITE, 180))
        assert bench.layer.cancel(invite, bench.now) is first
        assert bench.layer.take_actions() == []

    @pytest.mark.parametrize("status", [200, 486])
    def test_of_an_answered_invite_is_none(self, status: int) -> None:
        bench = Bench()
        invite = bench.request(INVITE, "INVITE")
        bench.receive(response_to(INVITE, status))
        assert bench.layer.cancel(invite, bench.now) is None


def test_udp_path_that_fails_takes_its_transactions() -> None:
    bench = Bench()
    transaction = bench.request(INVITE, "INVITE")
    bench.request(our_request("INFO"), "INFO", TCP)
    assert bench.fail(UDP) == [TransactionFailed(transaction, Failure.TRANSPORT)]
    assert bench.held() == (0, 1)
