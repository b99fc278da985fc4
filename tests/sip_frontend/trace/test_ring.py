"""The last messages, and which of them belong to a call."""

from __future__ import annotations

from sip_frontend.trace import Ring
from sip_frontend.transaction import Flow

FLOW = Flow("UDP", ("192.0.2.1", 5060), ("198.51.100.7", 5062))


def message(call_id: str, user: str = "1001", to: str = "600") -> bytes:
    return (
        f"INVITE sip:{to}@pbx SIP/2.0\r\nFrom: <sip:{user}@pbx>;tag=1\r\nTo: <sip:{to}@pbx>\r\n"
        f"Call-ID: {call_id}\r\n\r\nsip:999@body"
    ).encode()


def found(ring: Ring, about: str, sip_call_ids: frozenset[str] = frozenset()) -> list[float]:
    return [one.at for one in ring.find(about, sip_call_ids)]


def test_it_is_bounded_by_count_and_by_bytes() -> None:
    by_count, by_bytes = Ring(3, 10_000), Ring(100, 250)
    for number in range(10):
        by_count.add(number, False, FLOW, b"x")
        by_bytes.add(number, False, FLOW, b"y" * 100)
    assert len(by_count) == 3
    assert (len(by_bytes), by_bytes.size_bytes) == (2, 200)


def test_a_call_is_found_by_its_call_id_its_number_and_our_id() -> None:
    ring = Ring(100, 100_000)
    ring.add(1, False, FLOW, message("a"))
    ring.add(2, True, FLOW, message("b", "2002", "601"))
    ring.add(3, True, FLOW, b"SIP/2.0 200 OK\r\ni: a\r\n\r\n")
    assert found(ring, "a") == [1, 3]
    assert found(ring, "601") == [2]
    assert found(ring, "1001") == [1, 3]
    assert found(ring, "999") == []
    assert found(ring, "ours", frozenset(("a", "b"))) == [1, 2, 3]
    assert found(ring, "ours") == []
    ring.remember("ours", frozenset(("b",)))
    assert found(ring, "ours") == [2]


def test_a_number_is_not_found_in_a_longer_one() -> None:
    ring = Ring(100, 100_000)
    ring.add(1, False, FLOW, message("a", "11001", "6000"))
    assert found(ring, "1001") == found(ring, "600") == []


def test_none_are_kept_where_none_are_wanted() -> None:
    ring = Ring(0, 1000)
    ring.add(1, False, FLOW, b"x")
    assert len(ring) == 0
