"""Dialogs: RFC 3261 section 12."""

from __future__ import annotations

import json

import pytest

from sip_frontend.dialog import Dialog, id_at_uac, id_at_uas
from sip_frontend.message import SipParseError
from tests.sip_frontend.dialog.support import (
    BRANCH,
    FLOW,
    OUR_CONTACT,
    PROXIES,
    SENT_BY,
    TLS,
    our_invite,
    parsed,
    request,
    response,
)


def uas(**changes: str) -> Dialog:
    return Dialog.uas(request(**changes), "near", FLOW, OUR_CONTACT)  # type: ignore[arg-type]


def uac(status: int = 200) -> Dialog:
    return Dialog.uac(our_invite(), response(status), FLOW, OUR_CONTACT)


class TestUas:
    """Section 12.1.1."""

    def test_state_comes_from_the_request(self) -> None:
        dialog = Dialog.uas(request(record_route=PROXIES), "near", FLOW, OUR_CONTACT)
        assert dialog.id == ("call-1", "near", "far")
        assert dialog.local_value == "<sip:us@near.test>;tag=near"
        assert dialog.remote_value == '"Peer" <sip:peer@far.test>;tag=far'
        assert dialog.remote_target == "sip:peer@192.0.2.9:5060"
        assert dialog.route_set.routes == PROXIES
        assert (dialog.local_cseq, dialog.remote_cseq, dialog.invite_cseq) == (0, 10, 10)
        assert dialog.early
        dialog.confirm()
        assert not dialog.early

    def test_bye_goes_to_the_contact_with_tags_and_first_cseq(self) -> None:
        bye = parsed(uas().request("BYE", sent_by=SENT_BY, branch=BRANCH))
        assert (bye.method, bye.uri) == ("BYE", "sip:peer@192.0.2.9:5060")
        assert bye.get("Via") == f"SIP/2.0/UDP {SENT_BY};branch={BRANCH};rport"
        assert (bye.from_tag, bye.to_tag, bye.call_id) == ("near", "far", "call-1")
        assert (bye.cseq, bye.cseq_method, bye.max_forwards) == (1, "BYE", 70)
        assert bye.get("Contact") is None
        assert bye.get("Route") is None

    def test_peer_without_tag_is_addressed_without_one(self) -> None:
        """RFC 2543 peers: section 12.1.1, last paragraph."""
        dialog = uas(from_tag="")
        assert dialog.id == ("call-1", "near", "")
        bye = parsed(dialog.request("BYE", sent_by=SENT_BY, branch=BRANCH))
        assert bye.to_tag == ""
        assert id_at_uas(request("BYE", from_tag="", to_tag=";tag=near")) == dialog.id

    def test_request_without_contact_makes_no_dialog(self) -> None:
        with pytest.raises(SipParseError, match="Contact"):
            uas(contact="")

    @pytest.mark.parametrize(("flow", "uri", "secure"), [(TLS, "sips:us@x.test", True), (TLS, "sip:us@x.test", False)])
    def test_secure_needs_sips_and_tls(self, flow: object, uri: str, secure: bool) -> None:
        assert Dialog.uas(request(uri=uri), "near", TLS, OUR_CONTACT).secure is secure
        assert Dialog.uas(request(uri=uri), "near", FLOW, OUR_CONTACT).secure is False


class TestUac:
    """Section 12.1.2."""

    def test_state_comes_from_the_response(self) -> None:
        dialog = Dialog.uac(our_invite(), response(200, record_route=PROXIES), FLOW, OUR_CONTACT)
        assert dialog.id == ("call-2", "near", "far")
        assert dialog.local_value == "<sip:us@near.test>;tag=near"
        assert dialog.remote_value == "<sip:peer@far.test>;tag=far"
        assert dialog.remote_target == "sip:peer@192.0.2.9:5060"
        assert dialog.route_set.routes == PROXIES[::-1]
        assert (dialog.local_cseq, dialog.invite_cseq) == (7, 7)
        assert not dialog.early

    @pytest.mark.covers("DR-050")
    def test_each_to_tag_is_a_dialog_of_its_own(self) -> None:
        one = response(180, to_tag="one", contact="<sip:one@192.0.2.9>")
        two = response(180, to_tag="two", contact="<sip:two@192.0.2.9>")
        first = Dialog.uac(our_invite(), one, FLOW, OUR_CONTACT)
        second = Dialog.uac(our_invite(), two, FLOW, OUR_CONTACT)
        assert first.id == id_at_uac(one) != second.id == id_at_uac(two)
        assert first.early
        assert second.early
        assert first.remote_target == "sip:one@192.0.2.9"

    def test_2xx_decides_route_set_and_target_of_an_early_dialog(self) -> None:
        """Section 13.2.2.4."""
        early = response(183, contact="<sip:early@192.0.2.9>", record_route=PROXIES[:1])
        dialog = Dialog.uac(our_invite(), early, FLOW, OUR_CONTACT)
        dialog.confirm(response(200, contact="<sip:late@192.0.2.9>", record_route=PROXIES))
        assert not dialog.early
        assert dialog.remote_target == "sip:late@192.0.2.9"
        assert dialog.route_set.routes == PROXIES[::-1]

    def test_provisional_without_contact_leaves_the_request_uri(self) -> None:
        dialog = Dialog.uac(our_invite(), response(180, contact=""), FLOW, OUR_CONTACT)
        assert dialog.remote_target == "sip:peer@far.test"

    def test_sips_is_secure(self) -> None:
        invite = our_invite("sips:peer@far.test")
        assert Dialog.uac(invite, response(200, invite=invite), TLS, OUR_CONTACT).secure

    def test_peer_without_tag(self) -> None:
        dialog = Dialog.uac(our_invite(), response(200, to_tag=""), FLOW, OUR_CONTACT)
        assert dialog.id == ("call-2", "near", "")

    def test_ack_has_the_cseq_of_its_invite(self) -> None:
        dialog = uac()
        ack = parsed(dialog.ack(7, [("Proxy-Authorization", "Digest x")], b"sdp", sent_by=SENT_BY, branch=BRANCH))
        assert (ack.cseq, ack.cseq_method, ack.uri) == (7, "ACK", "sip:peer@192.0.2.9:5060")
        assert ack.get("Proxy-Authorization") == "Digest x"
        assert ack.body == b"sdp"
        assert dialog.local_cseq == 7

    def test_each_request_takes_the_next_cseq(self) -> None:
        dialog = uac(180)
        assert parsed(dialog.request("PRACK", sent_by=SENT_BY, branch=BRANCH)).cseq == 8
        assert parsed(dialog.request("INVITE", sent_by=SENT_BY, branch=BRANCH)).cseq == 9
        assert dialog.invite_cseq == 9

    def test_contact_is_added_where_it_refreshes_the_target(self) -> None:
        dialog = uac()
        assert parsed(dialog.request("INVITE", sent_by=SENT_BY, branch=BRANCH)).get_all("Contact") == [OUR_CONTACT]
        own = parsed(dialog.request("UPDATE", [("Contact", "<sip:x@y.test>")], sent_by=SENT_BY, branch=BRANCH))
        assert own.get_all("Contact") == ["<sip:x@y.test>"]
        assert parsed(dialog.request("INFO", sent_by=SENT_BY, branch=BRANCH)).get("Contact") is None


class TestRecord:
    def test_dialog_goes_on_after_a_restart(self) -> None:
        dialog = Dialog.uas(request(record_route=("<sip:old.test>", "<sip:p2.test;lr>")), "near", FLOW, OUR_CONTACT)
        dialog.confirm()
        dialog.request("INFO", sent_by=SENT_BY, branch=BRANCH)
        restored = Dialog.from_record(json.loads(json.dumps(dialog.to_record())))
        assert restored.id == dialog.id
        assert restored.flow == FLOW
        assert restored.early is False
        assert restored.accepts(request("INFO", cseq=9)) == 500
        bye = restored.request("BYE", sent_by=SENT_BY, branch=BRANCH)
        assert bye == dialog.request("BYE", sent_by=SENT_BY, branch=BRANCH)
        assert parsed(bye).cseq == 2

    def test_connection_of_the_old_process_is_not_taken_for_a_new_one(self) -> None:
        dialog = Dialog.uas(request(), "near", TLS, OUR_CONTACT)
        restored = Dialog.from_record(dialog.to_record())
        assert restored.flow.remote == TLS.remote
        assert restored.flow.connection == 0


class TestCSeq:
    """Section 12.2.2."""

    def test_lower_number_is_500_and_gaps_are_allowed(self) -> None:
        dialog = uas()
        assert dialog.accepts(request("INFO", cseq=15)) is None
        assert dialog.accepts(request("BYE", cseq=14)) == 500
        assert dialog.remote_cseq == 15
        assert dialog.accepts(request("BYE", cseq=16)) is None

    def test_ack_and_cancel_count_nothing(self) -> None:
        dialog = uas()
        dialog.accepts(request("INFO", cseq=15))
        assert dialog.accepts(request("ACK", cseq=10)) is None
        assert dialog.remote_cseq == 15

    def test_first_request_of_the_peer_may_have_any_number(self) -> None:
        dialog = uac()
        assert dialog.accepts(request("BYE", cseq=0)) is None
        assert dialog.remote_cseq == 0

    def test_invite_of_the_peer_is_remembered_for_its_ack(self) -> None:
        dialog = uas()
        dialog.accepts(request("INVITE", cseq=11))
        assert dialog.invite_cseq == 11


class TestTarget:
    """Sections 12.2.1.2 and 12.2.2."""

    @pytest.mark.parametrize(
        ("method", "refreshes"), [("INVITE", True), ("UPDATE", True), ("REFER", True), ("INFO", False), ("BYE", False)]
    )
    def test_contact_of_a_target_refresh_request_is_taken(self, method: str, refreshes: bool) -> None:
        dialog = uas()
        dialog.refresh_target(request(method, cseq=11, contact="<sip:moved@198.51.100.1;transport=tcp>"))
        moved = dialog.remote_target == "sip:moved@198.51.100.1;transport=tcp"
        assert moved is refreshes

    def test_route_set_stays(self) -> None:
        dialog = Dialog.uas(request(record_route=PROXIES), "near", FLOW, OUR_CONTACT)
        dialog.refresh_target(request(cseq=11, contact="<sip:moved@198.51.100.1>", record_route=()))
        assert dialog.route_set.routes == PROXIES

    @pytest.mark.parametrize("contact", ["", "*", "<mailto:x@y.test>"])
    def test_no_usable_contact_changes_nothing(self, contact: str) -> None:
        dialog = uas()
        dialog.refresh_target(request(cseq=11, contact=contact))
        assert dialog.remote_target == "sip:peer@192.0.2.9:5060"

    def test_what_a_request_uri_may_not_have_is_left_out(self) -> None:
        dialog = uas(contact="<sip:peer@192.0.2.9;method=INVITE;transport=tcp?Subject=x>")
        assert dialog.remote_target == "sip:peer@192.0.2.9;transport=tcp"
