"""Where channels live while media workers come, drain and go.

What happens to a media worker       What becomes of its channels
it joins, or joins again             they are told to it anew, on the ports they had; it closes those that have moved
it drains                            they stay with it until they end or it leaves; no new ones come
it is lost: dead, stopped, or it     another worker of its machine takes them over at once, on the ports they had
left
no other of its machine can have     they wait: for its return, or for another one of that machine
the ports, or there is none
nobody came for ELSEWHERE_S          they get new ports wherever there is room, and their peers are told by re-INVITE
there is no room for RETURN_S        their calls end
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sip_frontend.calls import ending, links, media_channels, moving
from sip_frontend.calls.actions import AskMedia
from sip_frontend.calls.channel import Channel, Port
from sip_frontend.calls.media_directory import MediaWorker
from switchroom.errors import BusError, PeerLost, RequestRefused
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

RETURN_S: Final = 10.0
"""How long the channels of a lost media worker wait for one to take them."""
FORGET_S: Final = 600.0
"""How long a worker that stayed away is remembered: as the same process, it would have channels to close."""
_AGAIN_S: Final = 1.0
_NO_PLACE: Final = ("ERROR_CODE_NO_PORTS", "ERROR_CODE_FULL")


def joined(ex: Exchange, name: str, host: str, capacity: int = 0, pid: int = 0) -> None:
    """A media worker came, or came back; what waits on its machine for a worker is told to it too."""
    worker = ex.media.workers.get(name)
    if worker is None:
        worker = ex.media.workers[name] = MediaWorker(name, host)
    elif worker.lost_at is None:
        _lose(ex, worker)
    if (worker.host, worker.pid) == (host, pid):
        _close_left_behind(ex, worker)
    worker.left_behind.clear()
    worker.host, worker.pid = host, pid
    worker.lost_at = None
    worker.suspect = False
    worker.load = media.MediaLoad(capacity=capacity)  # until its first heartbeat tells more
    worker.foreign = worker.ours_before = 0
    for channel in list(worker.channels.values()):
        ex.touch(channel)
    media_channels.ask_for_ports(ex, worker)
    for other in list(ex.media.workers.values()):
        if other.lost_at is not None and other.host == host:
            moving.to_neighbours(ex, other)


def _close_left_behind(ex: Exchange, worker: MediaWorker) -> None:
    """The same process is back: what was moved or ended in its absence still sounds there."""
    for channel_id in worker.left_behind - worker.channels.keys():
        envelope = wire.Envelope()
        envelope.close_channel.channel_id = channel_id
        envelope.close_channel.reason = "moved"
        ex.actions.append(AskMedia(worker.name, envelope, lambda reply: None))


def drains(ex: Exchange, name: str) -> None:
    """A media worker is about to leave: it gets no new channels."""
    worker = ex.media.workers.get(name)
    if worker is not None:
        worker.load.draining = True
        ex.log("info", "media.worker_drains", worker=name, channels=len(worker.channels))


def lost(ex: Exchange, name: str) -> None:
    """A media worker died, left, or is silent for too long."""
    worker = ex.media.workers.get(name)
    if worker is not None and worker.lost_at is None:
        _lose(ex, worker)
        moving.to_neighbours(ex, worker)


def _lose(ex: Exchange, worker: MediaWorker) -> None:
    since = worker.lost_at = ex.now
    worker.forget_grants()
    ex.log("warning", "media.worker_lost", worker=worker.name, channels=len(worker.channels))
    ex.timer(moving.ELSEWHERE_S, lambda now: _still_lost(ex, worker, since))


def _still_lost(ex: Exchange, worker: MediaWorker, since: float) -> None:
    if worker.lost_at != since:
        return
    moving.to_anywhere(ex, worker)
    if ex.now - since >= RETURN_S:
        _give_up(ex, worker)
        ex.timer(FORGET_S, lambda now: _forget(ex, worker, since))
    else:
        ex.timer(_AGAIN_S, lambda now: _still_lost(ex, worker, since))


def _give_up(ex: Exchange, worker: MediaWorker) -> None:
    of_links = []
    for channel in list(worker.channels.values()):
        call = ex.calls.get(channel.call_id)
        if call is None:
            worker.channels.pop(channel.channel_id, None)
            of_links.append(channel)
        else:
            ending.hangup(ex, call, common.CAUSE_SERVER_ERROR, text="media lost")
    links.ends_lost(ex, of_links)
    if not worker.channels and not worker.left_behind:
        ex.media.workers.pop(worker.name, None)


def _forget(ex: Exchange, worker: MediaWorker, since: float) -> None:
    if worker.lost_at == since and not worker.channels and ex.media.workers.get(worker.name) is worker:
        del ex.media.workers[worker.name]


def suspect(ex: Exchange, name: str, is_suspect: bool) -> None:
    """A media worker fell silent for a moment, or is back: no new channels meanwhile."""
    worker = ex.media.workers.get(name)
    if worker is not None:
        worker.suspect = is_suspect


def load(ex: Exchange, name: str, reported: media.MediaLoad) -> None:
    """Its heartbeat told its load."""
    worker = ex.media.workers.get(name)
    if worker is not None:
        worker.told(reported)


def channel_told(ex: Exchange, channel: Channel, asked: str, port: Port, reply: wire.Envelope | BusError) -> None:
    """What the worker *asked* says of *channel* at *port*; it may be with another one, or at another one, by now."""
    if channel.worker != asked or channel.port is not port or channel.closing:
        return
    if isinstance(reply, BusError):
        _channel_failed(ex, channel, reply)
    else:
        channel.former = ""


def _channel_failed(ex: Exchange, channel: Channel, error: BusError) -> None:
    """The worker could not make the channel what it should be. When it is lost or leaves, ``lost`` sees to that."""
    worker = ex.media.workers.get(channel.worker)
    code = error.code if isinstance(error, RequestRefused) else ""
    gone = isinstance(error, PeerLost) or code == "ERROR_CODE_SHUTTING_DOWN"
    if gone or worker is None or worker.lost_at is not None or channel.channel_id not in worker.channels:
        return
    if code == "ERROR_CODE_FULL":
        worker.foreign = worker.load.capacity  # until its next heartbeat
    if code in _NO_PLACE and moving.refused(ex, worker, channel):
        ex.log("info", "media.channel_moves", channel_id=channel.channel_id, worker=worker.name, reason=str(error))
        return
    ex.log("error", "media.channel_refused", channel_id=channel.channel_id, worker=worker.name, reason=str(error))
    call = ex.calls.get(channel.call_id)
    if call is not None:
        ending.hangup(ex, call, common.CAUSE_SERVER_ERROR, text="media refused")
    elif not channel.call_id:
        media_channels.forget_channel(ex, channel)
        links.ends_lost(ex, [channel])
