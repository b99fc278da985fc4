"""Calls by trunk: whose they are, how many, their numbers and names, and where they go next."""

from __future__ import annotations

from sip_frontend.calls.call import Call
from sip_frontend.calls.settings import Trunk, renumbered
from sip_frontend.calls.trunk_table import TrunkState, TrunkTable, user_of
from sip_frontend.message import Request, parse_message
from sip_frontend.transaction import Flow
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import US, Frontend, answering, command, invite, sdp
from tests.sip_frontend.calls.test_dialling import finished

ONE, TWO = ("192.0.2.1", 5060), ("192.0.2.2", 5060)


def with_trunk(**config: object) -> Frontend:
    config.setdefault("peers", (ONE,))
    return Frontend(trunks=(Trunk("carrier", **config),))  # type: ignore[arg-type]


def call_in(frontend: Frontend, *headers: str, to: str = "100", frm: tuple[str, int] = ONE) -> Call:
    extra = "".join(f"{one}\n" for one in headers)
    frontend.receive(invite(to, sdp(), call_id=f"in{len(frontend.activations)}", extra=extra), frm)
    call = frontend.activations[-1][0].first_call
    assert call is not None
    return call


def dial(frontend: Frontend, *numbers: str, headers: str = "", **options: object) -> None:
    """Somebody calls, who is no trunk, and the script dials."""
    frontend.receive(invite("1002", call_id=f"a{len(frontend.activations)}", extra=headers))
    run = frontend.activations[-1][0]
    targets = [pb.DialTarget(trunk=pb.TrunkTarget(trunk="carrier", number=number)) for number in numbers]
    frontend.decide(run, command("dial", run.first_call, targets=targets, **options))


def sole(frontend: Frontend, to: tuple[str, int] = ONE) -> Request:
    (sent,) = frontend.requests("INVITE", to)
    return sent


class TestWhose:
    """The trunk that a call comes from."""

    request = parse_message(invite("100").replace("\n", "\r\n").encode() + b"")

    def whose(self, table: TrunkTable, flow: Flow) -> str:
        assert isinstance(self.request, Request)
        state = table.whose(self.request, flow)
        return state.config.name if state is not None else ""

    def test_over_udp_address_and_port_tell(self) -> None:
        table = TrunkTable((Trunk("a", (ONE,)), Trunk("b", ((ONE[0], 5080),))))
        assert self.whose(table, Flow("UDP", US, ONE)) == "a"
        assert self.whose(table, Flow("UDP", US, (ONE[0], 5080))) == "b"
        assert self.whose(table, Flow("UDP", US, (ONE[0], 5081))) == ""

    def test_a_peer_that_connects_has_any_port_if_its_trunk_is_said_to_connect(self) -> None:
        table = TrunkTable((Trunk("a", (ONE,), transport="tcp"), Trunk("b", (TWO,))))
        assert self.whose(table, Flow("TCP", US, (ONE[0], 49152), 1)) == "a"
        assert self.whose(table, Flow("TLS", US, (ONE[0], 49152), 1)) == ""
        assert self.whose(table, Flow("TCP", US, (TWO[0], 49152), 1)) == ""

    def test_the_user_of_a_uri(self) -> None:
        assert user_of("sip:t1@127.0.0.1:5060") == "t1"
        assert user_of("sip:127.0.0.1") == ""


class TestLimit:
    """``max_calls``: in and out together."""

    def test_a_call_too_many_is_refused_and_one_dialled_goes_elsewhere(self) -> None:
        frontend = with_trunk(max_calls=1)
        call_in(frontend)
        frontend.receive(invite("100", call_id="more"), ONE)
        assert frontend.statuses("INVITE", (ONE[0], 5061))[-1] == 503
        assert frontend.exchange.counters["calls.refused_trunk_full"] == 1
        dial(frontend, "4711")
        assert not frontend.requests("INVITE", ONE)
        assert finished(frontend).cause.sip_status == 503  # type: ignore[attr-defined]

    def test_the_limit_holds_within_one_dial(self) -> None:
        frontend = with_trunk(max_calls=1)
        dial(frontend, "1", "2", "3")
        assert len(frontend.requests("INVITE", ONE)) == 1


class TestNumbers:
    """Prefixes taken and given."""

    def test_the_first_rule_that_fits_is_used(self) -> None:
        rules = (("+4930", ""), ("+49", "0"), ("", "00"))
        assert [renumbered(rules, one) for one in ("+4930123", "+4989123", "123")] == ["123", "089123", "00123"]
        assert renumbered((), "123") == "123"

    def test_numbers_are_rewritten_both_ways(self) -> None:
        frontend = with_trunk(
            in_called=(("+4930", ""),), in_caller=(("0", "+49"),), out_called=(("9", ""),), out_caller=(("", "+4930"),)
        )
        call = call_in(frontend, "P-Asserted-Identity: <sip:0891@carrier>", to="+4930100")
        assert (call.view.called.user, call.view.caller.user) == ("100", "+49891")
        dial(frontend, "94711")
        out = sole(frontend)
        assert out.uri == "sip:4711@192.0.2.1:5060"
        assert "<sip:+4930alice@" in out.from_value


class TestIdentity:
    """RFC 3323, 3325 and their forerunner."""

    def test_a_trusted_peer_says_who_calls_and_one_that_is_not_does_not(self) -> None:
        for trusted, accept, who in ((True, True, "boss"), (True, False, "alice"), (False, True, "alice")):
            frontend = with_trunk(trusted=trusted, accept_identity=accept)
            call = call_in(frontend, 'P-Asserted-Identity: "Boss" <sip:boss@x>')
            assert call.view.caller.user == who
            assert call.view.trusted is trusted

    def test_remote_party_id_counts_and_so_does_its_privacy(self) -> None:
        call = call_in(with_trunk(), "Remote-Party-ID: <sip:boss@x>;party=calling;privacy=full")
        assert (call.view.caller.user, call.view.caller.privacy) == ("boss", True)
        call = call_in(with_trunk(), "Remote-Party-ID: <sip:boss@x>;party=calling;privacy=off")
        assert not call.view.caller.privacy

    def test_privacy_hides_the_caller_from_all_but_a_trusted_trunk(self) -> None:
        frontend = with_trunk()
        dial(frontend, "4711", headers="Privacy: id\n")
        out = sole(frontend)
        assert out.from_value.startswith('"Anonymous" <sip:anonymous@anonymous.invalid>')
        assert out.get("Privacy") == "id"
        assert out.get("P-Asserted-Identity") == "<sip:alice@127.0.0.1>"
        for config in ({"trusted": False}, {"send_identity": ""}):
            frontend = with_trunk(**config)
            dial(frontend, "4711", headers="Privacy: id\n")
            assert b"alice" not in sole(frontend).raw
            assert sole(frontend).get("P-Asserted-Identity") is None

    def test_the_old_header_where_it_is_asked_for(self) -> None:
        frontend = with_trunk(send_identity="rpid")
        dial(frontend, "4711")
        assert sole(frontend).get("Remote-Party-ID") == "<sip:alice@127.0.0.1>;party=calling;screen=yes;privacy=off"

    def test_from_names_the_account_where_the_carrier_wants_that(self) -> None:
        frontend = with_trunk(user="acme", domain="carrier.example", from_account=True)
        dial(frontend, "4711")
        out = sole(frontend)
        assert out.from_value.startswith("<sip:acme@carrier.example>;tag=")
        assert out.uri == out.to_value.strip("<>") == "sip:4711@carrier.example"
        assert out.get("P-Asserted-Identity") == "<sip:alice@carrier.example>"


class TestWays:
    """Several peers, and credentials."""

    def test_a_peer_that_is_silent_is_followed_by_the_next_with_its_own_request_uri(self) -> None:
        frontend = with_trunk(peers=(ONE, TWO))
        dial(frontend, "4711")
        assert sole(frontend, ONE).uri == "sip:4711@192.0.2.1:5060"
        frontend.advance(4.1)
        second = sole(frontend, TWO)
        assert second.uri == "sip:4711@192.0.2.2:5060"
        frontend.receive(answering(second, 200, body=sdp(42000)), TWO)
        assert frontend.requests("ACK", TWO)

    def test_the_transport_of_the_trunk_is_used(self) -> None:
        frontend = with_trunk(transport="tcp")
        dial(frontend, "4711")
        assert sole(frontend).via.transport == "TCP"
        assert sole(frontend).uri == "sip:4711@192.0.2.1:5060;transport=tcp"

    def test_a_service_route_is_followed(self) -> None:
        frontend = with_trunk(user="acme", register=True)
        frontend.exchange.trunks.states["carrier"].service_route = ("<sip:192.0.2.2;lr>",)
        dial(frontend, "4711")
        out = sole(frontend, TWO)
        assert out.get("Route") == "<sip:192.0.2.2;lr>"
        assert out.uri == "sip:4711@192.0.2.1:5060"

    def test_a_challenge_of_the_carrier_is_answered_with_the_account(self) -> None:
        frontend = with_trunk(user="acme", password="zanzibar")
        dial(frontend, "4711")
        challenge = 'Proxy-Authenticate: Digest realm="r", nonce="n", qop="auth"\n'
        frontend.receive(answering(sole(frontend), 407, extra=challenge), ONE)
        assert 'username="acme"' in (frontend.requests("INVITE", ONE)[-1].get("Proxy-Authorization") or "")

    def test_a_number_cannot_escape_from_its_uri(self) -> None:
        state = TrunkState(Trunk("carrier", (ONE,)))
        assert state.ways("47@evil.example;x?y=z")[0][0] == "sip:47%40evil.example;x?y=z@192.0.2.1:5060"

    def test_an_unknown_trunk_is_502(self) -> None:
        frontend = with_trunk()
        frontend.receive(invite("1002"))
        run, _ = frontend.activations[0]
        target = pb.DialTarget(trunk=pb.TrunkTarget(trunk="nobody", number="1"))
        frontend.decide(run, command("dial", run.first_call, targets=[target]))
        assert finished(frontend).cause.sip_status == 502  # type: ignore[attr-defined]
