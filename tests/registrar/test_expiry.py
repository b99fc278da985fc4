"""Bindings run out in time, once, and in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registrar.binding import Binding
from registrar.expiry import Expiry
from switchroom.v1.registrar_pb2 import Binding as BindingMessage


def binding(contact: str, expires_at: int) -> Binding:
    message = BindingMessage(aor="a", contact=contact)
    message.expires_at.seconds = expires_at
    return Binding.from_message(message)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=30), st.lists(st.integers(0, 12), max_size=8)
)
def test_each_runs_out_at_its_last_time_and_once(saves: list[tuple[int, int]], waits: list[int]) -> None:
    expiry = Expiry(10)
    current: dict[str, Binding] = {}
    for name, expires_at in saves:
        contact = str(name)
        if contact in current:
            expiry.discard(current[contact])
        current[contact] = binding(contact, expires_at)
        expiry.add(current[contact])
    now = 10
    for wait in waits:
        now += wait
        due = {contact for _, contact in expiry.due(now)}
        assert due == {contact for contact, one in current.items() if one.expires_at <= now}
        for contact in due:
            del current[contact]


def test_a_clock_that_jumps_far_misses_nothing() -> None:
    expiry = Expiry(1000)
    expiry.add(binding("old", 3))
    expiry.add(binding("new", 5_000_000))
    assert expiry.due(1000) == [("a", "old")]
    assert expiry.due(6_000_000) == [("a", "new")]
    assert expiry.due(500) == []
