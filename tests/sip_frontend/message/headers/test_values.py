"""Header values that are read, compared field by field and written back."""

from __future__ import annotations

import pytest

from sip_frontend.message import SipParseError
from sip_frontend.message.headers import (
    DialogId,
    Event,
    MediaType,
    RAck,
    Reason,
    ReferTo,
    RetryAfter,
    SessionExpires,
    SubscriptionState,
    WarningValue,
    accepts,
    parse_delta_s,
    parse_privacy,
    parse_reasons,
    parse_rseq,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1800", SessionExpires(1800)),
        ("1800;refresher=uac", SessionExpires(1800, "uac")),
        ("90 ; refresher = UAS ; x", SessionExpires(90, "uas")),
        ("90;refresher=nobody", SessionExpires(90)),
    ],
)
def test_session_expires(text: str, value: SessionExpires) -> None:
    assert SessionExpires.parse(text) == value
    assert SessionExpires.parse(str(value)) == value


def test_rack_and_rseq() -> None:
    rack = RAck.parse("776656  1\tINVITE")
    assert rack == RAck(776656, 1, "INVITE")
    assert str(rack) == "776656 1 INVITE"
    assert parse_rseq(" 988789 ") == 988789


class TestDialogId:
    def test_replaces(self) -> None:
        value = DialogId.parse("12345@149.112.118.3;to-tag=12345;from-tag=54321;early-only")
        assert value == DialogId("12345@149.112.118.3", "12345", "54321", early_only=True)
        assert DialogId.parse(str(value)) == value

    def test_target_dialog_names_the_tags_from_the_other_side(self) -> None:
        value = DialogId.parse("a@b;local-tag=theirs;remote-tag=ours", "Target-Dialog")
        assert (value.to_tag, value.from_tag) == ("ours", "theirs")

    @pytest.mark.parametrize(
        "text", ["", "a", "a;to-tag=1", "a;from-tag=1", ";to-tag=1;from-tag=2", "a b;to-tag=1;from-tag=2"]
    )
    def test_incomplete(self, text: str) -> None:
        with pytest.raises(SipParseError) as caught:
            DialogId.parse(text)
        assert caught.value.header == "Replaces"


class TestReferTo:
    def test_blind(self) -> None:
        refer = ReferTo.parse('"Bob" <sip:bob@b.com;method=INVITE;x=y?Subject=a>')
        assert (str(refer.uri), refer.display, refer.method, refer.replaces) == (
            "sip:bob@b.com;x=y",
            "Bob",
            "INVITE",
            None,
        )

    def test_attended(self) -> None:
        refer = ReferTo.parse("<sip:c@d?Replaces=090459243588173445%3Bto-tag%3D9m2n3wq%3Bfrom-tag%3D763231>")
        assert refer.replaces == DialogId("090459243588173445", "9m2n3wq", "763231")
        assert ReferTo.parse(str(refer)) == refer

    def test_other_method(self) -> None:
        refer = ReferTo.parse("<sip:c@d;method=SUBSCRIBE>")
        assert refer.method == "SUBSCRIBE"
        assert ReferTo.parse(str(refer)) == refer

    def test_bad_replaces_is_not_a_blind_transfer(self) -> None:
        with pytest.raises(SipParseError):
            ReferTo.parse("<sip:c@d?Replaces=abc>")


class TestReason:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('SIP ;cause=200 ;text="Call completed elsewhere"', Reason("SIP", 200, "Call completed elsewhere")),
            ('Q.850;cause=16;text="Terminated"', Reason("Q.850", 16, "Terminated")),
            ("sip", Reason("SIP")),
            ("q.850;cause=x", Reason("Q.850")),
        ],
    )
    def test_forms(self, text: str, value: Reason) -> None:
        assert Reason.parse(text) == value
        assert Reason.parse(str(value)) == value

    def test_lists_skip_what_cannot_be_read(self) -> None:
        lines = ['SIP;cause=480;text="a, b", ;;, Q.850;cause=19', "x y;"]
        assert parse_reasons(lines) == [Reason("SIP", 480, "a, b"), Reason("Q.850", 19)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18000;duration=3600", RetryAfter(18000, 3600)),
        ("120 (I'm in a meeting; sorry)", RetryAfter(120)),
        ("5 (soon);duration=9", RetryAfter(5, 9)),
    ],
)
def test_retry_after(text: str, value: RetryAfter) -> None:
    assert RetryAfter.parse(text) == value
    assert RetryAfter.parse(str(value)) == value


def test_event() -> None:
    event = Event.parse("presence.winfo ; id=7;x")
    assert (event.package, event.id, str(event)) == ("presence.winfo", "7", "presence.winfo;id=7;x")
    assert Event.parse("refer").id == ""
    with pytest.raises(SipParseError):
        Event.parse("a b")


def test_subscription_state() -> None:
    state = SubscriptionState.parse("Terminated;reason=NoResource;retry-after=10")
    assert state == SubscriptionState("terminated", "noresource", None, 10)
    assert state.terminated
    assert str(SubscriptionState("active", expires_s=60)) == "active;expires=60"
    assert str(state) == "terminated;reason=noresource;retry-after=10"
    with pytest.raises(SipParseError):
        SubscriptionState.parse("")


class TestMediaType:
    def test_parts(self) -> None:
        media = MediaType.parse('Multipart / MIXED; Boundary="a;b"')
        assert (media.type, media.param("boundary"), media.param("x")) == ("multipart/mixed", "a;b", None)
        assert str(media) == 'multipart/mixed;boundary="a;b"'

    @pytest.mark.parametrize("text", ["", "text", "text/", "/plain", "a b/c"])
    def test_refused(self, text: str) -> None:
        with pytest.raises(SipParseError):
            MediaType.parse(text)

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (None, True),
            ([], False),
            (["application/sdp"], True),
            (["text/plain", "application/*;q=0.2"], True),
            (["*/*"], True),
            (["application/sdp;q=0.0"], False),
            (["nonsense", "text/nobodyKnowsThis"], False),
        ],
    )
    def test_accepts(self, values: list[str] | None, expected: bool) -> None:
        assert accepts(values, "application/sdp") is expected
        assert not accepts(None, "text/plain")


def test_warning() -> None:
    warning = WarningValue.parse('307 isi.edu:5060 "Session parameter \\"foo\\" not understood"')
    assert warning == WarningValue(307, "isi.edu:5060", 'Session parameter "foo" not understood')
    assert WarningValue.parse(str(warning)) == warning
    with pytest.raises(SipParseError):
        WarningValue.parse("1812 overture x")


def test_privacy() -> None:
    assert parse_privacy(["id;header", "Critical, none"]) == {"id", "header", "critical", "none"}
    assert parse_privacy([]) == frozenset()


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        (None, 7, 7),
        ("60", None, 60),
        (" 060 ", None, 60),
        ("x", 3600, 3600),
        ("9" * 100, 3600, 3600),
        ("-1", None, None),
    ],
)
def test_delta_seconds_never_fail(text: str | None, default: int | None, expected: int | None) -> None:
    assert parse_delta_s(text, default) == expected
