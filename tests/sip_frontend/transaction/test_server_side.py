"""Which server transaction a request belongs to, CANCEL, merged requests, and the limit."""

from __future__ import annotations

import pytest

from sip_frontend.message import Response, build_response, parse_message
from sip_frontend.transaction import AckReceived, CancelReceived, Flow, RequestReceived, Send, State
from tests.sip_frontend.transaction.support import TCP, UDP, US, Bench, request, words


def sent(action: object) -> Response:
    """The response in a Send."""
    assert isinstance(action, Send)
    parsed = parse_message(action.data)
    assert isinstance(parsed, Response)
    return parsed


class TestMatching:
    """RFC 3261 section 17.2.3."""

    def test_other_branch_is_another_transaction(self) -> None:
        bench = Bench()
        bench.receive(request("OPTIONS"))
        other = request("OPTIONS", branch="z9hG4bK2", cseq=2)
        assert words(bench.receive(other)) == ["request OPTIONS"]
        assert bench.held() == (2, 0)

    def test_same_branch_of_another_sent_by_is_another_transaction(self) -> None:
        bench = Bench()
        bench.receive(request("OPTIONS"))
        other = request("OPTIONS", via="SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK1", call_id="call-8")
        assert words(bench.receive(other)) == ["request OPTIONS"]

    def test_reused_branch_with_a_new_cseq_is_not_swallowed(self) -> None:
        bench = Bench()
        bench.receive(request("INFO", cseq=1, to_tag="near"))
        assert words(bench.receive(request("INFO", cseq=2, to_tag="near"))) == ["request INFO"]

    def test_reused_branch_of_another_call_is_not_swallowed(self) -> None:
        bench = Bench()
        bench.receive(request("OPTIONS"))
        assert words(bench.receive(request("OPTIONS", call_id="call-8"))) == ["request OPTIONS"]

    def test_reused_branch_to_another_uri_is_not_swallowed(self) -> None:
        bench = Bench()
        bench.receive(request("INFO", to_tag="near"))
        other = request("INFO", to_tag="near")
        other.uri = "sip:elsewhere@192.0.2.1"
        assert words(bench.receive(other)) == ["request INFO"]

    def test_stray_ack_is_delivered_and_opens_nothing(self) -> None:
        bench = Bench()
        ack = request("ACK", to_tag="near")
        assert bench.receive(ack) == [AckReceived(ack, UDP)]
        assert bench.held() == (0, 0)

    def test_ack_while_proceeding_is_ignored(self) -> None:
        bench = Bench()
        transaction = bench.open(request())
        assert bench.receive(request("ACK", to_tag="near")) == []
        assert transaction.state is State.PROCEEDING


class TestWithoutCookie:
    """RFC 2543 peers, section 17.2.3: no branch, a constant one, or the bare cookie."""

    @pytest.mark.parametrize("branch", ["", ";branch=1", ";branch=z9hG4bK"])
    def test_repetition_ack_and_cancel_find_the_invite(self, branch: str) -> None:
        via = f"SIP/2.0/UDP 192.0.2.9:5060{branch}"
        bench = Bench()
        invite = request(via=via)
        transaction = bench.open(invite)
        assert words(bench.receive(request(via=via))) == ["send 100"]
        assert words(bench.receive(request("CANCEL", via=via))) == ["send 200", "cancel"]
        bench.respond(transaction, 487, invite)
        assert bench.receive(request("ACK", via=via, to_tag="near")) == []
        assert transaction.state is State.CONFIRMED

    def test_an_ack_to_another_uri_ends_the_repetition(self) -> None:
        via = "SIP/2.0/UDP 192.0.2.9:5060"
        bench = Bench()
        invite = request(via=via)
        transaction = bench.open(invite)
        bench.respond(transaction, 407, invite)
        ack = request("ACK", via=via, to_tag="near")
        ack.uri = "sip:elsewhere@192.0.2.1"
        assert bench.receive(ack) == []
        assert transaction.state is State.CONFIRMED

    def test_next_request_of_the_dialog_is_another_transaction(self) -> None:
        via = "SIP/2.0/UDP 192.0.2.9:5060"
        bench = Bench()
        invite = request(via=via)
        bench.respond(bench.open(invite), 200, invite)
        assert words(bench.receive(request("BYE", via=via, cseq=2, to_tag="near"))) == ["request BYE"]
        assert words(bench.receive(request("INVITE", via=via, cseq=3, to_tag="near"))) == ["send 100", "request INVITE"]


class TestCancel:
    """Section 9.2."""

    @pytest.mark.covers("DR-006")
    def test_open_invite_is_cancelled(self) -> None:
        bench = Bench()
        invite = request()
        transaction = bench.open(invite)
        bench.respond(transaction, 180, invite)
        cancel = request("CANCEL")
        actions = bench.receive(cancel)
        assert actions[1:] == [CancelReceived(transaction, cancel)]
        assert sent(actions[0]).status == 200
        assert sent(actions[0]).to_tag == "near"
        assert sent(actions[0]).cseq_method == "CANCEL"
        assert words(bench.receive(request("CANCEL"))) == ["send 200"]

    def test_tag_made_for_the_cancel_is_kept_for_the_invite(self) -> None:
        bench = Bench()
        transaction = bench.open(request())
        actions = bench.receive(request("CANCEL"))
        assert sent(actions[0]).to_tag == transaction.to_tag != ""

    @pytest.mark.covers("DR-006")
    def test_unknown_transaction_is_481_and_nobody_is_told(self) -> None:
        bench = Bench()
        actions = bench.receive(request("CANCEL"))
        assert words(actions) == ["send 481"]
        assert sent(actions[0]).to_tag != ""
        assert bench.layer.counts()["unmatched_cancels"] == 1

    @pytest.mark.covers("DR-007")
    def test_cancel_crossing_the_2xx_is_answered_with_its_tag(self) -> None:
        bench = Bench()
        invite = request()
        transaction = bench.open(invite)
        bench.respond(transaction, 200, invite)
        actions = bench.receive(request("CANCEL"))
        assert words(actions) == ["send 200", "cancel"]
        assert sent(actions[0]).to_tag == "near"
        assert transaction.state is State.ACCEPTED

    def test_cancel_after_a_refusal_changes_nothing(self) -> None:
        bench = Bench()
        invite = request()
        transaction = bench.open(invite)
        bench.respond(transaction, 486, invite)
        assert words(bench.receive(request("CANCEL"))) == ["send 200"]
        assert transaction.state is State.COMPLETED


class TestMerged:
    """Section 8.2.2.2: one request along two paths."""

    def test_second_copy_is_refused_without_state(self) -> None:
        bench = Bench()
        bench.open(request())
        copy = request(branch="z9hG4bKother")
        first, second = bench.receive(copy), bench.receive(request(branch="z9hG4bKother"))
        assert words(first) == ["send 482"]
        assert first == second
        assert bench.held() == (1, 0)
        assert bench.layer.counts()["merged_requests"] == 2

    def test_second_copy_that_is_invalid_gets_the_answer_to_that(self) -> None:
        bench = Bench()
        bench.open(request("OPTIONS"))
        copy = request("OPTIONS", branch="z9hG4bKother")
        copy.uri = "sip:2001:db8::10"
        assert words(bench.receive(copy)) == ["request OPTIONS"]

    def test_request_inside_a_dialog_is_never_merged(self) -> None:
        bench = Bench()
        bench.open(request(to_tag="near"))
        assert words(bench.receive(request(branch="z9hG4bKother", to_tag="near"))) == ["send 100", "request INVITE"]

    def test_copy_after_the_end_is_a_new_request(self) -> None:
        bench = Bench()
        options = request("OPTIONS")
        bench.respond(bench.open(options), 200, options)
        bench.pass_time(33)
        assert words(bench.receive(request("OPTIONS", branch="z9hG4bKother"))) == ["request OPTIONS"]

    def test_next_cseq_is_a_new_request(self) -> None:
        """A client that answers a challenge keeps Call-ID and From tag (section 22.2)."""
        bench = Bench()
        invite = request()
        bench.respond(bench.open(invite), 407, invite)
        assert words(bench.receive(request(branch="z9hG4bKother", cseq=2))) == ["send 100", "request INVITE"]


class TestLimit:
    def test_new_request_over_the_limit_gets_503_with_retry_after(self) -> None:
        bench = Bench(max_transactions=1)
        bench.open(request())
        actions = bench.receive(request("OPTIONS", branch="z9hG4bK2", call_id="call-3"))
        assert words(actions) == ["send 503"]
        assert sent(actions[0]).get("Retry-After") == "5"
        assert bench.held() == (1, 0)
        assert bench.layer.counts()["refused_requests"] == 1

    def test_answered_requests_make_room_the_oldest_first(self) -> None:
        bench = Bench(max_transactions=2)
        for number in (1, 2, 3):
            asked = request("OPTIONS", branch=f"z9hG4bK{number}", call_id=f"call-{number}")
            bench.respond(bench.open(asked), 200, asked)
        again = [request("OPTIONS", branch=f"z9hG4bK{number}", call_id=f"call-{number}") for number in (3, 2)]
        assert [words(bench.receive(one)) for one in again] == [["send 200"], ["send 200"]]
        assert bench.layer.counts()["server_transactions"] == 2

    def test_established_calls_go_on_over_the_limit(self) -> None:
        bench = Bench(max_transactions=1)
        bench.open(request())
        assert words(bench.receive(request("BYE", branch="z9hG4bK2", cseq=2, to_tag="near"))) == ["request BYE"]
        assert words(bench.receive(request("BYE", branch="z9hG4bK3", cseq=3, to_tag="near"))) == ["send 503"]

    def test_repetitions_and_acks_of_known_transactions_pass(self) -> None:
        bench = Bench(max_transactions=1)
        invite = request()
        transaction = bench.open(invite)
        assert words(bench.receive(request())) == ["send 100"]
        bench.respond(transaction, 486, invite)
        bench.receive(request("ACK", to_tag="near"))
        assert transaction.state is State.CONFIRMED


class TestWayBack:
    """Section 18.2.2 and RFC 3581."""

    @pytest.mark.covers("DR-015")
    @pytest.mark.parametrize(
        ("via", "force", "remote", "stamp"),
        [
            (
                "192.0.2.9:5060;branch=z9hG4bK1;rport",
                False,
                ("198.51.100.7", 4711),
                ";rport=4711;received=198.51.100.7",
            ),
            ("192.0.2.9:5070;branch=z9hG4bK1", False, ("198.51.100.7", 5070), ";received=198.51.100.7"),
            ("phone.test;branch=z9hG4bK1", False, ("198.51.100.7", 5060), ";received=198.51.100.7"),
            ("198.51.100.7:5070;branch=z9hG4bK1", False, ("198.51.100.7", 5070), ""),
            ("192.0.2.9:5070;branch=z9hG4bK1", True, ("198.51.100.7", 4711), ";received=198.51.100.7"),
            (
                "198.51.100.7;maddr=203.0.113.1;branch=z9hG4bK1;rport",
                False,
                ("198.51.100.7", 4711),
                "maddr=203.0.113.1",
            ),
        ],
    )
    def test_udp(self, via: str, force: bool, remote: tuple[str, int], stamp: str) -> None:
        bench = Bench(force_rport=force)
        flow = Flow("UDP", US, ("198.51.100.7", 4711))
        actions = bench.receive(request("OPTIONS", via=f"SIP/2.0/UDP {via}"), flow)
        received = actions[0]
        assert isinstance(received, RequestReceived)
        assert received.flow == flow
        assert received.transaction.flow == Flow("UDP", US, remote)
        top = build_response(received.request, 200).split(b"\r\n")[1].decode()
        assert stamp in top
        assert ("received" in top) == ("received" in stamp or "maddr" in stamp)

    def test_connection_is_the_way_back(self) -> None:
        bench = Bench()
        transaction = bench.open(request("OPTIONS", via="SIP/2.0/TCP 10.0.0.1:1;branch=z9hG4bK1"), TCP)
        assert transaction.flow is TCP
