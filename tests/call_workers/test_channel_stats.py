"""Statistics as scripts see them: live by a question, final with the end of the call."""

from __future__ import annotations

import pytest
from google.protobuf.json_format import MessageToJson

from call_workers import Call, ChannelStats
from call_workers.testing import Exchange
from switchroom.v1 import media_pb2
from tests.call_workers.scripts import worker_of

SEEN = ChannelStats(
    packets_received=95,
    packets_lost=5,
    packets_discarded=2,
    concealed_ms=140,
    drops={"source": 3},
    mos=3.9,
    rating=77.5,
)


def test_there_is_a_field_for_each_of_the_contract() -> None:
    assert set(ChannelStats.__struct_fields__) == {field.name for field in media_pb2.ChannelStats.DESCRIPTOR.fields}


def test_it_is_the_same_by_json_and_by_message() -> None:
    wire = media_pb2.ChannelStats()
    SEEN.write(wire)
    assert wire.packets_discarded == 2
    assert ChannelStats.from_wire(wire) == SEEN
    assert ChannelStats.from_json(MessageToJson(wire, preserving_proto_field_name=True)) == SEEN


def test_loss_is_a_share() -> None:
    assert (SEEN.loss, ChannelStats().loss) == (0.05, 0.0)


@pytest.mark.asyncio
async def test_a_script_sees_them_in_mid_call_and_at_the_end() -> None:
    seen: list[ChannelStats | None] = []

    async def script(call: Call) -> None:
        call.on("call.reporting", lambda event: seen.append(event["stats"]))
        await call.answer()
        await call.wait_for_events("1")
        seen.append(await call.audio.stats())

    async with Exchange(worker_of(script)) as x:
        caller = await x.invite("600")
        caller.stats = SEEN
        await caller.digits("1")
        await caller.hangup()
        assert seen == [SEEN, SEEN]


@pytest.mark.asyncio
async def test_a_call_without_media_has_none() -> None:
    seen: list[ChannelStats | None] = []

    async def script(call: Call) -> None:
        call.on("call.reporting", lambda event: seen.append(event["stats"]))
        await call.hangup()

    async with Exchange(worker_of(script)) as x:
        await x.invite("600")
        assert seen == [None]
