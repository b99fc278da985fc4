"""What media workers tell: joined, lost, digits, players, recorders, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import digits, ending, links, media_channels
from sip_frontend.calls.call import Call
from sip_frontend.calls.channel import Channel
from sip_frontend.calls.media_directory import MediaWorker
from switchroom.errors import BusError, PeerLost
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

RETURN_S = 10.0
"""How long the channels of a dead media worker wait for one to take them."""


def joined(ex: Exchange, name: str, host: str, capacity: int = 0) -> None:
    """A media worker came, or came back: then its channels are told to it again, on the ports they had."""
    worker = ex.media.workers.get(name)
    if worker is None:
        worker = ex.media.workers[name] = MediaWorker(name, host)
    elif worker.lost_at is None:
        _lose(ex, worker)
    worker.host = host
    worker.lost_at = None
    worker.suspect = False
    worker.load = media.MediaLoad(capacity=capacity)  # until its first heartbeat tells more
    for channel in list(worker.channels.values()):
        ex.touch(channel)
    media_channels.ask_for_ports(ex, worker)


def lost(ex: Exchange, name: str) -> None:
    """A media worker died. Another one of its machine takes its channels over on the ports they had, at once;
    where there is none they wait for its return, and if it does not come their calls end."""
    worker = ex.media.workers.get(name)
    if worker is None or worker.lost_at is not None:
        return
    _lose(ex, worker)
    heir = ex.media.neighbour(worker)
    if heir is not None:
        for channel in list(worker.channels.values()):
            _move(ex, worker, heir, channel)


def _move(ex: Exchange, worker: MediaWorker, heir: MediaWorker, channel: Channel) -> None:
    """The ports of a dead process are free again, so its neighbour can bind them: no peer needs to be told."""
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
        worker.load = reported


def channel_failed(ex: Exchange, channel: Channel, error: BusError) -> None:
    """The worker could not make the channel what it should be. When it has died, ``lost`` sees to its channels."""
    worker = ex.media.workers.get(channel.worker)
    dead = isinstance(error, PeerLost) or worker is None or worker.lost_at is not None
    if dead or worker is None or channel.channel_id not in worker.channels:
        return
    ex.log("error", "media.channel_refused", channel_id=channel.channel_id, worker=channel.worker, reason=str(error))
    call = ex.calls.get(channel.call_id)
    if call is not None:
        ending.hangup(ex, call, common.CAUSE_SERVER_ERROR, text="media refused")
    elif not channel.call_id:
        media_channels.forget_channel(ex, channel)
        links.ends_lost(ex, [channel])


def closed(ex: Exchange, name: str, told: media.ChannelClosed) -> None:
    """The worker closed a channel by itself: the call cannot go on without it (CM-050)."""
    worker = ex.media.workers.get(name)
    channel = worker.channels.get(told.channel_id) if worker is not None else None
    if channel is None or channel.closing:
        return
    call = ex.calls.get(channel.call_id)
    media_channels.forget_channel(ex, channel)
    if channel.spec.group_id:
        links.left(ex, channel.spec.group_id)
    if call is not None:
        call.channel = None
        ending.hangup(ex, call, common.CAUSE_USER_GONE, text=told.reason)
    elif not channel.call_id:
        links.ends_lost(ex, [channel])


def event(ex: Exchange, name: str, told: media.MediaEvent) -> None:
    """Something happened on a channel."""
    worker = ex.media.workers.get(name)
    channel = worker.channels.get(told.channel_id) if worker is not None else None
    kind = told.WhichOneof("event")
    if channel is not None and not channel.call_id and kind in ("talk", "speaker"):
        channel = links.leg_of(ex, channel)  # heard where the room is, by the end of its link
    call = ex.calls.get(channel.call_id) if channel is not None else None
    if channel is None or call is None or call.ended:
        return
    if kind == "digit":
        digit = told.digit
        source = pb.DIGIT_SOURCE_IN_BAND if digit.in_band else pb.DIGIT_SOURCE_RTP
        digits.received(ex, call, digit.digit, digit.duration_ms, source)
    elif kind == "idle":
        _idle(ex, call, told.idle.silent_s)
    else:
        if kind == "play" and told.play.ended:
            _played(channel, told.play.player_id)
        elif kind == "record":
            _recorded(channel, told.record)
        _pass_on(ex, call, told)


def _idle(ex: Exchange, call: Call, silent_s: int) -> None:
    if not call.view.held:
        ex.log("warning", "call.media_idle", call_id=call.call_id, silent_s=silent_s)
        ending.hangup(ex, call, common.CAUSE_USER_GONE, text="no media", lost=True)


def _played(channel: Channel, player_id: str) -> None:
    """A player that has ended is no part of the channel any more: it must not start again on another worker."""
    for place, overlay in enumerate(channel.spec.overlays):
        if overlay.player_id == player_id:
            del channel.spec.overlays[place]
            return
    if channel.spec.HasField("player") and channel.spec.player.player_id == player_id:
        channel.spec.ClearField("player")


def _recorded(channel: Channel, told: media.RecordEvent) -> None:
    """A recorder that has finished is no part of the channel any more."""
    if told.event.startswith("finished"):
        recorders = channel.spec.recorders
        for place, spec in enumerate(recorders):
            if spec.recorder_id == told.recorder_id:
                del recorders[place]
                return


def _pass_on(ex: Exchange, call: Call, told: media.MediaEvent) -> None:
    event = ex.event(call)
    if event is not None:
        event.media.CopyFrom(told)
