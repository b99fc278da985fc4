"""The way of requests in a dialog: addresses, names, and connections that are gone."""

from __future__ import annotations

import pytest

from sip_frontend.calls import ending, requests
from sip_frontend.calls.call import Call
from sip_frontend.calls.ways import NamedHop, _choose, nothing
from sip_frontend.location import Hop
from sip_frontend.message import Request
from sip_frontend.transaction import Flow
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import US, Frontend, answering, command, invite, sdp, within
from tests.sip_frontend.calls.test_requests import PEER, PROXY, hang_up, talking, ways

PHONE = ("192.0.2.33", 49152)


class TestWay:
    """Where requests of a dialog go."""

    def test_a_named_contact_is_located_once_and_all_go_there_in_order(self) -> None:
        frontend = Frontend()
        frontend.unanswered = []
        frontend.receive(invite("1002"))
        run, _ = frontend.activations[0]
        target = pb.DialTarget(contact="sip:bob@192.0.2.1")
        frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
        (out,) = frontend.requests("INVITE", PEER)
        answer = answering(out, 200, body=sdp(42000)).replace("bob@127.0.0.1:5060", "bob@pbx.example")
        frontend.receive(answer, PEER)
        frontend.receive(within(frontend.response(200), "ACK", 1))
        hang_up(frontend)
        assert not frontend.requests("ACK", ("192.0.2.7", 5070))
        (asked,) = frontend.unanswered
        asked.reply([Hop("UDP", "192.0.2.7", 5070)])
        frontend.settle()
        assert ways(frontend, "ACK") == ways(frontend, "BYE") == [("UDP", ("192.0.2.7", 5070))]
        order = [one.method for flow, one in frontend.sent if isinstance(one, Request) and flow.remote[1] == 5070]
        assert order == ["ACK", "BYE"]

    @pytest.mark.covers("DR-016")
    def test_a_name_that_is_unknown_goes_back_to_the_source(self) -> None:
        frontend, _ = talking("sip:bob@phone.local")
        assert ways(frontend, "ACK") == [("UDP", PEER)]

    def test_a_phone_that_calls_itself_localhost_is_behind_its_source(self) -> None:
        frontend = Frontend()
        frontend.zone["localhost"] = [Hop("UDP", "127.0.0.1", 5060)]
        dialog_flow = Flow("UDP", ("192.0.2.99", 5060), PEER)
        call = talking("sip:bob@192.0.2.1")[1]
        assert call.dialog is not None
        call.dialog.flow = dialog_flow
        named = NamedHop("sip:localhost", (lambda flow: None, nothing))
        assert _choose(frontend.exchange, call.dialog, named, frontend.zone["localhost"]) is dialog_flow

    def test_a_named_route_is_followed_with_its_transport(self) -> None:
        frontend = Frontend()
        frontend.zone["proxy.example"] = [Hop("TCP", *PROXY)]
        frontend.receive(invite("1002"))
        run, _ = frontend.activations[0]
        target = pb.DialTarget(contact="sip:bob@192.0.2.1")
        frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
        (out,) = frontend.requests("INVITE", PEER)
        route = "Record-Route: <sip:proxy.example;transport=tcp;lr>\n"
        frontend.receive(answering(out, 200, body=sdp(42000), extra=route), PEER)
        assert ways(frontend, "ACK") == [("TCP", PROXY)]
        (ack,) = frontend.requests("ACK", PROXY)
        assert ack.via.transport == "TCP"
        assert ack.get("Route") == "<sip:proxy.example;transport=tcp;lr>"

    def test_an_address_needs_no_look_up(self) -> None:
        frontend, _ = talking("sip:bob@192.0.2.1:5090")
        assert ways(frontend, "ACK") == [("UDP", ("192.0.2.1", 5090))]


class TestNextPlace:
    """RFC 3263 section 4.3 inside a dialog."""

    def info(self, zone: list[Hop]) -> tuple[Frontend, Call]:
        frontend = Frontend()
        frontend.zone["pbx.example"] = zone
        frontend.receive(invite("1002"))
        run, _ = frontend.activations[0]
        target = pb.DialTarget(contact="sip:bob@192.0.2.1")
        frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
        (out,) = frontend.requests("INVITE", PEER)
        answer = answering(out, 200, body=sdp(42000)).replace("bob@127.0.0.1:5060", "bob@pbx.example")
        frontend.receive(answer, PEER)
        call = frontend.exchange.calls["leg.0"]
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        return frontend, call

    def test_a_lost_request_goes_to_the_next_place_and_so_do_those_after_it(self) -> None:
        one, two = ("192.0.2.7", 5070), ("192.0.2.8", 5070)
        frontend, call = self.info([Hop("UDP", *one), Hop("UDP", *two)])
        frontend.advance(32.5)
        (lost,), (again,) = frontend.requests("INFO", one), frontend.requests("INFO", two)
        assert (lost.cseq, lost.via.branch != again.via.branch) == (again.cseq, True)
        frontend.receive(answering(again, 200), two)
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        assert len(frontend.requests("INFO", two)) == 2

    def test_503_goes_to_the_next_place_at_once(self) -> None:
        one, two = ("192.0.2.7", 5070), ("192.0.2.8", 5070)
        frontend, _ = self.info([Hop("UDP", *one), Hop("UDP", *two)])
        (asked,) = frontend.requests("INFO", one)
        frontend.receive(answering(asked, 503), one)
        assert len(frontend.requests("INFO", two)) == 1

    def test_two_requests_lost_at_one_place_skip_no_other(self) -> None:
        one, two = ("192.0.2.7", 5070), ("192.0.2.8", 5070)
        frontend, call = self.info([Hop("UDP", *one), Hop("UDP", *two)])
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        for asked in frontend.requests("INFO", one):
            frontend.receive(answering(asked, 503), one)
        assert len(frontend.requests("INFO", two)) == 2

    def test_the_bye_of_a_call_that_is_over_goes_to_the_next_place_too(self) -> None:
        one, two = ("192.0.2.7", 5070), ("192.0.2.8", 5070)
        frontend, call = self.info([Hop("UDP", *one), Hop("UDP", *two)])
        ending.hangup(frontend.exchange, call, common.CAUSE_NORMAL_CLEARING)
        frontend.settle()
        assert call.call_id not in frontend.exchange.calls
        (bye,) = frontend.requests("BYE", one)
        frontend.receive(answering(bye, 503), one)
        assert len(frontend.requests("BYE", two)) == 1

    def test_when_all_failed_the_name_is_looked_up_anew(self) -> None:
        one = ("192.0.2.7", 5070)
        frontend, call = self.info([Hop("UDP", *one)])
        frontend.advance(32.5)
        frontend.zone["pbx.example"] = [Hop("UDP", "192.0.2.9", 5070)]
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        assert len(frontend.requests("INFO", ("192.0.2.9", 5070))) == 1


class TestGone:
    """The connection of a dialog is closed (RFC 3261 section 18, RFC 7118)."""

    def answered(self, transport: str = "TCP", contact: str = "sip:alice@192.0.2.33:5070") -> tuple[Frontend, Call]:
        """A call that came along a connection, which then closed."""
        frontend = Frontend()
        self.flow = Flow(transport, US, PHONE, 7)
        text = invite().replace("SIP/2.0/UDP", f"SIP/2.0/{transport}").replace("sip:alice@127.0.0.1:5061", contact)
        frontend.receive(text, flow=self.flow)
        run, _ = frontend.activations[0]
        frontend.decide(run, command("answer", run.first_call))
        self.answer = frontend.response(200, PHONE)
        frontend.receive(within(self.answer, "ACK", 1).replace("UDP", transport), flow=self.flow)
        frontend.gone.add(self.flow)
        (call,) = frontend.exchange.calls.values()
        return frontend, call

    def test_a_new_connection_is_opened_to_the_remote_target(self) -> None:
        frontend, call = self.answered()
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        (info,) = frontend.requests("INFO", ("192.0.2.33", 5070))
        assert info.via.transport == "TCP"
        assert call.view.network.remote.port == 5070

    def test_a_named_target_is_looked_up(self) -> None:
        frontend, call = self.answered(contact="sip:alice@phone.example")
        frontend.zone["phone.example"] = [Hop("TCP", "192.0.2.40", 5080)]
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        assert len(frontend.requests("INFO", ("192.0.2.40", 5080))) == 1

    @pytest.mark.parametrize(
        ("transport", "contact"),
        [("WSS", "sip:x@abc.invalid;transport=ws"), ("TCP", "sip:alice@127.0.0.1:5060")],
        ids=["browser", "behind a NAT"],
    )
    def test_where_nothing_can_be_opened_the_call_ends(self, transport: str, contact: str) -> None:
        frontend, call = self.answered(transport, contact)
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        frontend.advance(0.1)
        assert call.ended
        assert call.view.hangup_cause.sip_status == 503
        frontend.nothing_left()

    def test_our_bye_needs_no_connection(self) -> None:
        frontend, call = self.answered("WS")
        run, _ = frontend.activations[0]
        frontend.decide(run, command("hangup", call))
        frontend.advance(0.1)
        assert call.ended
        frontend.nothing_left()

    def test_a_browser_that_comes_back_is_reached_where_it_came_back(self) -> None:
        frontend, call = self.answered("WS")
        back = Flow("WS", US, ("192.0.2.33", 50000), 8)
        frontend.receive(within(self.answer, "OPTIONS", 2).replace("UDP", "WS"), flow=back)
        requests.send(frontend.exchange, call, "INFO")
        frontend.settle()
        assert [flow for flow, one in frontend.sent if isinstance(one, Request) and one.method == "INFO"] == [back]
