"""Digest authentication (RFC 7616, 8760, 2617)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom import digest
from switchroom.digest import Challenge, Credentials, DigestError, digest_response, user_hash

ROOT = Path(os.environ.get("SWITCHROOM_MATERIAL", Path(__file__).parents[3] / "shared" / "material"))

# Source, algorithm, user, realm, password, method, uri, nonce, qop arguments, response.
PUBLISHED: list[tuple[str, str, str, str, str, str, str, str, dict[str, str], str]] = [
    (
        "RFC 2617 section 3.5",
        "MD5",
        "Mufasa",
        "testrealm@host.com",
        "Circle Of Life",
        "GET",
        "/dir/index.html",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        {"qop": "auth", "nc": "00000001", "cnonce": "0a4f113b"},
        "6629fae49393a05397450978507c4ef1",
    ),
    (
        "RFC 7616 section 3.9.1, MD5",
        "MD5",
        "Mufasa",
        "http-auth@example.org",
        "Circle of Life",
        "GET",
        "/dir/index.html",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        {"qop": "auth", "nc": "00000001", "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"},
        "8ca523f5e9506fed4657c9700eebdbec",
    ),
    (
        "RFC 7616 section 3.9.1, SHA-256",
        "SHA-256",
        "Mufasa",
        "http-auth@example.org",
        "Circle of Life",
        "GET",
        "/dir/index.html",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        {"qop": "auth", "nc": "00000001", "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"},
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ),
    (
        "draft-smith-sipping-auth-examples section 3.1, no qop",
        "MD5",
        "bob",
        "biloxi.com",
        "zanzibar",
        "INVITE",
        "sip:bob@biloxi.com",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        {},
        "bf57e4e0d0bffc0fbaedce64d59add5e",
    ),
    (
        "draft-smith-sipping-auth-examples section 3.3, auth",
        "MD5",
        "bob",
        "biloxi.com",
        "zanzibar",
        "INVITE",
        "sip:bob@biloxi.com",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        {"qop": "auth", "nc": "00000001", "cnonce": "0a4f113b"},
        "89eb0059246c02b2f6ee02c7961d5ea3",
    ),
    (
        "draft-smith-sipping-auth-examples, MD5-sess",
        "MD5-sess",
        "bob",
        "biloxi.com",
        "zanzibar",
        "INVITE",
        "sip:bob@biloxi.com",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        {"qop": "auth", "nc": "00000001", "cnonce": "0a4f113b"},
        "e4e4ea61d186d07a92c9e1f6919902e9",
    ),
]


@pytest.mark.covers("AU-005")
@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector[0])
def test_published_vectors(
    vector: tuple[str, str, str, str, str, str, str, str, dict[str, str], str],
) -> None:
    _, algorithm, user, realm, password, method, uri, nonce, qop, response = vector
    ha1 = user_hash(algorithm, user, realm, password)
    assert digest_response(algorithm, ha1, method, uri, nonce, **qop, body=b"") == response


def captures() -> list[Any]:
    file = ROOT / "digest" / "wire_captures.json"
    if not file.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="digest/ is not here (SWITCHROOM_MATERIAL)"))]
    vectors = json.loads(file.read_text())["vectors"]
    return [pytest.param(vector, id=f"{index}-{vector['client']}") for index, vector in enumerate(vectors)]


@pytest.mark.parametrize("vector", captures())
def test_captured_headers_of_real_clients(vector: dict[str, str]) -> None:
    read = Credentials.parse(vector["value"])
    ha1 = user_hash(read.algorithm, vector["username"], vector["realm"], vector["password"])
    assert read.matches(ha1, vector["method"])
    assert not read.matches(ha1, "OPTIONS")
    assert not read.matches(ha1[:-1] + ("0" if ha1[-1] != "0" else "1"), vector["method"])
    assert Credentials.parse(str(read)) == read


WRITTEN = Credentials("bob", "pbx.test", "n0nce", "sip:pbx.test", "ab" * 16, "MD5", "auth", "c~1/+=", "0000000a")


@pytest.mark.covers("AU-007")
@pytest.mark.parametrize(
    "value",
    [
        'Digest username="bob", realm="pbx.test", nonce="n0nce", uri="sip:pbx.test", response="' + "ab" * 16 + '", '
        'cnonce="c~1/+=", qop=auth, nc=0000000a',
        'dIGEST\r\n USERNAME="bob",\r\n\tRealm="pbx.test" , Nonce="n0nce",URI = "sip:pbx.test" ,RESPONSE="'
        + "ab" * 16
        + '",CNonce="c~1/+=",QOP=auth,NC=0000000a ',
        'Digest\tnc="0000000a",qop="auth",algorithm="MD5",,cnonce="c~1/+=",response=' + "ab" * 16 + ","
        'uri="sip:pbx.test",nonce=n0nce,realm="pbx.test",username="b\\ob",future="a, b=\\"c\\"",',
    ],
)
def test_every_way_of_writing_reads_the_same(value: str) -> None:
    assert Credentials.parse(value) == WRITTEN


def test_count_is_hexadecimal_and_0_without_qop() -> None:
    assert WRITTEN.count == 10
    assert Credentials("u", "r", "n", "uri", "x").count == 0


def test_user_names_beyond_ascii() -> None:
    value = "Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm=\"r\", nonce=n, uri=u, response=x"
    assert Credentials.parse(value).username == "Jäsøn Doe"


@pytest.mark.covers("AU-009")
@pytest.mark.parametrize(
    "value",
    [
        "",
        "Digest",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        'Digest username="bob"',
        'Digest username="bob, realm="r", nonce="n", uri="u", response="x"',
        'Digest username="u", realm="r", nonce="n", uri="u", response="x" "y"',
        'Digest username*=latin-1\'\'x, realm="r", nonce="n", uri="u", response="x"',
        'Digest username="u", realm="r", nonce="n", uri="u", response="x", qop=auth, nc=00000001',
        'Digest username="u", realm="r", nonce="n", uri="u", response="x", qop=auth, cnonce=c, nc=0000000g',
        'Digest username="u", realm="r", nonce="n", uri="u", response="x", qop=auth, cnonce=c, nc=-1',
        'Digest username="u", realm="r", nonce="n", uri="u", response="x", qop=auth, cnonce=c, nc=000000001',
        'Digest username="u", realm="r", nonce="n", uri="u", response="x", qop=auth, cnonce=c',
        'Digest username="u", realm="r", nonce="n", uri="u", response="x", qop=vouched, cnonce=c, nc=00000001',
    ],
)
def test_what_is_missing_or_broken_is_refused(value: str) -> None:
    with pytest.raises(DigestError) as caught:
        Credentials.parse(value)
    assert caught.value.status_hint == 400


def test_hostile_text_costs_no_more_than_its_length() -> None:
    began = time.process_time()
    for text in ("a" * 60000, "a=" + " " * 60000 + 'x"', 'x="' + "\\a" * 30000, 'a=" ' * 15000):
        with pytest.raises(DigestError):
            Credentials.parse("Digest " + text)
    assert time.process_time() - began < 2


def test_unknown_algorithm_is_refused() -> None:
    with pytest.raises(DigestError, match="SHA-1"):
        user_hash("SHA-1", "u", "r", "p")


class TestChallenge:
    @pytest.mark.covers("AU-003")
    def test_written_as_clients_expect_it(self) -> None:
        challenge = Challenge("pbx.test", "abc", "SHA-256", opaque="o", stale=True)
        assert str(challenge) == (
            'Digest realm="pbx.test", nonce="abc", algorithm=SHA-256, qop="auth", opaque="o", stale=true'
        )
        assert "stale" not in str(Challenge("pbx.test", "abc"))

    def test_of_an_old_server(self) -> None:
        assert Challenge.parse('Digest realm="atlanta.com", nonce="f84f1c"') == Challenge(
            "atlanta.com", "f84f1c", "MD5", ()
        )

    def test_parameters_in_any_case(self) -> None:
        read = Challenge.parse('digest Realm="a \\"b\\"", NONCE="n", Qop="AUTH, auth-int", stale=TRUE, domain="sip:x"')
        assert read == Challenge('a "b"', "n", "MD5", ("auth", "auth-int"), None, True)

    @pytest.mark.parametrize("value", ['Digest realm="x"', 'Digest nonce="n"', "NTLM", 'Digest realm="x", nonce=""'])
    def test_unusable(self, value: str) -> None:
        with pytest.raises(DigestError):
            Challenge.parse(value)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)


@given(TEXT.filter(bool), TEXT, st.sampled_from(["MD5", "SHA-256", "MD5-sess", "SHA-256-sess", "SHA-512-256"]), TEXT)
def test_what_a_client_answers_a_server_lets_in(nonce: str, password: str, algorithm: str, user: str) -> None:
    for qop in ((), ("auth",), ("auth-int",), ("auth-int", "auth")):
        challenge = Challenge.parse(str(Challenge("pbx.test", nonce, algorithm, qop, opaque='"')))
        sent = digest.answer(challenge, user, password, "INVITE", "sip:1001@pbx.test", count=3, cnonce="c", body=b"v=0")
        read = Credentials.parse(str(sent))
        assert read == sent
        assert read.matches(user_hash(algorithm, user, "pbx.test", password), "INVITE", b"v=0")
        assert not read.matches(user_hash(algorithm, user, "pbx.test", password + "x"), "INVITE", b"v=0")


def test_auth_int_covers_the_body() -> None:
    challenge = Challenge("pbx.test", "n", qop=("auth-int",))
    sent = digest.answer(challenge, "u", "p", "INVITE", "sip:x", cnonce="c", body=b"v=0")
    ha1 = user_hash("MD5", "u", "pbx.test", "p")
    assert sent.matches(ha1, "INVITE", b"v=0")
    assert not sent.matches(ha1, "INVITE", b"v=1")


def test_no_usable_qop_is_an_error() -> None:
    with pytest.raises(DigestError):
        digest.answer(Challenge("r", "n", qop=("token",)), "u", "p", "INVITE", "sip:x", cnonce="c")


@given(st.text(max_size=200))
def test_noise_is_refused_or_read_but_never_worse(noise: str) -> None:
    for value in (noise, "Digest " + noise):
        for reader in (Credentials.parse, Challenge.parse):
            try:
                reader(value)
            except DigestError:
                continue
