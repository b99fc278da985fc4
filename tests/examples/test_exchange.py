"""The demo exchange, extension by extension."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from call_workers import Cause
from call_workers.loading import load_scripts
from call_workers.testing import Exchange

pytestmark = pytest.mark.asyncio

EXAMPLES = Path(__file__).parents[2] / "examples"
APP = load_scripts([str(EXAMPLES / "exchange" / "app.py")])
USERS = {str(number): 1 for number in range(1001, 1010)} | {"1010": 0}


def exchange() -> Exchange:
    return Exchange(APP, users=USERS)


async def test_600_echoes() -> None:
    async with exchange() as x:
        caller = await x.invite("600")
        assert (caller.state, caller.echo) == ("established", True)
        assert x.sim_runs[0].finished


async def test_strangers_get_nowhere() -> None:
    async with exchange() as x:
        for number in ("600", "601", "602", "603", "604", "1001", "9123", "1099"):
            caller = await x.invite(number, credentials=False)
            assert (number, caller.status) == (number, 403)
        assert x.legs == []


async def test_trunk_peers_need_no_password() -> None:
    async with exchange() as x:
        assert (await x.invite("600", trusted=True, credentials=False)).echo


async def test_601_publishes_and_speaks_each_string() -> None:
    async with exchange() as x:
        caller = await x.invite("601")
        await caller.digits("159#")
        assert caller.playing == ["digits/1.wav", "digits/5.wav", "digits/9.wav"]
        await caller.digits("*0")
        await x.advance(2.9)
        assert len(x.published) == 1
        await x.advance(0.2)
        await caller.digits("#77")
        await caller.hangup()
        assert [(event.name, event.payload) for event in x.published] == [
            ("ivr.digits", {"digits": "159"}),
            ("ivr.digits", {"digits": "*0"}),
            ("ivr.digits", {"digits": ""}),
            ("ivr.digits", {"digits": "77"}),
        ]
        assert x.sim_runs[0].finished


async def test_601_has_a_prompt_for_every_key() -> None:
    spoken = import_module("ivr").spoken  # examples/exchange is on the path since app.py was loaded
    prompts = EXAMPLES / "exchange" / "prompts"
    for file in spoken("0123456789*ABCD"):
        assert (prompts / file).read_bytes()[:4] == b"RIFF"


async def test_601_outlives_its_worker() -> None:
    async with exchange() as x:
        caller = await x.invite("601")
        await caller.digits("12")
        await x.take_over()
        await caller.digits("3#")
        assert [event.payload for event in x.published] == [{"digits": "123"}]


async def test_603_rings_the_group() -> None:
    async with exchange() as x:
        caller = await x.invite("603", from_user="1004")
        assert [leg.user for leg in x.legs] == ["1001", "1002", "1003"]
        await x.leg("1001").busy()
        await x.leg("1002").answer()
        assert caller.mixed_with is x.leg("1002")
        assert x.leg("1003").cause is Cause.LOSE_RACE


async def test_604_plays_before_and_after_the_answer() -> None:
    async with exchange() as x:
        caller = await x.invite("604")
        assert (caller.state, caller.playing) == ("early", ["1000*0.5:3000"])
        await x.advance(3)
        assert (caller.state, caller.heard) == ("established", ["1000*0.5:3000"] * 2)


async def test_people_are_called_and_either_side_hangs_up() -> None:
    async with exchange() as x:
        caller = await x.invite("1002")
        await x.leg("1002").answer()
        await x.leg("1002").hangup()
        assert caller.ended
        other = await x.invite("1003")
        await x.leg("1003").answer()
        await other.hangup()
        assert x.leg("1003").ended


async def test_people_who_cannot_be_reached() -> None:
    async with exchange() as x:
        assert (await x.invite("1010")).status == 480
        assert (await x.invite("1099")).status == 404
        caller = await x.invite("1002")
        await x.advance(30)
        assert caller.status == 408
        caller = await x.invite("1002")
        await x.leg("1002").reject(302, contact="sip:1005@pbx.test")
        await x.leg("1005").answer()
        assert caller.state == "established"


async def test_nine_goes_to_the_carrier_with_the_nine() -> None:
    async with exchange() as x:
        caller = await x.invite("9123")
        leg = x.leg("9123")
        assert leg.message.destination == "sip:9123@carrier"
        await leg.busy()
        assert caller.status == 486


async def test_what_the_upstream_exchange_dials_passes_through() -> None:
    async with exchange() as x:
        await x.invite("5551234", trusted=True, trunk="upstream", name="Ann", host="127.0.0.1")
        leg = x.leg("5551234")
        assert (leg.message.destination, leg.message.caller.name) == ("sip:5551234@carrier", "Ann")
        assert (await x.invite("5551234", trusted=True, trunk="carrier")).status == 404


async def test_602_is_a_room_for_everybody() -> None:
    async with exchange() as x:
        callers = [await x.invite("602", from_user=user) for user in ("1001", "1002", "1003")]
        assert [caller.state for caller in callers] == ["established"] * 3
        assert x.room("602") == callers
        await callers[2].hangup()
        assert x.room("602") == callers[:2]
        assert all(caller.heard == [] for caller in callers)


async def test_605_records_stereo_while_it_echoes() -> None:
    async with exchange() as x:
        caller = await x.invite("605")
        (file,) = caller.recordings
        assert file == "20231114-221320-call-1.wav"
        assert (caller.echo, caller.recordings[file]) == (True, "recording")
        channels = [
            entry.command.record.recorder.channels for entry in x.sim_runs[0].log if entry.command.HasField("record")
        ]
        assert channels == [2]
        await caller.hangup()
        assert caller.recordings[file] == "finished"


async def test_a_blind_transfer_begins_the_script_of_its_target() -> None:
    async with exchange() as x:
        caller = await x.invite("1002", from_user="1001")
        await x.leg("1002").answer()
        await x.leg("1002").refer("603")
        assert [leg.user for leg in x.legs] == ["1002", "1001", "1002", "1003"]
        await x.leg("1003").answer()
        assert caller.mixed_with is x.leg("1003")
        assert (x.legs[0].refer_status, x.legs[0].cause) == (200, Cause.BLIND_TRANSFER)


async def test_what_is_not_built_says_so() -> None:
    async with exchange() as x:
        for number in ("606", "607", "608", "609"):
            caller = await x.invite(number)
            assert caller.status == 404
            assert caller.text.endswith("is not built yet")
