"""What becomes of messages: by their source, by what they look like, by how many there are."""

from __future__ import annotations

import pytest

from sip_frontend.guard import Fault, Guard, Networks, Overload, Verdict
from tests.sip_frontend.guard.support import RESPONSE, STRANGER, guard, message, policy

PASS, DROP, REFUSE, IGNORE = Verdict.PASS, Verdict.DROP, Verdict.REFUSE, Verdict.IGNORE


def verdicts(guarding: Guard, data: bytes, count: int, host: str = STRANGER, now: float = 0.0) -> list[Verdict]:
    return [guarding.judge(data, host, now) for _ in range(count)]


class TestScanners:
    @pytest.mark.covers("DR-026")
    @pytest.mark.parametrize("agent", ["friendly-scanner", "sipcli/v1.8", "SIPCLI", "x FRIENDLY-scanner y"])
    @pytest.mark.parametrize("host", [STRANGER, "127.0.0.1"])
    def test_a_scanner_gets_no_answer_wherever_it_is(self, agent: str, host: str) -> None:
        guarding = guard()
        assert guarding.judge(message("OPTIONS", agent=agent), host, 0.0) is DROP
        assert guarding.drops.scanner == 1

    @pytest.mark.parametrize("sender", ['sip:x@y>;"sipvicious"', "sip:100@1.1.1.1"])
    def test_tricks_are_known_by_the_address(self, sender: str) -> None:
        assert guard().judge(message("OPTIONS", sender=sender), "127.0.0.1", 0.0) is DROP

    def test_tools_and_phones_are_no_scanners(self) -> None:
        assert guard().judge(message("OPTIONS", agent="sipsak 0.9.7"), STRANGER, 0.0) is PASS

    def test_the_word_elsewhere_is_no_trick(self) -> None:
        data = message("MESSAGE") + b"have you heard of sipvicious?\r\nfriendly-scanner"
        assert guard().judge(data, STRANGER, 0.0) is PASS

    def test_the_allow_list_is_not_looked_at(self) -> None:
        allowing = guard(allow=Networks((STRANGER,)))
        assert allowing.judge(message(agent="friendly-scanner"), STRANGER, 0.0) is PASS

    def test_scanners_are_banned_in_the_end(self) -> None:
        guarding = guard(ban_after=10.0)
        verdicts(guarding, message(agent="friendly-scanner"), 2)
        assert guarding.judge(RESPONSE, STRANGER, 1.0) is DROP
        assert guarding.drops.banned == 1


class TestLists:
    def test_denied_networks_are_dropped_and_not_even_connected(self) -> None:
        guarding = guard(deny=Networks(("203.0.113.0/24", "2001:db8::/32")))
        assert guarding.judge(message(), STRANGER, 0.0) is DROP
        assert guarding.judge(message(), "2001:db8:7::1", 0.0) is DROP
        assert not guarding.admits_peer(STRANGER, 0.0)
        assert guarding.judge(message(), "203.0.114.1", 0.0) is PASS

    def test_allow_wins_over_deny(self) -> None:
        guarding = guard(deny=Networks(("0.0.0.0/0",)), allow=Networks(("192.0.2.0/28",)))
        assert guarding.judge(message(), "192.0.2.3", 0.0) is PASS
        assert guarding.judge(message(), "192.0.2.16", 0.0) is DROP

    @pytest.mark.covers("DR-027")
    def test_lists_are_changed_while_running(self) -> None:
        guarding = guard()
        assert guarding.judge(message(), STRANGER, 0.0) is PASS
        guarding.reload(policy(deny=Networks((STRANGER,))))
        assert guarding.judge(message(), STRANGER, 0.0) is DROP
        guarding.reload(policy())
        assert guarding.judge(message(), STRANGER, 0.0) is PASS


class TestRates:
    def test_new_requests_over_the_rate_are_refused_and_come_in_again_later(self) -> None:
        guarding = guard()
        assert verdicts(guarding, message(), 7) == [PASS] * 5 + [REFUSE] * 2
        assert guarding.judge(message(), STRANGER, 1.0) is PASS
        assert guarding.judge(message(), "203.0.113.10", 1.0) is PASS

    def test_established_calls_of_a_source_over_its_rate_go_on(self) -> None:
        guarding = guard()
        verdicts(guarding, message(), 8)
        for data in (message("BYE", to_tag="x"), message("INVITE", to_tag="x"), RESPONSE, message("ACK", to_tag="x")):
            assert guarding.judge(data, STRANGER, 0.0) is PASS

    def test_no_source_may_send_more_than_all_that(self) -> None:
        guarding = guard()
        assert verdicts(guarding, message("BYE", to_tag="x"), 21)[19:] == [PASS, DROP]
        assert guarding.drops.messages_rate == 1

    def test_the_loopback_is_exempt(self) -> None:
        assert set(verdicts(guard(), message(), 100, "127.0.0.1")) == {PASS}
        assert set(verdicts(guard(), message(), 100, "::1")) == {PASS}

    def test_an_ipv6_network_of_64_bits_is_one_source(self) -> None:
        guarding = guard()
        found = [guarding.judge(message(), f"2001:db8::{number:x}", 0.0) for number in range(1, 8)]
        assert found == [PASS] * 5 + [REFUSE] * 2
        assert guarding.judge(message(), "2001:db8:0:1::1", 0.0) is PASS

    def test_refusals_have_a_limit_of_their_own(self) -> None:
        guarding = guard(refusals_per_s=2.0)
        assert [guarding.refuses(0.0) for _ in range(3)] == [True, True, False]
        assert guarding.drops.refusals_rate == 1


class TestEarlyCalls:
    def test_of_one_source(self) -> None:
        guarding = guard(early_of=lambda host: 3 if host == STRANGER else 2)
        assert guarding.judge(message(), STRANGER, 0.0) is REFUSE
        assert guarding.judge(message("REGISTER"), STRANGER, 0.0) is PASS
        assert guarding.judge(message(), "203.0.113.10", 0.0) is PASS

    def test_of_all(self) -> None:
        guarding = guard(early_calls=lambda: 10)
        assert guarding.judge(message(), "127.0.0.1", 0.0) is REFUSE
        assert guarding.judge(message("INVITE", to_tag="x"), "127.0.0.1", 0.0) is PASS


class TestBans:
    @pytest.mark.covers("DR-027")
    def test_faults_ban_for_a_while(self) -> None:
        guarding = guard()
        assert not guarding.fault(STRANGER, Fault.MALFORMED, 0.0)
        assert guarding.fault(STRANGER, Fault.AUTHENTICATION, 0.0)
        assert guarding.judge(RESPONSE, STRANGER, 59.0) is DROP
        assert not guarding.admits_peer(STRANGER, 59.0)
        assert guarding.judge(RESPONSE, STRANGER, 61.0) is PASS
        assert guarding.bans == 1
        guarding.sweep(61.0)
        assert guarding.bans == 0

    def test_faults_fade(self) -> None:
        guarding = guard()
        for at in (0.0, 20.0, 40.0, 60.0):
            assert not guarding.fault(STRANGER, Fault.AUTHENTICATION, at)

    @pytest.mark.parametrize("host", ["127.0.0.1", "198.51.100.7"])
    def test_neither_the_loopback_nor_a_trunk_is_ever_banned(self, host: str) -> None:
        guarding = guard()
        guarding.reload(policy(), frozenset(("198.51.100.7",)))
        for _ in range(50):
            assert not guarding.fault(host, Fault.AUTHENTICATION, 0.0)
        assert guarding.judge(message(), host, 0.0) is PASS

    def test_a_ban_outlives_the_table_of_sources_and_a_reload(self) -> None:
        guarding = guard(sources=10)
        guarding.fault(STRANGER, Fault.SCANNER, 0.0)
        guarding.reload(policy(sources=10))
        for number in range(40):
            guarding.judge(message(), f"198.51.100.{number}", 1.0)
        assert guarding.judge(message(), STRANGER, 2.0) is DROP

    def test_a_trunk_that_becomes_known_is_no_longer_banned(self) -> None:
        guarding = guard()
        guarding.fault(STRANGER, Fault.SCANNER, 0.0)
        guarding.reload(policy(), frozenset((STRANGER,)))
        assert guarding.judge(message(), STRANGER, 1.0) is PASS


class TestOverload:
    def test_new_work_is_refused_and_what_is_under_way_goes_on(self) -> None:
        overload = Overload(0.2, floor_per_s=1.0)
        guarding = Guard(policy(), overload)
        overload.tick(0.5, 0.05)
        overload.tick(0.5, 0.10)
        home = "127.0.0.1"
        assert verdicts(guarding, message(), 2, home, now=0.1) == [PASS, REFUSE]
        assert guarding.judge(message("REGISTER"), home, 0.1) is REFUSE
        assert guarding.judge(message("OPTIONS"), home, 0.1) is REFUSE
        for data in (message("BYE", to_tag="x"), message("ACK"), message("CANCEL"), RESPONSE, message("SUBSCRIBE")):
            assert guarding.judge(data, home, 0.1) is PASS

    def test_the_ack_of_a_refusal_goes_no_further(self) -> None:
        guarding = guard()
        assert guarding.judge(message("ACK", to_tag="guard-7"), STRANGER, 0.0) is IGNORE
        assert guarding.judge(message("ACK", to_tag="7"), STRANGER, 0.0) is PASS
