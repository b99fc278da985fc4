"""Players of a channel: paused, resumed, sent elsewhere, made louder and softer while they play.

The media worker alone knows exactly where a player stands. What is reckoned here, from the moment it was asked to play,
is for the worker that has to go on when that one has died.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.call import stamp
from sip_frontend.calls.channel import Channel
from switchroom.v1 import media_pb2 as media
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def find(channel: Channel, player_id: str) -> media.Player | None:
    """What plays by that name, in the place of the rest or over it."""
    spec = channel.spec
    if spec.HasField("player") and spec.player.player_id == player_id:
        return spec.player
    return next((one for one in spec.overlays if one.player_id == player_id), None)


def control(ex: Exchange, channel: Channel, wanted: pb.PlayControl) -> None:
    """Change what plays; it may have ended while it was asked for, which is no error."""
    player = find(channel, wanted.player_id)
    if player is None:
        return
    if wanted.HasField("seek_ms"):
        player.seeks += 1
        player.position_ms = wanted.seek_ms
        stamp(player.started_at, ex.unix)
    if wanted.HasField("paused") and wanted.paused != player.paused:
        player.position_ms = _stands_at(player, ex.unix)
        player.paused = wanted.paused
        stamp(player.started_at, ex.unix)
    if wanted.HasField("gain_db"):
        player.gain_db = wanted.gain_db
    ex.touch(channel)


def _stands_at(player: media.Player, unix: float) -> int:
    if player.paused:
        return player.position_ms
    began_s = player.started_at.seconds + player.started_at.nanos / 1e9
    return player.position_ms + max(0, int((unix - began_s) * 1000))
