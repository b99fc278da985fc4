"""Every race of races.py, played by SIPp against the running exchange."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.sipp.races import RACES, Race
from tests.interop.sipp.sipp import ADDRESS, HERE, Sipp
from tests.support.exchange import Exchange
from tests.support.ports import bound_udp_ports, free_port

PEER, OTHER, FIRST, SECOND = ("peer", "other", "first", "second")


class Places:
    """Ports of the trunks, by name of the place."""

    def __init__(self) -> None:
        self.port = {name: free_port(ADDRESS) for name in (PEER, OTHER, FIRST, SECOND)}

    def trunks(self) -> list[dict[str, object]]:
        """A trunk for each side of a race, and one with two places."""
        at = {name: f"{ADDRESS}:{port}" for name, port in self.port.items()}
        ones: list[dict[str, object]] = [{"name": name, "peers": [at[name]]} for name in (PEER, OTHER)]
        return [*ones, {"name": "pair", "peers": [at[FIRST], at[SECOND]]}]


@pytest.fixture(scope="module")
def places() -> Places:
    return Places()


@pytest.fixture(scope="module")
def exchange(places: Places) -> Iterator[Exchange]:
    """T1 is 50 ms, so that the repetitions a scenario waits for come soon, and yet not before it can answer."""
    frontend = {"t1_ms": 50, "t2_ms": 400, "t4_ms": 400, "next_target_ms": 400}
    with Exchange(settings={"frontend": frontend}, scripts=[HERE / "scripts.py"], trunks=places.trunks()) as exchange:
        yield exchange
        asyncio.run(exchange.settled())


@pytest.fixture
def playing() -> Iterator[list[Sipp]]:
    """What was started, so that nothing is left."""
    started: list[Sipp] = []
    yield started
    for each in started:
        each.kill()


def _wait_bound(phone: Sipp, port: int) -> None:
    """Whoever is called must be there before anybody calls."""
    deadline = time.monotonic() + 5
    while port not in bound_udp_ports({phone.process.pid}):
        assert phone.process.poll() is None, phone.process.communicate()[0]
        assert time.monotonic() < deadline, f"{phone.scenario} does not listen"
        time.sleep(0.01)


def _parts(race: Race) -> list[tuple[str, str, bool]]:
    """Scenario, place, and whether it is called: in the order to start them."""
    parts = [(race.scenario, race.at, bool(race.caller))]
    if race.callee:
        parts.insert(0, (race.callee, SECOND if race.at == FIRST else OTHER, True))
    if race.caller:
        parts.append((race.caller, OTHER, False))
    return parts


@pytest.mark.parametrize(
    "race", [pytest.param(race, id=str(race), marks=[pytest.mark.long] if race.long else []) for race in RACES]
)
def test_race(race: Race, exchange: Exchange, places: Places, playing: list[Sipp], tmp_path: Path) -> None:
    for scenario, place, called in _parts(race):
        number = "callee" if called else race.number
        phone = Sipp.start(
            scenario,
            tmp_path,
            exchange.sip,
            places.port[place],
            number=number,
            every_message=race.every_message and scenario == race.scenario,
            timeout_s=80 if race.long else 20,
        )
        playing.append(phone)
        if called:
            _wait_bound(phone, places.port[place])
    for phone in playing:
        phone.finish(90)


def _dialog(phone: Sipp, status: int) -> str:
    """The dialog that *phone* has once there is a response with *status*, as Replaces names it."""
    response = phone.wait_for_message(rf"SIP/2\.0 {status} .*?\r?\n\r?\n")
    call_id = re.search(r"^Call-ID:\s*(\S+)", response, re.MULTILINE | re.IGNORECASE)
    tags = [re.search(rf"^{name}:.*?;tag=([^;\s]+)", response, re.MULTILINE) for name in ("To", "From")]
    assert call_id is not None
    assert tags[0] is not None
    assert tags[1] is not None
    return f"{call_id[1]};to-tag={tags[0][1]};from-tag={tags[1][1]}"


def test_replaces(exchange: Exchange, places: Places, playing: list[Sipp], tmp_path: Path) -> None:
    """A third party names the dialog of a call and takes its place (RFC 3891)."""
    replaced = Sipp.start("replaced", tmp_path, exchange.sip, places.port[PEER], number="answered")
    playing.append(replaced)
    keys = {"dialog": _dialog(replaced, 200)}
    playing.append(Sipp.start("replaces", tmp_path, exchange.sip, places.port[OTHER], number="answered", keys=keys))
    for phone in playing:
        phone.finish()


def test_pick_up(exchange: Exchange, places: Places, playing: list[Sipp], tmp_path: Path) -> None:
    """A third party names the dialog of a phone that rings, and talks to its caller instead."""
    ringing = Sipp.start("picked_up", tmp_path, exchange.sip, places.port[PEER])
    playing.append(ringing)
    _wait_bound(ringing, places.port[PEER])
    playing.append(Sipp.start("other_hangs_up", tmp_path, exchange.sip, places.port[OTHER], number="out"))
    keys = {"dialog": _dialog(ringing, 180)}
    playing.append(Sipp.start("picks_up", tmp_path, exchange.sip, places.port[FIRST], number="answered", keys=keys))
    for phone in playing:
        phone.finish()
