"""The table of sources is bounded, and who sends often stays in it."""

from __future__ import annotations

from sip_frontend.guard.sources import Sources
from tests.sip_frontend.guard.support import policy


def test_strangers_without_end_do_not_grow_it() -> None:
    sources = Sources(policy(sources=100))
    for number in range(5000):
        sources.get(f"10.0.{number // 250}.{number % 250}", 0.0)
        sources.get(f"2001:db8:{number:x}::1", 0.0)
        assert len(sources) <= 102


def test_who_sends_all_the_time_is_remembered() -> None:
    sources = Sources(policy(sources=100))
    known = sources.get("192.0.2.1", 0.0)
    for number in range(1000):
        sources.get(f"10.0.{number // 250}.{number % 250}", 0.0)
        assert sources.get("192.0.2.1", 0.0) is known
