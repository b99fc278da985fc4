"""Who is let in (RFC 3261 section 22, RFC 7616, RFC 8760)."""

from __future__ import annotations

import pytest

from registrar.aor import Domain
from registrar.authenticator import Authenticator
from registrar.nonces import KEY_SIZE, Nonces
from registrar.users import User, Users
from switchroom.digest import Challenge, answer, user_hash
from switchroom.v1.registrar_pb2 import (
    VERDICT_ACCEPTED,
    VERDICT_MALFORMED,
    VERDICT_NO_CREDENTIALS,
    VERDICT_REPLAYED,
    VERDICT_STALE,
    VERDICT_UNKNOWN_USER,
    VERDICT_WRONG,
    Verdict,
)

NOW = 1_700_000_000
BOTH = Domain("pbx.test", ("SHA-256", "MD5"))
MD5_ALONE = Domain("pbx.test")


@pytest.fixture
def authenticator() -> Authenticator:
    hashes = {name: user_hash(name, "1001", "pbx.test", "secret") for name in BOTH.algorithms}
    return Authenticator(Users([User("1001", "pbx.test", "Ada", 0, hashes)]), Nonces(bytes(KEY_SIZE), 300))


def credentials(
    challenge: str, *, user: str = "1001", password: str = "secret", count: int = 1, method: str = "REGISTER"
) -> str:
    given = Challenge.parse(challenge)
    return str(answer(given, user, password, method, "sip:pbx.test", count=count, cnonce="0a4f113b"))


def verdict(authenticator: Authenticator, *values: str, now: float = NOW, domain: Domain = MD5_ALONE) -> Verdict:
    return authenticator.judge(values, "REGISTER", b"", domain, now).verdict


def challenge(authenticator: Authenticator, domain: Domain = MD5_ALONE) -> str:
    return authenticator.challenges(domain, NOW)[0]


class TestChallenges:
    def test_md5_alone_by_default(self, authenticator: Authenticator) -> None:
        (value,) = authenticator.challenges(MD5_ALONE, NOW)
        assert Challenge.parse(value).algorithm == "MD5"

    @pytest.mark.covers("AU-003", "AU-015")
    def test_one_for_each_algorithm_best_first(self, authenticator: Authenticator) -> None:
        read = [Challenge.parse(value) for value in authenticator.challenges(BOTH, NOW, stale=True)]
        assert [(one.algorithm, one.qop, one.stale) for one in read] == [
            ("SHA-256", ("auth",), True),
            ("MD5", ("auth",), True),
        ]


class TestVerdict:
    @pytest.mark.covers("AU-015")
    @pytest.mark.parametrize("index", [0, 1])
    def test_right_credentials_in_any_offered_algorithm(self, authenticator: Authenticator, index: int) -> None:
        value = credentials(authenticator.challenges(BOTH, NOW)[index])
        judged = authenticator.judge([value], "REGISTER", b"", BOTH, NOW)
        assert judged.verdict == VERDICT_ACCEPTED
        assert judged.user is not None
        assert judged.user.display == "Ada"

    def test_an_algorithm_that_was_not_offered_is_not_taken(self, authenticator: Authenticator) -> None:
        value = credentials(challenge(authenticator, BOTH))
        assert verdict(authenticator, value) == VERDICT_NO_CREDENTIALS
        sess = credentials(str(Challenge.parse(challenge(authenticator))).replace("=MD5", "=MD5-sess"))
        assert verdict(authenticator, sess) == VERDICT_NO_CREDENTIALS

    @pytest.mark.covers("RG-012")
    def test_wrong_password_and_wrong_method(self, authenticator: Authenticator) -> None:
        assert verdict(authenticator, credentials(challenge(authenticator), password="x")) == VERDICT_WRONG
        assert verdict(authenticator, credentials(challenge(authenticator), method="INVITE")) == VERDICT_WRONG

    @pytest.mark.covers("RG-010")
    def test_unknown_user(self, authenticator: Authenticator) -> None:
        assert verdict(authenticator, credentials(challenge(authenticator), user="9")) == VERDICT_UNKNOWN_USER

    @pytest.mark.covers("RG-013", "AU-014", "AU-008", "AU-011")
    def test_foreign_and_old_nonces_are_stale_not_wrong(self, authenticator: Authenticator) -> None:
        """DE-042: a phone that was here before a restart is asked again, not thrown out."""
        made_up = credentials('Digest realm="pbx.test", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", qop="auth"')
        assert verdict(authenticator, made_up) == VERDICT_STALE
        assert verdict(authenticator, credentials(challenge(authenticator)), now=NOW + 301) == VERDICT_STALE

    @pytest.mark.covers("RG-009")
    def test_the_same_count_again_is_a_replay_the_next_one_is_not(self, authenticator: Authenticator) -> None:
        given = challenge(authenticator)
        assert [verdict(authenticator, credentials(given, count=count)) for count in (1, 1, 2)] == [
            VERDICT_ACCEPTED,
            VERDICT_REPLAYED,
            VERDICT_ACCEPTED,
        ]

    def test_a_wrong_try_spends_nothing(self, authenticator: Authenticator) -> None:
        given = challenge(authenticator)
        verdict(authenticator, credentials(given, password="x"))
        assert verdict(authenticator, credentials(given)) == VERDICT_ACCEPTED

    def test_a_client_without_qop_is_let_in_once_for_each_nonce(self, authenticator: Authenticator) -> None:
        value = credentials(challenge(authenticator).replace(', qop="auth"', ""))
        assert verdict(authenticator, value) == VERDICT_ACCEPTED
        assert verdict(authenticator, value) == VERDICT_REPLAYED

    @pytest.mark.covers("AU-012", "AU-013")
    def test_cnonce_may_come_again_and_the_uri_may_be_another(self, authenticator: Authenticator) -> None:
        for _ in range(2):
            given = Challenge.parse(challenge(authenticator))
            value = str(answer(given, "1001", "secret", "REGISTER", "sip:anywhere.test;x", cnonce="same"))
            assert verdict(authenticator, value) == VERDICT_ACCEPTED

    @pytest.mark.covers("AU-006", "AU-008")
    def test_the_credentials_for_our_realm_are_found_among_others(self, authenticator: Authenticator) -> None:
        ours = credentials(challenge(authenticator))
        other = ours.replace('realm="pbx.test"', 'realm="elsewhere.test"')
        assert verdict(authenticator) == VERDICT_NO_CREDENTIALS
        assert verdict(authenticator, other) == VERDICT_NO_CREDENTIALS
        assert verdict(authenticator, "Bearer x", other, ours) == VERDICT_ACCEPTED

    def test_what_cannot_be_read(self, authenticator: Authenticator) -> None:
        assert verdict(authenticator, 'Digest username="1001') == VERDICT_MALFORMED
        strange = credentials(challenge(authenticator)).replace("algorithm=MD5", "algorithm=SHA-1")
        assert verdict(authenticator, strange) == VERDICT_MALFORMED
