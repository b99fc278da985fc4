"""Challenges and credentials: RFC 3261 section 22, RFC 7616, RFC 8760; captured headers of real clients."""

from __future__ import annotations

from typing import Any

import pytest

from sip_frontend.message import SipParseError
from sip_frontend.message.headers import AuthParams
from tests.support.material import material_json


@pytest.mark.covers("AU-007")
def test_quotes_spacing_and_case() -> None:
    auth = AuthParams.parse('digest  Realm = "a, \\"b\\"" ,NONCE="x==" ,qop = auth,nc=00000001,uri="sip:a;b@c"')
    assert auth.scheme == "digest"
    assert auth.params == {"realm": 'a, "b"', "nonce": "x==", "qop": "auth", "nc": "00000001", "uri": "sip:a;b@c"}
    assert auth.get("opaque") == ""


def test_several_challenges_on_one_line() -> None:
    line = 'Digest realm="a", nonce="1", algorithm=SHA-256, qop="auth,auth-int", Digest realm="a", nonce="2"'
    sha, md5 = AuthParams.parse_all(line)
    assert (sha.get("algorithm"), sha.get("qop"), md5.get("nonce")) == ("SHA-256", "auth,auth-int", "2")
    with pytest.raises(SipParseError):
        AuthParams.parse(line)


def test_written_with_quotes_where_they_belong() -> None:
    challenge = AuthParams("Digest", {"realm": "r", "nonce": "n", "algorithm": "MD5", "qop": "auth", "stale": "true"})
    assert str(challenge) == 'Digest realm="r", nonce="n", algorithm=MD5, qop="auth", stale=true'
    credentials = AuthParams("Digest", {"username": 'a"b', "qop": "auth", "nc": "00000001", "response": "f"})
    assert str(credentials) == 'Digest username="a\\"b", qop=auth, nc=00000001, response="f"'
    for value in (challenge, credentials):
        assert AuthParams.parse(str(value)) == value


def test_first_of_two_equal_names_wins_and_a_trailing_comma_is_let_pass() -> None:
    assert AuthParams.parse('Digest nonce="1", nonce="2",').params == {"nonce": "1"}


@pytest.mark.parametrize(
    "text", ["", "Digest", 'realm="x"', "Digest realm", 'Digest realm="x', 'Digest realm="x"y"', 'Digest a b="c"']
)
def test_refused(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        AuthParams.parse(text, "Proxy-Authorization")
    assert caught.value.header == "Proxy-Authorization"


def captured() -> list[str]:
    """Every header value of a real client in the material."""
    found: list[str] = []

    def walk(thing: Any) -> None:
        if isinstance(thing, dict):
            for value in thing.values():
                walk(value)
        elif isinstance(thing, list):
            for value in thing:
                walk(value)
        elif isinstance(thing, str) and thing.startswith("Digest "):
            found.append(thing)

    walk(material_json("digest/wire_captures.json"))
    return found


def test_captured_headers_of_real_clients() -> None:
    lines = captured()
    if not lines:
        pytest.skip(
            "digest/wire_captures.json is not here: set SWITCHROOM_MATERIAL to the folder of published material"
        )
    for line in lines:
        auth = AuthParams.parse(line)
        assert auth.get("realm")
        assert auth.get("nonce")
        assert AuthParams.parse(str(auth)) == auth
