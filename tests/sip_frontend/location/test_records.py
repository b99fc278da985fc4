"""The order of SRV records: RFC 2782."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.location.records import Srv, by_priority

SRVS = st.lists(
    st.builds(
        Srv,
        st.integers(0, 3),
        st.integers(0, 0xFFFF),
        st.integers(1, 0xFFFF),
        st.sampled_from(["a.example", "b.example", "c.example"]),
    ),
    max_size=8,
)


@given(SRVS, st.randoms(use_true_random=False))
def test_every_record_is_there_once_and_priorities_only_rise(records: list[Srv], chance: random.Random) -> None:
    ordered = by_priority(records, lambda most: chance.randint(0, most))
    assert Counter(ordered) == Counter(records)
    assert [one.priority for one in ordered] == sorted(one.priority for one in records)


def test_the_draw_decides_within_one_priority() -> None:
    light, heavy = Srv(1, 1, 5060, "light"), Srv(1, 3, 5060, "heavy")
    assert by_priority([heavy, light], lambda most: 0) == [heavy, light]
    assert by_priority([light, heavy], lambda most: 1) == [light, heavy]
    assert by_priority([light, heavy], lambda most: 2) == [heavy, light]


def test_records_are_drawn_as_often_as_they_weigh() -> None:
    records = [Srv(1, 10, 1, "a"), Srv(1, 30, 1, "b"), Srv(1, 60, 1, "c")]
    chance = random.Random(3263)
    first = Counter(by_priority(records, lambda most: chance.randint(0, most))[0].target for _ in range(3000))
    assert 200 < first["a"] < 400
    assert 800 < first["b"] < 1000
    assert 1700 < first["c"] < 1900


def test_weight_zero_goes_first_only_on_a_draw_of_zero() -> None:
    never, often = Srv(1, 0, 5060, "never"), Srv(1, 1, 5060, "often")
    assert by_priority([often, never], lambda most: 0) == [never, often]
    assert by_priority([often, never], lambda most: most) == [often, never]
