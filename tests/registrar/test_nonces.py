"""Nonces without memory, and the counts of those that were used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.nonces import KEY_SIZE, Nonces

KEY = bytes(range(KEY_SIZE))
NOW = 1_700_000_000


@pytest.fixture
def nonces() -> Nonces:
    return Nonces(KEY, 300)


def issued(nonces: Nonces) -> bytes:
    head = nonces.check(nonces.issue("pbx.test", NOW), "pbx.test", NOW)
    assert head is not None
    return head


class TestCheck:
    @pytest.mark.covers("AU-015")
    def test_ours_until_it_runs_out(self, nonces: Nonces) -> None:
        nonce = nonces.issue("pbx.test", NOW)
        assert nonces.check(nonce, "pbx.test", NOW)
        assert nonces.check(nonce, "pbx.test", NOW + 300)
        assert nonces.check(nonce, "pbx.test", NOW + 301) is None

    def test_not_for_another_realm_nor_from_the_future(self, nonces: Nonces) -> None:
        nonce = nonces.issue("pbx.test", NOW)
        assert nonces.check(nonce, "branch.test", NOW) is None
        assert nonces.check(nonce, "pbx.test", NOW - 1) is None

    @pytest.mark.covers("AU-014")
    def test_outlives_a_restart_with_the_key_and_not_without(self, nonces: Nonces) -> None:
        nonce = nonces.issue("pbx.test", NOW)
        assert Nonces(KEY, 300).check(nonce, "pbx.test", NOW + 5)
        assert Nonces(KEY[::-1], 300).check(nonce, "pbx.test", NOW + 5) is None

    def test_every_letter_counts(self, nonces: Nonces) -> None:
        nonce = nonces.issue("pbx.test", NOW)
        for index, letter in enumerate(nonce):
            changed = nonce[:index] + ("a" if letter != "a" else "b") + nonce[index + 1 :]
            assert nonces.check(changed, "pbx.test", NOW) is None

    def test_two_are_never_alike(self, nonces: Nonces) -> None:
        assert len({nonces.issue("pbx.test", NOW) for _ in range(1000)}) == 1000

    @given(st.text(max_size=40) | st.text("09afAF \u0661", min_size=48, max_size=48))
    def test_noise_is_not_ours(self, noise: str) -> None:
        assert Nonces(KEY, 300).check(noise, "pbx.test", NOW) is None


class TestUse:
    @pytest.mark.covers("AU-009")
    def test_a_count_holds_once(self, nonces: Nonces) -> None:
        head = issued(nonces)
        assert nonces.use(head, 1)
        assert not nonces.use(head, 1)
        assert nonces.use(head, 2)

    @pytest.mark.covers("AU-010")
    def test_gaps_are_fine(self, nonces: Nonces) -> None:
        head = issued(nonces)
        assert [nonces.use(head, count) for count in (1, 7, 1000, 1000)] == [True, True, True, False]

    def test_requests_that_overtake_each_other_are_fine(self, nonces: Nonces) -> None:
        """DE-043: one phone's REGISTER and INVITE share a nonce."""
        head = issued(nonces)
        assert [nonces.use(head, count) for count in (3, 1, 2, 1, 2, 3)] == [True] * 3 + [False] * 3

    def test_too_far_behind_is_refused(self, nonces: Nonces) -> None:
        head = issued(nonces)
        nonces.use(head, 100)
        assert nonces.use(head, 37)
        assert not nonces.use(head, 36)

    def test_without_a_count_once_only(self, nonces: Nonces) -> None:
        head = issued(nonces)
        assert nonces.use(head, 0)
        assert not nonces.use(head, 0)

    @given(st.lists(st.integers(1, 90), max_size=60))
    def test_never_twice(self, counts: list[int]) -> None:
        nonces = Nonces(KEY, 300)
        head = issued(nonces)
        accepted = [count for count in counts if nonces.use(head, count)]
        assert len(set(accepted)) == len(accepted)


@pytest.mark.covers("AU-001")
def test_only_used_nonces_are_remembered_and_not_for_ever(nonces: Nonces) -> None:
    for _ in range(100):
        nonces.issue("pbx.test", NOW)
    assert len(nonces) == 0
    head = issued(nonces)
    nonces.use(head, 1)
    nonces.sweep(NOW + 300)
    assert not nonces.use(head, 1)
    nonces.sweep(NOW + 400)
    assert len(nonces) == 0
