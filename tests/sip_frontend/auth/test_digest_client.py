"""The header that answers a challenge."""

from __future__ import annotations

import pytest

from sip_frontend.auth.digest_client import answer_challenge
from sip_frontend.message import Response, parse_message
from switchroom.digest import Credentials, user_hash


def challenged(*values: str, status: int = 407) -> Response:
    name = "Proxy-Authenticate" if status == 407 else "WWW-Authenticate"
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


@pytest.mark.covers("DR-042", "CM-079")
@pytest.mark.parametrize(("status", "name"), [(401, "Authorization"), (407, "Proxy-Authorization")])
def test_the_answer_proves_the_password(status: int, name: str) -> None:
    response = challenged('Digest realm="r", nonce="n", qop="auth", algorithm=MD5', status=status)
    header = answer_challenge(response, "bob", "zanzibar", method="INVITE", uri="sip:c@d")
    assert header is not None
    assert header[0] == name
    credentials = Credentials.parse(header[1])
    assert credentials.matches(user_hash("MD5", "bob", "r", "zanzibar"), "INVITE")
    assert not credentials.matches(user_hash("MD5", "bob", "r", "wrong"), "INVITE")


def test_the_strongest_of_several_challenges_is_answered() -> None:
    response = challenged(
        'Digest realm="r", nonce="n", algorithm=MD5', 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
    )
    header = answer_challenge(response, "bob", "zanzibar", method="INVITE", uri="sip:c@d")
    assert header is not None
    assert Credentials.parse(header[1]).algorithm == "SHA-256"


@pytest.mark.parametrize("value", ["Basic realm=x", 'Digest realm="r", nonce="n", algorithm=ROT13', "Digest"])
def test_what_cannot_be_answered_is_not(value: str) -> None:
    assert answer_challenge(challenged(value), "bob", "x", method="INVITE", uri="sip:c@d") is None
