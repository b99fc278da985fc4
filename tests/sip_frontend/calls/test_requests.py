"""Requests in a dialog: challenges, and those too large for UDP."""

from __future__ import annotations

import pytest

from sip_frontend.calls import requests
from sip_frontend.calls.call import Call
from sip_frontend.message import Request
from switchroom.digest import Credentials, user_hash
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp, within

PEER = ("192.0.2.1", 5060)
PROXY = ("192.0.2.50", 5060)
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="{nonce}", qop="auth"{more}\n'


def talking(contact: str, extra: str = "", **options: object) -> tuple[Frontend, Call]:
    """A call to 192.0.2.1, which answers with *contact*."""
    frontend = Frontend()
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@192.0.2.1")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg", **options))
    (out,) = frontend.requests("INVITE", PEER)
    answer = answering(out, 200, body=sdp(42000), extra=extra).replace("<sip:bob@127.0.0.1:5060>", f"<{contact}>")
    frontend.receive(answer, PEER)
    frontend.receive(within(frontend.response(200), "ACK", 1))
    return frontend, frontend.exchange.calls["leg.0"]


def hang_up(frontend: Frontend) -> None:
    frontend.receive(within(frontend.response(200), "BYE", 2))


def ways(frontend: Frontend, method: str) -> list[tuple[str, tuple[str, int]]]:
    return [
        (flow.transport, flow.remote)
        for flow, message in frontend.sent
        if isinstance(message, Request) and message.method == method and flow.remote[0] != "127.0.0.1"
    ]


class TestChallenges:
    """401 and 407 inside a dialog."""

    def credentials(self) -> pb.Credentials:
        return pb.Credentials(username="bob", password="zanzibar")

    def test_a_challenged_bye_is_sent_again_with_credentials(self) -> None:
        frontend, _ = talking("sip:bob@192.0.2.1", credentials=self.credentials())
        hang_up(frontend)
        (bye,) = frontend.requests("BYE", PEER)
        frontend.receive(answering(bye, 401, extra=CHALLENGE.format(nonce="n", more="")), PEER)
        again = frontend.requests("BYE", PEER)[-1]
        assert again.cseq == bye.cseq + 1
        given = Credentials.parse(again.get("Authorization") or "")
        assert given.matches(user_hash("MD5", "bob", "r", "zanzibar"), "BYE")
        assert given.uri == again.uri
        frontend.receive(answering(again, 200), PEER)
        frontend.nothing_left()

    def test_a_wrong_password_is_not_tried_for_ever(self) -> None:
        frontend, _ = talking("sip:bob@192.0.2.1", credentials=self.credentials())
        hang_up(frontend)
        for count in range(1, 6):
            bye = frontend.requests("BYE", PEER)[-1]
            frontend.receive(answering(bye, 401, extra=CHALLENGE.format(nonce=f"n{count}", more="")), PEER)
        assert len(frontend.requests("BYE", PEER)) == 2

    def test_a_stale_nonce_is_replaced_but_not_for_ever(self) -> None:
        frontend, _ = talking("sip:bob@192.0.2.1", credentials=self.credentials())
        hang_up(frontend)
        for count in range(1, 9):
            bye = frontend.requests("BYE", PEER)[-1]
            frontend.receive(answering(bye, 401, extra=CHALLENGE.format(nonce=f"n{count}", more=", stale=true")), PEER)
        assert len(frontend.requests("BYE", PEER)) == 1 + requests.AUTH_ROUNDS

    def test_a_challenged_reinvite_holds_after_all_and_its_ack_has_the_credentials(self) -> None:
        frontend, call = talking("sip:bob@192.0.2.1", credentials=self.credentials())
        assert call.run is not None
        frontend.decide(call.run, command("hold", call))
        reinvite = frontend.requests("INVITE", PEER)[-1]
        frontend.receive(
            answering(reinvite, 407, extra=CHALLENGE.format(nonce="n", more="").replace("WWW", "Proxy")), PEER
        )
        again = frontend.requests("INVITE", PEER)[-1]
        assert again.body == reinvite.body
        frontend.receive(answering(again, 200, body=sdp(42000, direction="recvonly")), PEER)
        ack = frontend.requests("ACK", PEER)[-1]
        assert ack.cseq == again.cseq
        assert ack.get("Proxy-Authorization") == again.get("Proxy-Authorization") is not None
        assert call.view.held

    def test_without_credentials_a_challenge_is_the_answer(self) -> None:
        frontend, _ = talking("sip:bob@192.0.2.1")
        hang_up(frontend)
        (bye,) = frontend.requests("BYE", PEER)
        frontend.receive(answering(bye, 401, extra=CHALLENGE.format(nonce="n", more="")), PEER)
        assert len(frontend.requests("BYE", PEER)) == 1


class TestSize:
    """RFC 3261 section 18.1.1."""

    def dialled(self, *transports: str) -> Frontend:
        frontend = Frontend()
        frontend.transports = {"UDP", *transports}
        frontend.receive(invite("1002"))
        run, _ = frontend.activations[0]
        headers = [pb.Dial(headers=[{"name": "X-Long", "value": "x" * 1300}]).headers[0]]
        target = pb.DialTarget(contact="sip:bob@192.0.2.1")
        frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg", headers=headers))
        return frontend

    @pytest.mark.covers("DR-020")
    def test_a_large_invite_goes_by_tcp_and_its_small_ack_by_udp(self) -> None:
        frontend = self.dialled("TCP")
        assert ways(frontend, "INVITE") == [("TCP", PEER)]
        (out,) = frontend.requests("INVITE", PEER)
        assert out.via.transport == "TCP"
        frontend.receive(answering(out, 200, body=sdp(42000)), PEER)
        assert ways(frontend, "ACK") == [("UDP", PEER)]

    def test_when_tcp_is_refused_it_goes_by_udp_and_the_next_one_at_once(self) -> None:
        frontend = self.dialled("TCP")
        (first,) = frontend.requests("INVITE", PEER)
        flow = next(flow for flow, _ in frontend.sent if flow.transport == "TCP")
        frontend.transactions.transport_failed(flow, frontend.exchange.now)
        frontend.settle()
        assert ways(frontend, "INVITE") == [("TCP", PEER), ("UDP", PEER)]
        second = frontend.requests("INVITE", PEER)[-1]
        assert (second.cseq, second.call_id, second.body) == (first.cseq, first.call_id, first.body)
        assert (second.via.transport, second.via.branch == first.via.branch) == ("UDP", False)
        frontend.receive(answering(second, 200, body=sdp(42000)), PEER)
        assert frontend.exchange.dead.holds("TCP", PEER, frontend.exchange.now)

    def test_without_tcp_of_ours_it_goes_by_udp(self) -> None:
        assert ways(self.dialled(), "INVITE") == [("UDP", PEER)]

    def test_a_large_request_in_a_dialog_goes_by_tcp_and_falls_back(self) -> None:
        frontend, call = talking("sip:bob@192.0.2.1")
        done: list[int] = []
        requests.send(
            frontend.exchange,
            call,
            "INFO",
            [("Content-Type", "text/plain")],
            b"x" * 1400,
            lambda response: done.append(response.status if response else 0),
        )
        frontend.settle()
        assert ways(frontend, "INFO") == [("TCP", PEER)]
        flow = next(flow for flow, _ in frontend.sent if flow.transport == "TCP")
        frontend.transactions.transport_failed(flow, frontend.exchange.now)
        frontend.settle()
        assert ways(frontend, "INFO") == [("TCP", PEER), ("UDP", PEER)]
        frontend.receive(answering(frontend.requests("INFO", PEER)[-1], 200), PEER)
        assert done == [200]

    @pytest.mark.covers("DR-016")
    def test_back_through_a_nat_there_is_no_tcp(self) -> None:
        frontend, call = talking("sip:bob@10.0.0.7:5060")
        requests.send(frontend.exchange, call, "INFO", [("Content-Type", "text/plain")], b"x" * 1400)
        frontend.settle()
        assert ways(frontend, "INFO") == [("UDP", PEER)]
