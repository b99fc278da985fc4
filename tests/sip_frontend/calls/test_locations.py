"""The frontend's copy of the bindings."""

from __future__ import annotations

import pytest

from sip_frontend.calls.locations import Locations
from switchroom.v1 import registrar_pb2 as pb

AOR = "1002@pbx.test"


def delta(*saved: tuple[str, int], removed: str = "", snapshot: bool = False, end: bool = False) -> pb.BindingDelta:
    made = pb.BindingDelta(snapshot=snapshot, snapshot_end=end)
    for contact, expires_at in saved:
        made.saved.add(aor=AOR, contact=contact).expires_at.seconds = expires_at
    if removed:
        made.removed.add(aor=AOR, contact=removed)
    return made


def contacts(locations: Locations, now: float = 0.0) -> list[str]:
    return [binding.contact for binding in locations.find(AOR, now)]


@pytest.mark.covers("RG-026", "RG-016")
def test_longest_lived_first_and_nothing_that_has_run_out() -> None:
    locations = Locations()
    locations.apply(delta(("sip:a", 100), ("sip:b", 300), ("sip:c", 200)))
    assert contacts(locations) == ["sip:b", "sip:c", "sip:a"]
    assert contacts(locations, 200.0) == ["sip:b"]


@pytest.mark.covers("RG-027")
def test_asking_for_somebody_leaves_nothing_behind() -> None:
    """DE-080: a look-up makes no user and no realm."""
    locations = Locations()
    assert locations.find("nobody@nowhere.test", 0.0) == []
    locations.apply(delta(("sip:a", 100)))
    locations.apply(delta(removed="sip:a"))
    assert (contacts(locations), len(locations)) == ([], 0)


def test_a_snapshot_replaces_all_once_it_is_whole() -> None:
    locations = Locations()
    locations.apply(delta(("sip:old", 100)))
    locations.apply(delta(("sip:new", 100), snapshot=True))
    assert (contacts(locations), locations.complete) == (["sip:old"], False)
    locations.apply(delta(snapshot=True, end=True))
    assert (contacts(locations), locations.complete) == (["sip:new"], True)
