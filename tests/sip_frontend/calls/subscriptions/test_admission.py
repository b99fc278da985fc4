"""SUBSCRIBE: RFC 6665 section 4.2.1."""

from __future__ import annotations

import pytest

from sip_frontend.calls.subscriptions import table
from switchroom.errors import PeerLost
from switchroom.v1 import registrar_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend
from tests.sip_frontend.calls.subscriptions.support import (
    CREDENTIALS,
    PHONE,
    Registrar,
    notifies,
    subscribe,
    subscribed,
    take,
)


def asked(text: str, registrar: Registrar | None = None) -> Frontend:
    frontend = Frontend()
    frontend.registrar = registrar or Registrar()
    frontend.receive(text, PHONE)
    return frontend


def statuses(frontend: Frontend) -> list[int]:
    return frontend.statuses("SUBSCRIBE", PHONE)


@pytest.mark.parametrize("event", ["conference", "", "dialog.winfo", "refer"])
def test_an_unknown_package_is_489_with_those_there_are(event: str) -> None:
    frontend = asked(subscribe(event=event))
    assert frontend.response(489, PHONE).get("Allow-Events") == "message-summary, dialog, presence, refer"
    assert not frontend.exchange.subscriptions.by_dialog


def test_a_stranger_is_challenged_and_a_wrong_password_refused() -> None:
    frontend = asked(subscribe(extra=""))
    assert "nonce" in (frontend.response(401, PHONE).get("WWW-Authenticate") or "")
    assert statuses(asked(subscribe(), Registrar(verdict=pb.VERDICT_WRONG))) == [403]


def test_without_a_registrar_nobody_gets_in() -> None:
    frontend = Frontend()
    frontend.registrar = lambda envelope: PeerLost("registrar")
    frontend.receive(subscribe(), PHONE)
    assert frontend.response(503, PHONE).get("Retry-After")


def test_it_is_accepted_and_told_at_once_how_things_are() -> None:
    frontend = asked(subscribe(event="dialog;id=7"))
    accepted = frontend.response(200, PHONE)
    assert (accepted.get("Expires"), accepted.contact is not None, accepted.to_tag != "") == ("600", True, True)
    (notify,) = notifies(frontend)
    assert notify.get("Event") == "dialog;id=7"
    assert notify.get("Subscription-State") == "active;expires=600"
    assert (notify.call_id, notify.from_tag, notify.to_tag) == ("s1", accepted.to_tag, "phone")
    assert notify.uri == "sip:1001@127.0.0.1:5075"
    assert notify.contact is not None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (subscribe(expires=30), 423),
        (subscribe(extra=CREDENTIALS + "Accept: text/plain\n"), 406),
        (subscribe(extra=CREDENTIALS + "Accept: text/plain, application/dialog-info+xml\n"), 200),
        (subscribe(event="message-summary"), 403),
        (subscribe("1001", "message-summary"), 200),
        (subscribe().replace("@127.0.0.1 SIP", "@elsewhere.example SIP"), 404),
        (subscribe().replace("Contact: <sip:1001@127.0.0.1:5075>\n", ""), 400),
    ],
)
def test_what_is_asked_for_is_looked_at(text: str, status: int) -> None:
    frontend = asked(text)
    assert statuses(frontend) == [status]
    assert len(frontend.exchange.subscriptions) == (status == 200)
    if status == 423:
        assert frontend.response(423, PHONE).get("Min-Expires") == "60"


def test_expires_is_the_packages_without_one_and_cut_when_too_long() -> None:
    assert asked(subscribe(expires=None)).response(200, PHONE).get("Expires") == "3600"
    assert asked(subscribe(expires=999_999)).response(200, PHONE).get("Expires") == "7200"


def test_zero_asks_once() -> None:
    frontend = asked(subscribe(expires=0))
    assert take(frontend).get("Subscription-State") == "terminated;reason=timeout"
    assert not len(frontend.exchange.subscriptions)


class TestInside:
    """Section 4.2.1.4: refreshing and unsubscribing."""

    def again(self, frontend: Frontend, **options: object) -> None:
        to_value = frontend.response(200, PHONE).to_value
        frontend.receive(subscribe(cseq=2, to_value=to_value, extra="", **options), PHONE)  # type: ignore[arg-type]

    def test_a_refresh_counts_anew_and_is_told_again(self) -> None:
        frontend = subscribed()
        frontend.advance(500)
        self.again(frontend)
        assert take(frontend).get("Subscription-State") == "active;expires=600"
        frontend.advance(590)
        assert len(frontend.exchange.subscriptions) == 1

    def test_unsubscribing_gets_last_words(self) -> None:
        frontend = subscribed()
        self.again(frontend, expires=0)
        assert take(frontend).get("Subscription-State") == "terminated;reason=timeout"
        assert not frontend.exchange.subscriptions.by_dialog

    def test_another_event_or_dialog_is_481(self) -> None:
        frontend = subscribed()
        self.again(frontend, event="dialog;id=9")
        assert statuses(frontend)[-1] == 481
        tag = frontend.response(200, PHONE).to_value
        frontend.receive(subscribe(cseq=9, to_value=tag, call_id="other"), PHONE)
        assert statuses(frontend)[-1] == 481

    def test_an_older_one_is_500(self) -> None:
        frontend = subscribed(cseq=5)
        self.again(frontend)
        assert statuses(frontend)[-1] == 500

    def test_too_brief_a_refresh_leaves_it_as_it_is(self) -> None:
        frontend = subscribed()
        self.again(frontend, expires=5)
        assert statuses(frontend)[-1] == 423
        assert len(frontend.exchange.subscriptions) == 1


def test_one_user_may_have_so_many() -> None:
    frontend = asked(subscribe())
    for number in range(2, table.MOST_OF_ONE + 2):
        frontend.receive(subscribe(call_id=f"s{number}"), PHONE)
    assert statuses(frontend) == [200] * table.MOST_OF_ONE + [503]
    assert frontend.response(503, PHONE).get("Retry-After")


def test_options_says_which_packages_there_are() -> None:
    text = subscribe(event="", extra="").replace("SUBSCRIBE", "OPTIONS")
    assert "dialog" in (asked(text).response(200, PHONE).get("Allow-Events") or "")
