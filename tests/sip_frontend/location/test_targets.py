"""From URI to hops without a name server: the rules of RFC 3263 section 4 and its example."""

from __future__ import annotations

import pytest

from sip_frontend.location import Able, Answer, Hop, Naptr, Question, Srv, locate, located_at_once
from sip_frontend.location.records import Kind
from sip_frontend.location.targets import MOST_HOPS
from sip_frontend.message import Uri

ALL = Able(frozenset((name, six) for name in ("UDP", "TCP", "TLS") for six in (False, True)))
NO_TLS = Able(frozenset((name, False) for name in ("UDP", "TCP")))

Zone = dict[tuple[str, str], Answer]

# RFC 3263 section 4.1: the NAPTR and SRV records of example.com.
EXAMPLE: Zone = {
    ("NAPTR", "example.com"): (
        Naptr(50, 50, "s", "SIPS+D2T", "_sips._tcp.example.com"),
        Naptr(90, 50, "s", "SIP+D2T", "_sip._tcp.example.com"),
        Naptr(100, 50, "s", "SIP+D2U", "_sip._udp.example.com"),
    ),
    ("SRV", "_sips._tcp.example.com"): (Srv(0, 1, 5061, "server1.example.com"),),
    ("SRV", "_sip._tcp.example.com"): (
        Srv(0, 1, 5060, "server1.example.com"),
        Srv(0, 2, 5060, "server2.example.com"),
    ),
    ("SRV", "_sip._udp.example.com"): (Srv(0, 1, 5060, "server1.example.com"),),
    ("A", "server1.example.com"): ("192.0.2.1",),
    ("A", "server2.example.com"): ("192.0.2.2",),
}


def hops(uri: str, zone: Zone, able: Able = ALL, drawn: int = 0) -> list[tuple[str, str, int]]:
    return [hop[:3] for hop in found(uri, zone, able, drawn)]


def found(uri: str, zone: Zone, able: Able = ALL, drawn: int = 0) -> list[Hop]:
    policy = locate(Uri.parse(uri), able, lambda most: min(drawn, most))
    try:
        questions = next(policy)
        while True:
            questions = policy.send([_answer(zone, question) for question in questions])
    except StopIteration as result:
        hops: list[Hop] = result.value
        return hops


def _answer(zone: Zone, question: Question) -> Answer:
    kind = "A" if question.kind is Kind.ADDRESS else question.kind.value
    return zone.get((kind, question.name), ())


class TestTransport:
    """Section 4.1."""

    def test_the_example_of_the_rfc(self) -> None:
        assert hops("sip:user@example.com", EXAMPLE, NO_TLS, drawn=3) == [
            ("TCP", "192.0.2.2", 5060),
            ("TCP", "192.0.2.1", 5060),
        ]

    def test_tls_is_what_the_server_prefers_where_we_have_it(self) -> None:
        assert found("sip:user@example.com", EXAMPLE) == [Hop("TLS", "192.0.2.1", 5061, "example.com")]

    def test_sips_takes_no_other_service(self) -> None:
        assert hops("sips:user@example.com", EXAMPLE) == [("TLS", "192.0.2.1", 5061)]
        assert hops("sips:user@example.com", EXAMPLE, NO_TLS) == []

    @pytest.mark.parametrize(
        ("uri", "hop"),
        [
            ("sip:a@192.0.2.9", ("UDP", "192.0.2.9", 5060)),
            ("sip:a@192.0.2.9:5080", ("UDP", "192.0.2.9", 5080)),
            ("sip:a@192.0.2.9;transport=tcp", ("TCP", "192.0.2.9", 5060)),
            ("sip:a@192.0.2.9;transport=tls", ("TLS", "192.0.2.9", 5061)),
            ("sips:a@192.0.2.9", ("TLS", "192.0.2.9", 5061)),
            ("sips:a@192.0.2.9;transport=tcp", ("TLS", "192.0.2.9", 5061)),
            ("sip:a@[2001:db8::1]", ("UDP", "2001:db8::1", 5060)),
            ("sip:a@example.com;maddr=192.0.2.7", ("UDP", "192.0.2.7", 5060)),
        ],
    )
    def test_a_numeric_host_asks_nothing(self, uri: str, hop: tuple[str, str, int]) -> None:
        assert hops(uri, {}) == [hop]
        at_once = located_at_once(Uri.parse(uri))
        assert at_once is not None
        assert at_once[:3] == hop

    @pytest.mark.parametrize("uri", ["sips:a@192.0.2.9;transport=udp", "sip:a@192.0.2.9;transport=carrier-pigeon"])
    def test_what_cannot_be_sent_leads_nowhere(self, uri: str) -> None:
        assert hops(uri, {}) == []
        assert located_at_once(Uri.parse(uri)) is None

    def test_a_port_rules_out_naptr_and_srv(self) -> None:
        zone = EXAMPLE | {("A", "example.com"): ("192.0.2.3",)}
        assert hops("sip:a@example.com:5070", zone) == [("UDP", "192.0.2.3", 5070)]
        assert hops("sips:a@example.com:5070", zone) == [("TLS", "192.0.2.3", 5070)]

    def test_a_transport_parameter_asks_for_its_srv_records_alone(self) -> None:
        assert hops("sip:a@example.com;transport=udp", EXAMPLE) == [("UDP", "192.0.2.1", 5060)]
        assert hops("sip:a@example.com;transport=tls", EXAMPLE) == [("TLS", "192.0.2.1", 5061)]

    def test_without_naptr_the_srv_records_of_our_transports_count(self) -> None:
        zone = {key: value for key, value in EXAMPLE.items() if key[0] != "NAPTR"}
        assert hops("sip:a@example.com", zone) == [
            ("UDP", "192.0.2.1", 5060),
            ("TCP", "192.0.2.1", 5060),
            ("TCP", "192.0.2.2", 5060),
        ]
        assert hops("sips:a@example.com", zone) == [("TLS", "192.0.2.1", 5061)]

    def test_without_any_service_it_is_udp_and_for_sips_tls(self) -> None:
        zone: Zone = {("A", "plain.example"): ("192.0.2.4", "2001:db8::4")}
        assert hops("sip:a@plain.example", zone) == [("UDP", "192.0.2.4", 5060), ("UDP", "2001:db8::4", 5060)]
        assert found("sips:a@plain.example", zone, ALL)[0] == Hop("TLS", "192.0.2.4", 5061, "plain.example")

    def test_only_the_lowest_naptr_order_of_ours_counts_and_preference_sorts_it(self) -> None:
        zone: Zone = EXAMPLE | {
            ("NAPTR", "x.example"): (
                Naptr(10, 20, "S", "sip+d2u", "_sip._udp.example.com"),
                Naptr(10, 10, "s", "SIP+D2T", "_sip._tcp.example.com"),
                Naptr(5, 1, "s", "SIP+D2S", "_sip._sctp.example.com"),
                Naptr(20, 1, "s", "SIPS+D2T", "_sips._tcp.example.com"),
            )
        }
        assert [hop[0] for hop in hops("sip:a@x.example", zone)] == ["TCP", "TCP", "UDP"]

    def test_naptr_with_flag_a_names_a_host(self) -> None:
        zone: Zone = {
            ("NAPTR", "y.example"): (Naptr(1, 1, "a", "SIP+D2T", "h.y.example"),),
            ("A", "h.y.example"): ("192.0.2.5",),
        }
        assert hops("sip:a@y.example", zone) == [("TCP", "192.0.2.5", 5060)]


class TestAddress:
    """Section 4.2."""

    def test_a_target_of_one_dot_says_that_there_is_no_service(self) -> None:
        zone: Zone = {
            ("SRV", "_sip._udp.none.example"): (Srv(0, 0, 0, "."),),
            ("A", "none.example"): ("192.0.2.6",),
        }
        assert hops("sip:a@none.example", zone, NO_TLS) == []

    def test_addresses_of_a_family_we_do_not_speak_are_left_out(self) -> None:
        zone: Zone = {("A", "both.example"): ("2001:db8::1", "192.0.2.8")}
        assert hops("sip:a@both.example", zone, NO_TLS) == [("UDP", "192.0.2.8", 5060)]

    def test_the_certificate_is_that_of_the_domain_not_of_the_server(self) -> None:
        zone: Zone = {
            ("SRV", "_sips._tcp.corp.example"): (Srv(0, 0, 5071, "tls7.hoster.example"),),
            ("A", "tls7.hoster.example"): ("192.0.2.11",),
        }
        assert found("sips:a@corp.example", zone) == [Hop("TLS", "192.0.2.11", 5071, "corp.example")]

    def test_a_zone_without_end_gives_an_end(self) -> None:
        many = tuple(f"192.0.2.{index}" for index in range(1, 200))
        assert len(hops("sip:a@many.example", {("A", "many.example"): many})) == MOST_HOPS

    def test_a_name_server_that_answers_something_else_is_no_harm(self) -> None:
        assert hops("sip:a@odd.example", {("NAPTR", "odd.example"): ("192.0.2.1",)}) == []
