"""Route sets: RFC 3261 section 12.2.1.1, with its strict routers."""

from __future__ import annotations

import pytest

from sip_frontend.dialog import Dialog, RouteSet
from sip_frontend.message import SipParseError
from tests.sip_frontend.dialog.support import BRANCH, FLOW, OUR_CONTACT, PROXIES, SENT_BY, parsed, request, response

TARGET = "sip:peer@192.0.2.9:5060"


def test_no_routes_go_straight_to_the_target() -> None:
    routes = RouteSet.of(())
    assert routes.address(TARGET) == (TARGET, ())
    assert routes.next_hop(TARGET).host == "192.0.2.9"


def test_loose_router_gets_its_route_and_the_target_stays() -> None:
    routes = RouteSet.of(PROXIES)
    assert routes.address(TARGET) == (TARGET, PROXIES)
    assert routes.next_hop(TARGET).host == "p1.test"


def test_strict_router_becomes_the_request_uri_and_the_target_the_last_route() -> None:
    routes = RouteSet.of(("<sip:p1.test;method=INVITE>", "<sip:p2.test;lr>"))
    assert routes.address(TARGET) == ("sip:p1.test", ("<sip:p2.test;lr>", f"<{TARGET}>"))
    assert routes.next_hop(TARGET).host == "p1.test"


def test_values_on_one_line_and_on_many_are_one_list() -> None:
    mixed = request(record_route=("<sip:p1.test;lr>, <sip:p2.test;lr>", "<sip:p3.test;lr>"))
    assert RouteSet.from_request(mixed).routes == ("<sip:p1.test;lr>", "<sip:p2.test;lr>", "<sip:p3.test;lr>")


def test_response_is_read_backwards() -> None:
    assert RouteSet.from_response(response(200, record_route=PROXIES)).routes == PROXIES[::-1]


def test_route_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(SipParseError):
        RouteSet.of(("<nonsense",))


def test_requests_of_a_dialog_carry_the_routes() -> None:
    dialog = Dialog.uas(request(record_route=PROXIES), "near", FLOW, OUR_CONTACT)
    bye = parsed(dialog.request("BYE", sent_by=SENT_BY, branch=BRANCH))
    assert (bye.uri, tuple(bye.get_all("Route"))) == (TARGET, PROXIES)
    assert dialog.next_hop().host == "p1.test"


def test_requests_through_a_strict_router() -> None:
    dialog = Dialog.uas(request(record_route=("<sip:old.test>", "<sip:p2.test;lr>")), "near", FLOW, OUR_CONTACT)
    ack = parsed(dialog.ack(1, sent_by=SENT_BY, branch=BRANCH))
    assert ack.uri == "sip:old.test"
    assert ack.get_all("Route") == ["<sip:p2.test;lr>", f"<{TARGET}>"]
