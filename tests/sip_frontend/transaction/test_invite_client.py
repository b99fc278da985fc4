"""RFC 3261 section 17.1.1 with RFC 6026: exact actions of the INVITE client transaction."""

from __future__ import annotations

import pytest

from sip_frontend.message import Request, parse_message
from sip_frontend.transaction import Failure, ResponseReceived, Send, State, TransactionFailed
from tests.sip_frontend.transaction.support import TCP, UDP, Bench, our_request, response_to, words

INVITE = our_request()


def ack_bytes(status: int, to_tag: str = "there") -> bytes:
    return (
        b"ACK sip:peer@192.0.2.9 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours;rport\r\n"
        b"From: <sip:us@192.0.2.1>;tag=near\r\n"
        b"To: <sip:peer@192.0.2.9>;tag=" + to_tag.encode() + b"\r\n"
        b"Call-ID: call-2\r\nCSeq: 17 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )


class TestUnanswered:
    """Section 17.1.1.2, Calling."""

    @pytest.mark.covers("DR-001", "DR-014")
    def test_timer_a_doubles_without_bound_until_timer_b(self) -> None:
        bench = Bench()
        transaction = bench.layer.request(INVITE, "INVITE", "z9hG4bKours", UDP, bench.now, "user")
        assert bench.layer.take_actions() == [Send(UDP, INVITE)]
        again = Send(UDP, INVITE)
        assert bench.pass_time(33) == [
            (0.5, again),
            (1.5, again),
            (3.5, again),
            (7.5, again),
            (15.5, again),
            (31.5, again),
            (32.0, TransactionFailed(transaction, Failure.TIMEOUT)),
        ]
        assert bench.held() == (0, 0)
        assert bench.layer.next_timeout() is None

    def test_reliable_transport_sends_once(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE", TCP)
        assert bench.pass_time(33) == [(32.0, TransactionFailed(transaction, Failure.TIMEOUT))]

    def test_lost_connection_fails_at_once(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE", TCP)
        assert bench.fail(TCP) == [TransactionFailed(transaction, Failure.TRANSPORT)]
        assert bench.held() == (0, 0)

    def test_failed_datagram_fails_its_transaction_alone(self) -> None:
        bench = Bench()
        other = bench.request(our_request(branch="z9hG4bKother"), "INVITE", branch="z9hG4bKother")
        failed = bench.layer.request(INVITE, "INVITE", "z9hG4bKours", UDP, bench.now)
        send = bench.layer.take_actions()[0]
        assert isinstance(send, Send)
        bench.layer.send_failed(send, bench.now)
        assert bench.layer.take_actions() == [TransactionFailed(failed, Failure.TRANSPORT)]
        assert other.state is State.CALLING


class TestAnswered:
    """Sections 17.1.1.2 and 17.1.1.3, RFC 6026 section 7.2."""

    def test_provisional_stops_repeating_and_every_one_is_delivered(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE")
        for status in (100, 180, 180, 183):
            response = response_to(INVITE, status)
            assert bench.receive(response) == [ResponseReceived(transaction, response)]
        assert bench.pass_time(120) == []
        assert transaction.state is State.PROCEEDING

    @pytest.mark.covers("DR-005")
    def test_each_2xx_is_delivered_until_timer_m(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE")
        for tag in ("there", "there", "fork"):
            response = response_to(INVITE, 200, tag)
            assert bench.receive(response) == [ResponseReceived(transaction, response)]
        assert transaction.data == INVITE
        assert bench.pass_time(31.9) == []
        assert bench.held() == (0, 1)
        bench.pass_time(0.2)
        assert bench.held() == (0, 0)
        assert words(bench.receive(response_to(INVITE, 200))) == ["stray 200"]

    def test_refusal_is_acknowledged_delivered_once_and_acknowledged_again(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE")
        response = response_to(INVITE, 486)
        ack = Send(UDP, ack_bytes(486))
        assert bench.receive(response) == [ack, ResponseReceived(transaction, response)]
        assert bench.receive(response) == [ack]
        assert bench.receive(response_to(INVITE, 180)) == []
        assert bench.pass_time(31.9) == []
        assert bench.receive(response) == [ack]
        bench.pass_time(0.2)
        assert bench.held() == (0, 0)

    def test_refusal_ends_a_reliable_transaction_at_once(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE", TCP)
        response = response_to(INVITE, 603)
        assert bench.receive(response, TCP) == [Send(TCP, ack_bytes(603)), ResponseReceived(transaction, response)]
        assert bench.held() == (0, 0)
        assert transaction.data == INVITE

    def test_ack_keeps_the_route_of_the_invite(self) -> None:
        bench = Bench()
        invite = our_request(routes=("<sip:p1.test;lr>", "<sip:p2.test;lr>"))
        bench.request(invite, "INVITE")
        sent = bench.receive(response_to(invite, 404))[0]
        assert isinstance(sent, Send)
        ack = parse_message(sent.data)
        assert isinstance(ack, Request)
        assert ack.get_all("Route") == ["<sip:p1.test;lr>", "<sip:p2.test;lr>"]
        assert ack.get("Contact") is None

    def test_failed_ack_is_told(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE")
        ack = bench.receive(response_to(INVITE, 486))[0]
        assert isinstance(ack, Send)
        bench.layer.send_failed(ack, bench.now)
        assert bench.layer.take_actions() == [TransactionFailed(transaction, Failure.TRANSPORT)]

    def test_lost_connection_in_proceeding_fails(self) -> None:
        bench = Bench()
        transaction = bench.request(INVITE, "INVITE", TCP)
        bench.receive(response_to(INVITE, 180), TCP)
        assert bench.fail(TCP) == [TransactionFailed(transaction, Failure.TRANSPORT)]

    def test_2xx_after_a_refusal_is_ignored(self) -> None:
        bench = Bench()
        bench.request(INVITE, "INVITE")
        bench.receive(response_to(INVITE, 486))
        assert bench.receive(response_to(INVITE, 200)) == []
