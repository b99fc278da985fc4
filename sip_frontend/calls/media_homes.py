"""Where channels live while media workers come, drain and go.

What happens to a media worker    What becomes of its channels
it joins, or joins again          they are told to it anew, on the ports they had
it drains                         they stay with it until they end or it leaves; no new ones come
it is lost: dead, or it left      another worker of its machine takes them over at once, on the ports they had
it is lost, and was alone there   they wait for its return, or for another one of that machine, for RETURN_S
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import ending, links, media_channels
from sip_frontend.calls.channel import Channel
from sip_frontend.calls.media_directory import MediaWorker
from switchroom.errors import BusError, PeerLost, RequestRefused
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

RETURN_S = 10.0
"""How long the channels of a lost media worker wait for one to take them."""


def joined(ex: Exchange, name: str, host: str, capacity: int = 0) -> None:
    """A media worker came, or came back; what waits on its machine for a worker is told to it too."""
    worker = ex.media.workers.get(name)
    if worker is None:
        worker = ex.media.workers[name] = MediaWorker(name, host)
    elif worker.lost_at is None:
        _lose(ex, worker)
    worker.host = host
    worker.lost_at = None
    worker.suspect = False
    worker.load = media.MediaLoad(capacity=capacity)  # until its first heartbeat tells more
    worker.foreign = 0
    for channel in list(worker.channels.values()):
        ex.touch(channel)
    media_channels.ask_for_ports(ex, worker)
    for other in list(ex.media.workers.values()):
        if other.lost_at is not None and other.host == host:
            _to_neighbours(ex, other)


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
        _to_neighbours(ex, worker)


def _to_neighbours(ex: Exchange, worker: MediaWorker) -> None:
    """The ports of a dead process are free again, so its neighbour can bind them: no peer needs to be told."""
    for channel in list(worker.channels.values()):
        heir = ex.media.neighbour(worker)
        if heir is None:
            return
        del worker.channels[channel.channel_id]
        heir.channels[channel.channel_id] = channel
        channel.worker = heir.name
        ex.touch(channel)


def _lose(ex: Exchange, worker: MediaWorker) -> None:
    worker.lost_at = ex.now
    worker.forget_grants()
    ex.log("warning", "media.worker_lost", worker=worker.name, channels=len(worker.channels))
    ex.timer(RETURN_S, lambda now: _give_up(ex, worker))


def _give_up(ex: Exchange, worker: MediaWorker) -> None:
    if worker.lost_at is None or ex.now - worker.lost_at < RETURN_S - 0.5:
        return
    of_links = []
    for channel in list(worker.channels.values()):
        call = ex.calls.get(channel.call_id)
        if call is None:
            worker.channels.pop(channel.channel_id, None)
            of_links.append(channel)
        else:
            ending.hangup(ex, call, common.CAUSE_SERVER_ERROR, text="media lost")
    links.ends_lost(ex, of_links)
    if not worker.channels:
        ex.media.workers.pop(worker.name, None)


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


def channel_failed(ex: Exchange, channel: Channel, error: BusError) -> None:
    """The worker could not make the channel what it should be. When it is lost or leaves, ``lost`` sees to that."""
    worker = ex.media.workers.get(channel.worker)
    gone = isinstance(error, PeerLost) or worker is None or worker.lost_at is not None
    leaves = isinstance(error, RequestRefused) and error.code == "ERROR_CODE_SHUTTING_DOWN"
    if gone or leaves or worker is None or channel.channel_id not in worker.channels:
        return
    ex.log("error", "media.channel_refused", channel_id=channel.channel_id, worker=channel.worker, reason=str(error))
    call = ex.calls.get(channel.call_id)
    if call is not None:
        ending.hangup(ex, call, common.CAUSE_SERVER_ERROR, text="media refused")
    elif not channel.call_id:
        media_channels.forget_channel(ex, channel)
        links.ends_lost(ex, [channel])
