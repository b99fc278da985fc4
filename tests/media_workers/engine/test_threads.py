"""The engine called from several of Python's threads at once."""

from __future__ import annotations

import os
import socket
import stat
import threading
import wave
from pathlib import Path
from typing import Any

import rtp_engine

from tests.media_workers.engine.rig import HOST, PAIRS, PCMU, Rig, engine_rig, parts
from tests.support.ports import free_block


def test_one_thread_may_wait_for_the_end_while_others_ask_and_change(rig2: Rig) -> None:
    """A media worker that leaves waits for its packet threads aside; its heartbeats and grants go on meanwhile."""
    engine = rig2.engine
    for _ in range(PAIRS):
        rig2.open(rig2.peer(), idle_after_s=1)
    over, failures = threading.Event(), list[RuntimeError]()

    def ask() -> None:
        while not over.is_set():
            try:
                engine.load()
                engine.take_events()
                engine.release_block(HOST, 1, 1)
                engine.flush()
            except RuntimeError as error:
                failures.append(error)
                return

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    engine.shutdown()
    engine.shutdown()
    over.set()
    for asker in askers:
        asker.join()
    assert failures == []


def spoil(port: int) -> None:
    """A file takes the place of the engine's socket of this port: no epoll takes it."""
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
        except OSError:
            continue  # that of the listing itself
        with socket.socket(fileno=os.dup(number)) as one:
            if one.getsockname() != (HOST, port):
                continue
        with Path(__file__).open("rb") as file:
            os.dup2(file.fileno(), number, inheritable=False)
        return
    raise AssertionError(f"nobody has port {port}")


def test_a_channel_that_its_new_thread_cannot_watch_ends_like_every_other(rig2: Rig, tmp_path: Path) -> None:
    """It keeps its recording, the peer hears BYE, and what was counted of it is told last."""
    peer, control, path = rig2.peer(), rig2.peer(), tmp_path / "a.wav"
    whole: dict[str, Any] = {
        "rtcp": control.address,
        "player": rtp_engine.PlayerSpec("p", [(True, "400:10000", 0, 0, 0, 0)]),
        "recorders": [rtp_engine.RecorderSpec("r", str(path))],
    }
    handle, port = rig2.open(peer, **whole)
    rig2.open(rig2.peer(), group="g")
    for _ in range(10):
        peer.talk(port)
    rig2.until(handle, lambda stats: stats.packets_received == 10 and stats.packets_sent > 0)
    spoil(port)
    spec = rtp_engine.ChannelSpec(formats=[("PCMU", 0, 8000, 1)], remote=peer.address, group="g", **whole)
    rig2.engine.set_channel(handle, HOST, port, spec)
    closed = rig2.wait(lambda e: e.kind == "closed")
    assert closed.text.startswith("cannot open: ")
    assert closed.stats is not None
    assert closed.stats.packets_received == 10
    told = rig2.told(handle, "play_ended", "record", "closed")
    assert ("play_ended", "p", "channelclosed") in told
    assert told[-2:] == [("record", "r", "finished.channelclosed"), ("closed", closed.text, closed.detail)]
    with wave.open(str(path)) as file:
        assert file.getnframes() > 0
    assert 203 in parts(control.raw())


def test_who_hears_of_a_close_may_use_its_port_at_once() -> None:
    """On one core, where the thread that tells of it is held up as soon as somebody hears."""
    allowed = os.sched_getaffinity(0)
    port, _ = free_block(2)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        with engine_rig() as rig:
            for _ in range(3000):
                handle, rig.handles = rig.handles + 1, rig.handles + 1
                rig.engine.set_channel(handle, HOST, port, rtp_engine.ChannelSpec(formats=[PCMU]))
                rig.close(handle)
                rig.events.clear()
    finally:
        os.sched_setaffinity(0, allowed)
