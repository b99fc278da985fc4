"""A media worker is killed under many calls: who hears silence, for how long, and what of a recording is lost."""

from __future__ import annotations

import asyncio
import struct
import time
import wave
from collections.abc import Iterator, Sequence

import pytest

from sip_frontend.calls.media_directory import STOCK
from tests.support.exchange import Exchange
from tests.support.phone_call import PhoneCall
from tests.support.ports import bound_udp_ports
from tests.support.rtp import RtpEnd
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]

CALLS = 100
MOST_SILENCE_S = 0.5
MOST_LOST_S = 1.2


@pytest.fixture
def paired() -> Iterator[Exchange]:
    """An exchange with two media workers on one machine."""
    with Exchange(call_workers=1, media_workers=2, rtp_ports=1024) as exchange:
        yield exchange


class Arrivals:
    """When each of many calls heard something: the longest wait of each."""

    def __init__(self, ends: Sequence[RtpEnd]) -> None:
        self._ends = ends
        self._counts = [0] * len(ends)
        self._last = [0.0] * len(ends)
        self.longest_s = [0.0] * len(ends)

    async def watch(self, duration_s: float) -> None:
        """Look every 10 ms: a silence is measured to that."""
        now = time.monotonic()
        until = now + duration_s
        self._last = [now] * len(self._ends)
        while now < until:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            for n, end in enumerate(self._ends):
                if len(end.packets) != self._counts[n]:
                    self._counts[n], self._last[n] = len(end.packets), now
                self.longest_s[n] = max(self.longest_s[n], now - self._last[n])


async def _speech(calls: Sequence[PhoneCall]) -> int:
    """How many of the calls echo a tone."""
    for call in calls:
        call.rtp.say(sine(1000, 1.0))
    heard = await asyncio.gather(*(call.rtp.listen(0.7) for call in calls))
    return sum(hears(samples, 1000) for samples in heard)


def _media_ports(exchange: Exchange) -> set[int]:
    return bound_udp_ports({exchange.running[name].pid for name in exchange.running if name.startswith("media")})


async def _granted_ports(exchange: Exchange) -> set[int]:
    """Those of all media workers, once each has granted the stock that is asked for at its joining."""
    async with asyncio.timeout(10):
        while len(ports := _media_ports(exchange)) < 2 * 2 * STOCK:
            await asyncio.sleep(0.02)
    return ports


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.covers("ND-010")
async def test_a_hundred_calls_outlive_their_media_worker(paired: Exchange) -> None:
    async with phone(paired, "1001") as caller:
        calls = [await caller.answered_call("600") for _ in range(CALLS)]
        assert await _speech(calls) == CALLS
        victim = max(("media-1", "media-2"), key=lambda n: len(bound_udp_ports({paired.running[n].pid})))
        arrivals = Arrivals([call.rtp for call in calls])
        watching = asyncio.create_task(arrivals.watch(4.0))
        await asyncio.sleep(0.5)
        paired.kill(victim)
        await watching
        longest = sorted(arrivals.longest_s)
        print(f"silence: median {longest[CALLS // 2]:.3f} s, longest {longest[-1]:.3f} s")
        assert longest[-1] <= MOST_SILENCE_S
        assert not [call for call in calls if call.over.is_set()]
        assert await _speech(calls) == CALLS
        paired.start(victim)
        await paired.ready()
        for call in calls:
            assert (await call.hang_up()).status == 200
    await paired.settled()


@pytest.mark.covers("EN-065")
async def test_a_recording_goes_on_in_a_new_part(paired: Exchange) -> None:
    async with phone(paired, "1001") as caller:
        call = await caller.answered_call("605")
        assert call.rtp.remote
        call.rtp.say(sine(1000, 20))
        await asyncio.sleep(2.5)
        for name in ("media-1", "media-2"):
            if call.rtp.remote[1] in bound_udp_ports({paired.running[name].pid}):
                paired.kill(name)
                paired.start(name)
                break
        await asyncio.sleep(3.0)
        assert hears(await call.rtp.listen(0.8), 1000)
        await call.hang_up()
    await paired.settled()
    first, second = sorted(paired.var.glob("recordings/**/*.wav"), key=lambda path: ".at-" in path.name)
    assert second.name.startswith(first.stem + ".at-0000")
    lengths = []
    for path in (first, second):
        with wave.open(str(path)) as file:
            count = file.getnframes()
            samples = struct.unpack(f"<{2 * count}h", file.readframes(count))
        assert hears(samples[2000:10000:2], 1000)
        lengths.append(count / 8000)
    assert lengths[0] > 2.5 - MOST_LOST_S
    assert lengths[1] > 2.5
    assert not list(paired.var.glob("recordings/**/*.part"))


async def test_ports_are_bound_at_the_start_and_not_by_calls(paired: Exchange) -> None:
    """Also not by calls that went from one media worker to the other."""
    async with phone(paired, "1001") as caller:
        before = await _granted_ports(paired)
        for _ in range(5):
            calls = [await caller.answered_call("600") for _ in range(10)]
            assert _media_ports(paired) == before
            for call in calls:
                await call.hang_up()
        await paired.settled()
        assert _media_ports(paired) == before
        call = await caller.answered_call("600")
        paired.kill("media-1")
        assert await _speech([call]) == 1
        paired.start("media-1")
        await paired.ready()
        await call.hang_up()
        await paired.settled()
        assert len(_media_ports(paired)) == len(before)
