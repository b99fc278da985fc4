"""What media workers tell of their channels: closed, digits, players, recorders, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import digits, ending, links, media_channels, room_recording
from sip_frontend.calls.call import Call
from sip_frontend.calls.channel import Channel
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

LEAVING = "shutdown"
"""Why a worker that leaves lets go of the channels that it has not finished: its Goodbye follows."""


def closed(ex: Exchange, name: str, told: media.ChannelClosed) -> None:
    """The worker closed a channel by itself: the call cannot go on without it (CM-050), unless another worker makes it
    again because this one leaves."""
    if told.reason == LEAVING:
        return
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
    if isinstance(channel, room_recording.Ear):
        room_recording.told(ex, channel, told)
        return
    if channel is not None and not channel.call_id and kind in ("talk", "speaker"):
        channel = links.leg_of(ex, channel)  # heard where the room is, by the end of its link
    call = ex.calls.get(channel.call_id) if channel is not None else None
    if channel is None or call is None or call.ended:
        return
    if kind == "digit":
        digit = told.digit
        source = pb.DIGIT_SOURCE_IN_BAND if digit.in_band else pb.DIGIT_SOURCE_RTP
        if digit.released:
            digits.released(ex, call, digit.digit, digit.duration_ms, source)
        else:
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
