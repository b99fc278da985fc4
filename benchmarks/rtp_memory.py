"""RTP: what a channel holds of memory while it works, and what stays of it when it is closed.

Resident memory of an engine with many channels less that of one with few, by channel; the kernel's part (two sockets
a channel) is not in it. Tests prove that no port, descriptor or thread stays; the bytes are here.
"""

from __future__ import annotations

import gc
import itertools
import os
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import rtp_engine

from benchmarks.processes import memory_mb
from benchmarks.report import Result
from benchmarks.rtp_host import HOST, channel, prompt
from benchmarks.rtp_runs import FIRST_PORT, Work, host, load, prepare
from tests.support.ports import bound_udp_ports

FEW, MANY = 8, 608
KINDS = {
    "relay": Work("relay", MANY, pair=True),
    "PCMU-PCMA": Work("transcode", MANY, pair=True, codecs="PCMU,PCMA"),
    "PCMU-G.722": Work("wideband", MANY, pair=True, codecs="PCMU,G722", listen=True),
    "PCMU-Opus": Work("opus", MANY, pair=True, codecs="PCMU,opus@16000", listen=True),
    "room of 8": Work("rooms", MANY, listen=True),
    "playing": Work("play", MANY, listen=True),
}
REOPENED, AT_ONCE = 10_000, 200
_PACKET = b"\x80\x00\x00\x01" + bytes(7) + b"\x01" + b"\x55" * 160
_REOPENED_KINDS = ("echo", "relay", "transcode", "wideband", "opus", "play", "rooms")


def measure(quick: bool) -> Result:
    """About a minute; quick, a tenth of the channels are opened and closed."""
    prepare()
    result = Result("rtp_memory", "KiB of resident memory by channel, and what stays of closed ones")
    for line, work in KINDS.items():
        few = Work(work.name, FEW, pair=work.pair, codecs=work.codecs, listen=work.listen)
        grown = _resident_kib(work) - _resident_kib(few)
        result.add(line, {"kib_a_channel": round(grown / (MANY - FEW), 1)})
    count = REOPENED // 10 if quick else REOPENED
    result.add(f"{count:,} channels opened and closed", reopened(count))
    return result


def _resident_kib(work: Work) -> float:
    """When all channels have had their packets for a while."""
    with host(work) as pid:
        load(pid, work, 1.0)
        return memory_mb(pid)["rss"] * 1024


def reopened(count: int) -> dict[str, object]:
    """What this process holds before and after so many channels of every kind, once a quarter as many have been."""
    engine = rtp_engine.Engine(threads=1)
    handles = itertools.count()
    with TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        file = prompt(Path(folder))
        _open_and_close(engine, itertools.islice(handles, count // 4), phone, file)
        before = _held()
        _open_and_close(engine, itertools.islice(handles, count), phone, file)
        after = _held()
    engine.shutdown()
    figures: dict[str, object] = {
        f"{name}_{when}": held[name] for name in before for when, held in (("before", before), ("after", after))
    }
    return figures | {"bytes_a_channel": round((after["rss_kib"] - before["rss_kib"]) * 1024 / count, 1)}


def _open_and_close(engine: rtp_engine.Engine, handles: Iterator[int], phone: socket.socket, file: str) -> None:
    """Kind after kind, some at once; half of them hear a packet."""
    for kind in itertools.cycle(_REOPENED_KINDS):
        opened = list(itertools.islice(handles, AT_ONCE))
        if not opened:
            return
        for flow, handle in enumerate(opened):
            engine.set_channel(handle, HOST, FIRST_PORT + 2 * flow, channel(kind, flow, file))
        engine.request_stats(opened[-1], 1)
        engine.flush()
        _await(engine, "stats", 1)
        for flow in range(0, len(opened), 2):
            phone.sendto(_PACKET, (HOST, FIRST_PORT + 2 * flow))
        for handle in opened:
            engine.close_channel(handle, "requested")
        engine.flush()
        _await(engine, "closed", len(opened))


def _await(engine: rtp_engine.Engine, kind: str, count: int) -> None:
    """Events of a kind; those of other kinds are nobody's."""
    while count > 0:
        select.select([engine.events_fd()], [], [])
        count -= sum(event.kind == kind for event in engine.take_events())


def _held() -> dict[str, float]:
    gc.collect()
    return {
        "rss_kib": round(memory_mb(os.getpid())["rss"] * 1024),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
        "ports": len(bound_udp_ports({os.getpid()})),
    }
