"""The client's side of digest: challenges in, credentials out."""

from __future__ import annotations

import pytest

from sip_frontend.auth.digest_client import MOST_REALMS, DigestSession
from sip_frontend.message import Response, parse_message
from switchroom.digest import Credentials, user_hash

PLAIN = 'Digest realm="r", nonce="n1", qop="auth", algorithm=MD5'


def challenged(*values: str, status: int = 407, name: str = "") -> Response:
    name = name or ("Proxy-Authenticate" if status == 407 else "WWW-Authenticate")
    lines = [
        f"SIP/2.0 {status} X",
        "Via: SIP/2.0/UDP a;branch=z9hG4bKx",
        "From: <sip:a@b>;tag=1",
        "To: <sip:c@d>;tag=2",
        "Call-ID: x",
        "CSeq: 1 INVITE",
        *(f"{name}: {value}" for value in values),
        "Content-Length: 0",
    ]
    message = parse_message("\r\n".join([*lines, "", ""]).encode())
    assert isinstance(message, Response)
    return message


def session() -> DigestSession:
    return DigestSession("bob", "zanzibar")


def sent(bob: DigestSession, method: str = "INVITE") -> list[Credentials]:
    return [Credentials.parse(value) for _, value in bob.headers(method, "sip:c@d")]


@pytest.mark.covers("DR-042", "CM-079")
@pytest.mark.parametrize(("status", "name"), [(401, "Authorization"), (407, "Proxy-Authorization")])
def test_the_answer_proves_the_password(status: int, name: str) -> None:
    bob = session()
    assert bob.headers("INVITE", "sip:c@d") == []
    assert bob.challenged(challenged(PLAIN, status=status))
    ((header, value),) = bob.headers("INVITE", "sip:c@d")
    assert header == name
    credentials = Credentials.parse(value)
    assert credentials.matches(user_hash("MD5", "bob", "r", "zanzibar"), "INVITE")
    assert not credentials.matches(user_hash("MD5", "bob", "r", "wrong"), "INVITE")


def test_the_strongest_of_several_challenges_of_a_realm_is_answered() -> None:
    bob = session()
    weak, strong = 'Digest realm="r", nonce="n", algorithm=MD5', 'Digest realm="r", nonce="n", algorithm=SHA-256'
    assert bob.challenged(challenged(weak, strong))
    assert [one.algorithm for one in sent(bob)] == ["SHA-256"]


@pytest.mark.parametrize(
    "value",
    [
        "Basic realm=x",
        'Digest realm="r", nonce="n", algorithm=ROT13',
        "Digest",
        'Digest realm="r", nonce="n", qop="none-of-ours"',
    ],
)
def test_what_cannot_be_answered_is_not(value: str) -> None:
    bob = session()
    assert not bob.challenged(challenged(value))
    assert bob.headers("INVITE", "sip:c@d") == []


def test_a_proxy_and_the_server_behind_it_both_get_theirs() -> None:
    bob = session()
    assert bob.challenged(challenged('Digest realm="proxy", nonce="p", qop="auth"'))
    assert len(bob.headers("INVITE", "sip:c@d")) == 1
    assert bob.challenged(challenged('Digest realm="server", nonce="s", qop="auth"', status=401))
    assert [(name, Credentials.parse(value).realm) for name, value in bob.headers("INVITE", "sip:c@d")] == [
        ("Proxy-Authorization", "proxy"),
        ("Authorization", "server"),
    ]


def test_each_use_of_a_nonce_is_counted() -> None:
    bob = session()
    assert bob.challenged(challenged(PLAIN))
    assert [sent(bob, method)[0].nc for method in ("INVITE", "BYE")] == ["00000001", "00000002"]


def test_a_wrong_password_is_not_sent_twice() -> None:
    bob = session()
    assert bob.challenged(challenged(PLAIN))
    sent(bob)
    assert not bob.challenged(challenged(PLAIN.replace("n1", "n2")))


def test_a_stale_nonce_is_replaced() -> None:
    bob = session()
    assert bob.challenged(challenged(PLAIN))
    sent(bob)
    assert bob.challenged(challenged(PLAIN.replace("n1", "n2") + ", stale=true"))
    assert [(one.nonce, one.nc) for one in sent(bob)] == [("n2", "00000001")]


def test_an_old_nonce_refused_without_a_word_of_stale_is_replaced_too() -> None:
    bob = session()
    assert bob.challenged(challenged(PLAIN))
    sent(bob)
    sent(bob)
    assert bob.challenged(challenged(PLAIN.replace("n1", "n2")))
    assert sent(bob)[0].nonce == "n2"


def test_the_next_nonce_is_taken() -> None:
    bob = session()
    assert bob.challenged(challenged(PLAIN, status=401))
    sent(bob)
    bob.accepted(challenged('nextnonce="n9", qop=auth', status=200, name="Authentication-Info"))
    assert [(one.nonce, one.nc) for one in sent(bob)] == [("n9", "00000001")]


def test_a_peer_cannot_make_our_requests_grow_without_end() -> None:
    bob = session()
    for index in range(50):
        bob.challenged(challenged(f'Digest realm="r{index}", nonce="n", qop="auth"'))
    assert len(sent(bob)) == MOST_REALMS
