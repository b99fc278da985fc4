"""Channels of every kind, opened and closed by the thousand: nothing of them stays."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from pathlib import Path

import pytest

from switchroom.v1 import envelope_pb2 as pb
from switchroom.v1 import media_pb2 as media
from tests.media_workers.engine.rig import Peer
from tests.media_workers.office import MediaOffice, spec
from tests.support.ports import bound_udp_ports
from tests.support.wav import write_tone

pytestmark = pytest.mark.asyncio
AT_ONCE = 50
# What the allocator and the first use of everything may take, seen once and not for each channel.
MOST_BYTES = 6 << 20


def wanted(number: int, port: int, phone: Peer) -> media.ChannelSpec:
    """One of five kinds in turn."""
    kind = number % 5
    asked = spec(port, phone.address, channel_id=f"c{number}", echo=kind == 0, detect_in_band=kind == 4)
    if kind == 1:
        asked.player.player_id = f"p{number}"
        asked.player.soup.items.add(file="tone.wav")
        asked.player.soup.items.add(tone="uk.ringing")
    elif kind == 2:
        asked.group_id = f"g{number // 10 % 3}"
    elif kind == 3:
        asked.formats[0].CopyFrom(media.Format(name="opus", payload_type=111, clock_rate=48000, channels=2))
        recorder = asked.recorders.add(recorder_id="r", file=f"{port}.wav")
        recorder.started_at.FromMicroseconds(int(time.time() * 1e6))
    return asked


async def generation(office: MediaOffice, phone: Peer, ports: list[int], first: int) -> None:
    """One channel on each port, each of them hears something, all closed."""
    numbers = range(first, first + len(ports))
    await asyncio.gather(*(office.set(wanted(n, port, phone)) for n, port in zip(numbers, ports, strict=True)))
    for port in ports:
        phone.talk(port)
    await asyncio.gather(*(office.close(f"c{number}") for number in numbers))
    office.messages.items.clear()
    while phone.raw(0):
        pass


def held() -> tuple[int, int, int]:
    """Descriptors, threads and bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), pages * 4096


async def many(folder: Path, count: int) -> None:
    write_tone(folder / "tone.wav", 400, 0.2)
    phone = Peer()
    async with MediaOffice(folder) as office:
        block = await office.block()
        ports = [block.first_port + 2 * n for n in range(AT_ONCE)]
        for first in range(0, count // 4, AT_ONCE):
            await generation(office, phone, ports, first)
        gc.collect()
        bound, before = bound_udp_ports({os.getpid()}), held()
        for first in range(count // 4, count // 4 + count, AT_ONCE):
            await generation(office, phone, ports, first)
        gc.collect()
        after = held()
        assert bound_udp_ports({os.getpid()}) == bound
        # Fewer is no leak: what earlier tests of this process had left may end meanwhile.
        assert after[0] <= before[0], "descriptors"
        assert after[1] <= before[1], "threads"
        print(f"{(after[2] - before[2]) / count:.0f} bytes for each channel")
        assert after[2] - before[2] < MOST_BYTES, f"{(after[2] - before[2]) / count:.0f} bytes for each channel"
        assert len(office.worker.channels) == 0
        assert office.worker.engine.load()[0] == 0
        returned = pb.Envelope()
        returned.grant_return.block_ids.append(block.block_id)
        office.listener.send(office.peer, returned)
        await office.block()
        assert len(bound_udp_ports({os.getpid()})) == len(bound), "a block for a block"
    phone.socket.close()


@pytest.mark.covers("ND-017")
async def test_a_thousand_channels_leave_nothing(tmp_path: Path) -> None:
    await many(tmp_path, 1000)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_ten_thousand_channels_leave_nothing(tmp_path: Path) -> None:
    await many(tmp_path, 10_000)
