"""The cache of bindings."""

from __future__ import annotations

import pytest

from sip_frontend.calls.locations import Locations
from switchroom.v1 import registrar_pb2 as pb

NOW = 1_000.0


def delta(*contacts: str, snapshot: bool = False, end: bool = False, expires: int = 2000) -> pb.BindingDelta:
    made = pb.BindingDelta(snapshot=snapshot, snapshot_end=end)
    for number, contact in enumerate(contacts):
        saved = made.saved.add(aor="1001@pbx.test", contact=contact)
        saved.expires_at.seconds = expires + number
    return made


def found(locations: Locations) -> list[str]:
    return [binding.contact for binding in locations.find("1001@pbx.test", NOW)]


@pytest.mark.covers("RG-026")
def test_all_devices_are_found_the_longest_lived_first() -> None:
    locations = Locations()
    locations.apply(delta("sip:a", "sip:b"))
    assert found(locations) == ["sip:b", "sip:a"]


def test_a_snapshot_replaces_everything_once_it_has_come_whole() -> None:
    locations = Locations()
    locations.apply(delta("sip:old"))
    locations.apply(delta("sip:a", snapshot=True))
    assert found(locations) == ["sip:old"]
    locations.apply(delta("sip:b", snapshot=True, end=True))
    assert sorted(found(locations)) == ["sip:a", "sip:b"]


def test_half_a_snapshot_of_a_registrar_that_left_is_forgotten() -> None:
    locations = Locations()
    locations.apply(delta("sip:gone", snapshot=True))
    locations.interrupted()
    locations.apply(delta("sip:a", snapshot=True, end=True))
    assert found(locations) == ["sip:a"]


def test_what_has_expired_or_was_removed_is_not_found() -> None:
    locations = Locations()
    locations.apply(delta("sip:late", expires=900))
    locations.apply(delta("sip:a"))
    removed = pb.BindingDelta()
    removed.removed.add(aor="1001@pbx.test", contact="sip:a")
    locations.apply(removed)
    assert found(locations) == []
