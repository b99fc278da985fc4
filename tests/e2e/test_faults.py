"""Processes that die, ports that run out, disks that refuse."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exchange import Exchange
from tests.support.phone_call import PhoneCall
from tests.support.ports import bound_udp_ports
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = [pytest.mark.asyncio, pytest.mark.chaos]


async def _echoes(call: PhoneCall) -> None:
    call.rtp.say(sine(1000, 1.2))
    assert hears(await call.rtp.listen(0.8), 1000)


async def _leader(exchange: Exchange) -> str:
    """The call worker that leads the one run there is."""
    async with asyncio.timeout(5):
        while True:
            status = await exchange.status()
            for peer in status.peers:
                if peer.name.startswith("worker") and peer.values.get("runs"):
                    return peer.name
            await asyncio.sleep(0.02)


async def _kill_all_workers(exchange: Exchange) -> None:
    for name in ("worker-1", "worker-2"):
        exchange.kill(name)


async def _start_all_workers(exchange: Exchange) -> None:
    for name in ("worker-1", "worker-2"):
        exchange.start(name)
    await exchange.ready()


async def test_established_call_outlives_every_call_worker(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        await _kill_all_workers(exchange)
        await _echoes(call)
        assert (await call.hang_up()).status == 200
        await _start_all_workers(exchange)


async def test_script_goes_on_at_the_other_worker_after_a_kill(exchange: Exchange) -> None:
    """601 collects a digit, its worker dies, the rest of the digits and the answer come from another one."""
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("601")
        await call.rtp.press("1")
        leader = await _leader(exchange)
        exchange.kill(leader)
        await asyncio.sleep(0.2)
        await call.rtp.press("23#")
        await exchange.logged("ivr.digits", digits="123", timeout_s=8)
        exchange.start(leader)
        await exchange.ready()
        await call.hang_up()


async def test_bridged_call_outlives_every_call_worker_and_its_legs_stay_coupled(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller, phone(exchange, "1002") as callee:
        await callee.register()
        out = await caller.call("1002")
        into = await callee.next_call()
        await into.answer()
        await out.final()
        await _kill_all_workers(exchange)
        into.rtp.say(sine(440, 1.2))
        assert hears(await out.rtp.listen(0.8), 440)
        await out.hang_up()
        await into.ended(2.0)
        await _start_all_workers(exchange)


async def test_stopped_worker_is_no_worker(exchange: Exchange) -> None:
    """SIGSTOP instead of a kill: it is silent, so its run goes to the other one."""
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("601")
        leader = await _leader(exchange)
        exchange.kill(leader, signal.SIGSTOP)
        try:
            await call.rtp.press("42#")
            await exchange.logged("ivr.digits", digits="42", timeout_s=8)
        finally:
            exchange.kill(leader, signal.SIGCONT)
        await exchange.ready()
        await call.hang_up()


@pytest.mark.covers("DR-013")
async def test_no_call_worker_is_503_with_retry_after(exchange: Exchange) -> None:
    for name in ("worker-1", "worker-2"):
        exchange.kill(name, signal.SIGTERM)
    try:
        async with phone(exchange, "1001") as caller:
            response = await (await caller.call("600")).final()
            assert response.status == 503
            assert int(response.get("Retry-After") or "0") > 0
    finally:
        await _start_all_workers(exchange)


async def test_no_media_worker_is_a_clear_refusal(exchange: Exchange) -> None:
    exchange.kill("media-1", signal.SIGTERM)
    try:
        async with phone(exchange, "1001") as caller:
            assert (await (await caller.call("600")).final()).status in (500, 503)
    finally:
        exchange.start("media-1")
        await exchange.ready()
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("600")
        await _echoes(call)
        await call.hang_up()


@pytest.fixture
def paired() -> Iterator[Exchange]:
    """An exchange with two media workers on one machine."""
    with Exchange(call_workers=1, media_workers=2) as exchange:
        yield exchange


async def _owner(exchange: Exchange, port: int) -> str:
    """The media worker that has this RTP port."""
    for name in ("media-1", "media-2"):
        if name in exchange.running and port in bound_udp_ports({exchange.running[name].pid}):
            return name
    return ""


async def test_audio_goes_on_when_its_media_worker_is_killed(paired: Exchange) -> None:
    async with phone(paired, "1001") as caller:
        call = await caller.answered_call("600")
        assert call.rtp.remote
        port = call.rtp.remote[1]
        first = await _owner(paired, port)
        paired.kill(first)
        async with asyncio.timeout(5):
            while not await _owner(paired, port):
                await asyncio.sleep(0.02)
        await _echoes(call)
        paired.start(first)
        await paired.ready()
        await call.hang_up()
    await paired.settled()


@pytest.fixture
def narrow() -> Iterator[Exchange]:
    """An exchange whose media worker has ports for two channels and no more."""
    with Exchange(call_workers=1, rtp_ports=4) as exchange:
        yield exchange


@pytest.mark.covers("EN-001")
async def test_no_port_left_refuses_the_third_call_and_keeps_the_two(narrow: Exchange) -> None:
    async with phone(narrow, "1001") as caller:
        first, second = await caller.answered_call("600"), await caller.answered_call("600")
        third = await (await caller.call("600")).final()
        assert third.status in (500, 503)
        await _echoes(first)
        await first.hang_up()
        await second.hang_up()
        await narrow.settled()
        fourth = await caller.answered_call("600")
        await fourth.hang_up()
    await narrow.settled()


@pytest.fixture
def lonely() -> Iterator[Exchange]:
    """An exchange whose store a test may break."""
    with Exchange(call_workers=1) as exchange:
        exchange.expected_errors = {"registrar.store_failed"}
        yield exchange


async def test_locked_store_delays_nobody_and_loses_nothing(lonely: Exchange) -> None:
    store = sqlite3.connect(_store(lonely), isolation_level=None)
    store.execute("BEGIN EXCLUSIVE")
    async with phone(lonely, "1001") as caller, phone(lonely, "1002") as callee:
        assert (await callee.register()).status == 200
        call = await caller.answered_call("600")
        await call.hang_up()
        store.execute("ROLLBACK")
        store.close()
        await asyncio.sleep(1.0)
        lonely.kill("registrar-1")
        lonely.start("registrar-1")
        await lonely.ready()
        out = await caller.call("1002")
        (await callee.next_call()).refuse(486)
        assert (await out.final()).status == 486
    await lonely.settled()


async def test_read_only_store_is_told_and_nothing_is_lost(lonely: Exchange) -> None:
    files = [_store(lonely), _store(lonely).with_name("registrar.sqlite-wal")]
    _immutable(files, "+i")
    try:
        async with phone(lonely, "1001") as caller, phone(lonely, "1002") as callee:
            assert (await callee.register()).status == 200
            await lonely.logged("registrar.store_failed")
            await (await caller.answered_call("600")).hang_up()
            _immutable(files, "-i")
            await lonely.logged("registrar.store_recovered")
            lonely.kill("registrar-1")
            lonely.start("registrar-1")
            await lonely.ready()
            out = await caller.call("1002")
            (await callee.next_call()).refuse(486)
            assert (await out.final()).status == 486
    finally:
        _immutable(files, "-i")
    await lonely.settled()


def _immutable(files: list[Path], flag: str) -> None:
    """The flag that stops root too, where the file system has it; permissions for everybody else."""
    if os.geteuid() == 0:
        done = subprocess.run(["chattr", flag, *map(str, files)], capture_output=True, check=False)
        if done.returncode and flag == "+i":
            pytest.skip("root, and a file system without the immutable flag: nothing here is read-only")
        return
    for file in files:
        file.chmod(0o444 if flag == "+i" else 0o644)


def _store(exchange: Exchange) -> Path:
    return exchange.var / "registrar.sqlite"
