"""Delays in buckets, and the two that the layer measures."""

from __future__ import annotations

import pytest

from sip_frontend.transaction.histogram import BOUNDS_S, Histogram


@pytest.mark.covers("DR-029")
def test_a_delay_falls_into_the_first_bucket_that_holds_it() -> None:
    histogram = Histogram()
    for delay_s in (0.0, 0.01, 0.011, 59.0, 61.0):
        histogram.add(delay_s)
    assert histogram.counts[0] == 2
    assert histogram.counts[1] == 1
    assert histogram.counts[-2:] == [1, 1]
    assert len(histogram.counts) == len(BOUNDS_S) + 1
    assert round(histogram.total_s, 3) == 120.021
