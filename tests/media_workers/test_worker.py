"""The worker on a real bus, with real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from switchroom.bus.status import StatusRound
from switchroom.errors import RequestRefused
from switchroom.v1 import envelope_pb2 as pb
from switchroom.v1 import media_pb2 as media
from switchroom.v1.common_pb2 import ROLE_MEDIA_WORKER
from tests.media_workers.engine.rig import Peer
from tests.media_workers.office import MediaOffice, spec
from tests.support.ports import has_ipv6
from tests.switchroom.bus.exchange import until

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[MediaOffice]:
    async with MediaOffice(tmp_path) as office:
        yield office


@pytest.fixture
def phone() -> Any:
    phone = Peer()
    yield phone
    phone.socket.close()


async def heard(phone: Peer, count: int = 1) -> list[bytes]:
    """Payloads that reach a phone, without holding up the loop."""
    packets = await asyncio.to_thread(phone.hear, count)
    return [packet.payload for packet in packets]


@pytest.mark.covers("ND-002", "ND-004")
async def test_joins_with_its_role_and_capacity(office: MediaOffice) -> None:
    hello = office.peer.hello
    assert (hello.role, hello.name, hello.capacity) == (ROLE_MEDIA_WORKER, "media-1", 1000)
    assert hello.pid > 0
    assert hello.host


@pytest.mark.covers("EN-005", "EN-008", "ND-005")
async def test_a_granted_port_answers_at_once(office: MediaOffice, phone: Peer) -> None:
    block = await office.block()
    assert (block.pairs, block.first_port % 2, block.advertised_address) == (64, 0, "127.0.0.1")
    assert await office.set(spec(block.first_port, phone.address, echo=True)) == 1
    await settled(office)
    phone.talk(block.first_port, b"hello")
    assert await heard(phone) == [b"hello"]
    closed = await office.close("c1")
    assert (closed.reason, closed.stats.packets_received, closed.stats.codec_in) == ("requested", 1, "PCMU")


async def settled(office: MediaOffice) -> None:
    """The packet thread has opened what it was told to: opening throws away what came before."""
    envelope = pb.Envelope()
    envelope.channel_stats_request.channel_id = "c1"
    await office.ask(envelope)


@pytest.mark.covers("EN-001")
async def test_ports_run_out_with_a_clear_refusal_and_come_back(office: MediaOffice) -> None:
    blocks = [await office.block(), await office.block()]
    with pytest.raises(RequestRefused) as refused:
        await office.block()
    assert refused.value.code == "ERROR_CODE_NO_PORTS"
    envelope = pb.Envelope()
    envelope.grant_return.block_ids.append(blocks[0].block_id)
    office.listener.send(office.peer, envelope)
    assert (await office.block()).first_port == blocks[0].first_port


@pytest.mark.covers("ND-005")
async def test_an_older_generation_changes_nothing(office: MediaOffice, phone: Peer) -> None:
    port = (await office.block()).first_port
    assert await office.set(spec(port, phone.address, echo=True, generation=5)) == 5
    assert await office.set(spec(port, phone.address, generation=2)) == 5


async def test_a_channel_comes_back_on_a_port_of_no_grant(office: MediaOffice, phone: Peer) -> None:
    """As after a restart of the worker: the frontend sends what it knows."""
    block = await office.block()
    envelope = pb.Envelope()
    envelope.grant_return.block_ids.append(block.block_id)
    office.listener.send(office.peer, envelope)
    await office.set(spec(block.first_port + 10, phone.address, echo=True, generation=7))
    await settled(office)
    phone.talk(block.first_port + 10, b"again")
    assert await heard(phone) == [b"again"]


@pytest.mark.covers("EN-007", "ND-006")
async def test_events_reach_the_frontend(office: MediaOffice, phone: Peer) -> None:
    port = (await office.block()).first_port
    soup = media.Soup(items=[media.SoupItem(tone="400:60")])
    await office.set(spec(port, phone.address, player=media.Player(player_id="p1", soup=soup)))
    event = await office.told("play")
    assert (event.channel_id, event.play.player_id, event.play.ended) == ("c1", "p1", False)
    assert event.at.seconds > 0
    await heard(phone, 3)
    phone.press(port, 5)
    assert (await office.told("digit")).digit.digit == "5"
    assert (await office.told("latched")).latched.source.port == phone.address[1]


async def test_opus_is_sent_as_its_peer_has_described_it(office: MediaOffice, phone: Peer) -> None:
    soup = media.Soup(items=[media.SoupItem(tone="400+450:6000")])
    wanted = spec((await office.block()).first_port, phone.address, player=media.Player(player_id="p1", soup=soup))
    opus = media.Format(name="opus", payload_type=96, clock_rate=48000, channels=2, fmtp="maxaveragebitrate=8000")
    wanted.formats[0].CopyFrom(opus)
    await office.set(wanted)
    assert {len(payload) for payload in (await heard(phone, 10))[4:]} == {20}


@pytest.mark.covers("EN-004")
async def test_peers_are_told_the_advertised_address(tmp_path: Path) -> None:
    async with MediaOffice(tmp_path, advertised="203.0.113.5") as office:
        block = await office.block()
        assert (block.advertised_address, block.local_address) == ("203.0.113.5", "127.0.0.1")


@pytest.mark.covers("EN-004")
@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback (::1)")
async def test_ports_are_granted_in_both_families(tmp_path: Path) -> None:
    async with MediaOffice(tmp_path, address6="::1", advertised6="2001:db8::5") as office:
        block = await office.block()
        assert (block.advertised_address, block.local_address) == ("127.0.0.1", "127.0.0.1")
        assert (block.advertised_address6, block.local_address6) == ("2001:db8::5", "::1")
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe, pytest.raises(OSError, match="in use"):
            probe.bind(("::1", block.first_port))


@pytest.mark.covers("ND-005")
async def test_digits_are_sent(office: MediaOffice, phone: Peer) -> None:
    port = (await office.block()).first_port
    await office.set(spec(port, phone.address))
    envelope = pb.Envelope()
    envelope.send_digits.channel_id, envelope.send_digits.digits = "c1", "7"
    assert (await office.ask(envelope)).digits_sent.queued == 1
    assert {payload[0] for payload in await heard(phone, 14)} == {7}


@pytest.mark.parametrize("digits", ["", "1" * 1025, "12w3", "1 2", "é"])
async def test_digits_that_cannot_be_sent_are_refused_whole(office: MediaOffice, phone: Peer, digits: str) -> None:
    await office.set(spec((await office.block()).first_port, phone.address))
    envelope = pb.Envelope()
    envelope.send_digits.channel_id, envelope.send_digits.digits = "c1", digits
    with pytest.raises(RequestRefused) as refused:
        await office.ask(envelope)
    assert refused.value.code == "ERROR_CODE_MALFORMED"
    assert await asyncio.to_thread(phone.raw, 0.1) == b""


@pytest.mark.covers("ND-005")
async def test_statistics_on_request(office: MediaOffice) -> None:
    port = (await office.block()).first_port
    await office.set(spec(port))
    envelope = pb.Envelope()
    envelope.channel_stats_request.channel_id = "c1"
    stats = (await office.ask(envelope)).channel_stats
    assert (stats.channel_id, stats.codec_out, stats.packets_received) == ("c1", "PCMU", 0)


@pytest.mark.covers("ND-006", "EN-010")
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"local_port": 12000, "local_address": "999.1.1.1"}, "ERROR_CODE_MALFORMED"),
        ({"security": media.SECURITY_MODE_SDES}, "ERROR_CODE_NOT_SUPPORTED"),
        ({"ptime_ms": 7}, "ERROR_CODE_MALFORMED"),
        ({"telephone_event_receive_pt": 999}, "ERROR_CODE_MALFORMED"),
        ({"recorders": [media.RecorderSpec(recorder_id="r", file="../x.wav")]}, "ERROR_CODE_NO_FILE"),
    ],
)
async def test_what_cannot_be_done_is_refused(office: MediaOffice, fields: dict[str, Any], code: str) -> None:
    port = (await office.block()).first_port
    with pytest.raises(RequestRefused) as refused:
        await office.set(spec(port, **fields))
    assert refused.value.code == code
    assert len(office.worker.channels) == 0


@pytest.mark.covers("ND-006")
async def test_unknown_channels_and_methods_are_refused(office: MediaOffice) -> None:
    with pytest.raises(RequestRefused) as refused:
        await office.close("nobody")
    assert refused.value.code == "ERROR_CODE_UNKNOWN_CHANNEL"
    envelope = pb.Envelope()
    envelope.lookup.user = "1001"
    with pytest.raises(RequestRefused) as refused:
        await office.ask(envelope)
    assert refused.value.code == "ERROR_CODE_UNKNOWN_METHOD"


async def test_too_many_channels(tmp_path: Path) -> None:
    async with MediaOffice(tmp_path, max_channels=1) as office:
        port = (await office.block()).first_port
        await office.set(spec(port))
        other = spec(port + 2)
        other.channel_id = "c2"
        with pytest.raises(RequestRefused) as refused:
            await office.set(other)
        assert refused.value.code == "ERROR_CODE_FULL"


async def test_two_channels_on_one_port(office: MediaOffice) -> None:
    port = (await office.block()).first_port
    await office.set(spec(port))
    other = spec(port)
    other.channel_id = "c2"
    with pytest.raises(RequestRefused) as refused:
        await office.set(other)
    assert refused.value.code == "ERROR_CODE_NO_PORTS"


@pytest.mark.covers("ND-014")
async def test_a_drain_takes_no_new_channels_and_ends_with_the_last_one(office: MediaOffice, phone: Peer) -> None:
    block = await office.block()
    await office.set(spec(block.first_port, phone.address, echo=True))
    draining = asyncio.create_task(office.worker.drain(60))
    await until(lambda: office.peer.draining)
    with pytest.raises(RequestRefused) as refused:
        await office.block()
    assert refused.value.code == "ERROR_CODE_SHUTTING_DOWN"
    crossed = spec(block.first_port + 2)  # its call was answered before the frontend heard of it
    crossed.channel_id = "c2"
    await office.set(crossed)
    await settled(office)
    phone.talk(block.first_port, b"still")
    assert await heard(phone) == [b"still"]
    assert office.worker._heartbeat().media_load.draining
    assert office.worker._status().values["draining"] == 1
    await office.close("c1")
    assert not draining.done()
    await office.close("c2")
    await asyncio.wait_for(draining, 5)


@pytest.mark.covers("ND-014")
async def test_a_drain_has_a_limit_and_waits_for_no_channel_of_a_frontend_that_is_gone(office: MediaOffice) -> None:
    await office.set(spec((await office.block()).first_port))
    await asyncio.wait_for(office.worker.drain(0.05), 5)
    assert len(office.worker.channels) == 1
    draining = asyncio.create_task(office.worker.drain(60))
    office.worker.mesh.diallers[0]._lose("test")
    await asyncio.wait_for(draining, 5)


@pytest.mark.covers("EN-002", "ND-014")
async def test_leaving_frees_every_port_before_it_is_told_and_ends_nothing_that_goes_on(tmp_path: Path) -> None:
    office = MediaOffice(tmp_path)
    async with office:
        port = (await office.block()).first_port
        player = media.Player(player_id="p1", soup=media.Soup(items=[media.SoupItem(tone="400:60000")]))
        await office.set(spec(port, player=player, recorders=[media.RecorderSpec(recorder_id="r1", file="call.wav")]))
        await office.told("play")
        await asyncio.sleep(0.1)  # something to record
        await office.worker.close()
        await office.lost.wait()
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as heir:
            heir.bind(("127.0.0.1", port))
        closed = [e.channel_closed for e in office.messages.items if e.HasField("channel_closed")]
        assert [(one.channel_id, one.reason) for one in closed] == [("c1", "shutdown")]
        assert office.lost.items[0][1] == "goodbye"
        told = [e.media_event for e in office.messages.items if e.HasField("media_event")]
        assert not [one for one in told if one.play.ended]
        assert [one.record.event for one in told if one.HasField("record")][-1] == "recording.part"


@pytest.mark.covers("ND-009")
async def test_a_frontend_that_comes_back_finds_its_channels(office: MediaOffice, phone: Peer) -> None:
    port = (await office.block()).first_port
    await office.set(spec(port, phone.address, echo=True))
    before = office.peer
    office.worker.mesh.diallers[0]._lose("test")
    await office.joined.wait(2)
    assert office.peer is not before
    await until(lambda: office.worker.ports.granted == 0)
    phone.talk(port, b"still")
    assert await heard(phone) == [b"still"]
    [channel] = list(office.worker.channels)
    assert not channel.claimed
    assert await office.set(spec(port, phone.address, echo=True)) == 1
    assert channel.claimed


@pytest.mark.covers("EN-003", "ND-004")
async def test_status_and_load(office: MediaOffice) -> None:
    port = (await office.block()).first_port
    await office.set(spec(port))
    await office.close("c1")
    await office.set(spec(port))
    done: asyncio.Future[pb.Status] = asyncio.get_running_loop().create_future()
    asking = StatusRound(pb.Status(), done.set_result)
    asking.ask(office.peer, office.listener.request)
    asking.all_asked()
    [theirs] = (await done).peers
    assert (theirs.name, theirs.values["channels"], theirs.values["ports.blocks"]) == ("media-1", 1.0, 1.0)
    assert (theirs.values["channels.free"], theirs.values["channels.opened"]) == (999.0, 2.0)
    load = office.worker._heartbeat().media_load
    assert (load.channels, load.capacity, load.draining, load.weight) == (1, 1000, False, 1)


@pytest.mark.covers("ND-017", "ND-010")
async def test_a_hundred_channels_come_and_go_over_one_connection(office: MediaOffice) -> None:
    peer = office.peer
    ports = [
        block.first_port + 2 * pair for block in (await office.block(), await office.block()) for pair in range(50)
    ]

    def of(index: int) -> media.ChannelSpec:
        made = spec(ports[index])
        made.channel_id = f"c{index}"
        return made

    for _ in range(2):
        await asyncio.gather(*(office.set(of(index)) for index in range(100)))
        assert office.worker.engine.load()[0] == 100
        closed = await asyncio.gather(*(office.close(f"c{index}") for index in range(100)))
        assert {one.reason for one in closed} == {"requested"}
        assert len(office.worker.channels) == 0
    assert office.peer is peer


async def test_requests_while_leaving_are_refused(tmp_path: Path) -> None:
    async with MediaOffice(tmp_path) as office:
        port = (await office.block()).first_port
        office.worker.service.closing = True
        with pytest.raises(RequestRefused) as refused:
            await office.set(spec(port))
        assert refused.value.code == "ERROR_CODE_SHUTTING_DOWN"
