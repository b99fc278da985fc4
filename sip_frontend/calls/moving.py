"""Moving channels from one media worker to another: on the ports they have, or on new ones of which the peers are told.

A group moves as one, with the ends of its links: what is called by one name is on one worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sip_frontend.calls import links, media_channels, readdressing
from sip_frontend.calls.channel import Channel
from sip_frontend.calls.media_directory import MediaWorker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sip_frontend.calls.exchange import Exchange

ELSEWHERE_S: Final = 3.0
"""How long channels wait for a worker that can have their ports. A process that is started again is there by then, and
a silence costs less than a re-INVITE to every peer at once, each time that one hiccups."""
MOST_MOVES: Final = 3
"""New ports for one channel: when nobody could open any of them, something else is wrong."""


def to_neighbours(ex: Exchange, worker: MediaWorker) -> None:
    """The ports of a dead process are free again, so another of its machine can bind them: no peer needs to be told.

    Those of a stopped process are not: then its neighbour refuses, and ``refused`` takes them back.
    """
    for unit in _units(worker.channels.values()):
        heir = ex.media.neighbour(worker, len(unit))
        if heir is not None:
            for channel in unit:
                channel.former = channel.former or worker.name
                _put(ex, channel, heir)


def refused(ex: Exchange, worker: MediaWorker, channel: Channel) -> bool:
    """*worker* has no place for *channel*: where that goes. False when nobody has one."""
    former = ex.media.workers.get(channel.former)
    channel.former = ""
    if former is not None and former is not worker and not _is_given_up(ex, former):
        _put(ex, channel, former)
        return True
    return _elsewhere(ex, worker, [channel])


def _is_given_up(ex: Exchange, worker: MediaWorker) -> bool:
    return worker.lost_at is not None and ex.now - worker.lost_at > ELSEWHERE_S


def to_anywhere(ex: Exchange, worker: MediaWorker) -> None:
    """Whatever *worker* had gets new ports on whoever has room."""
    before = len(worker.channels)
    for unit in _units(worker.channels.values()):
        _elsewhere(ex, worker, unit)
    moved = before - len(worker.channels)
    if moved:
        ex.log("warning", "media.channels_moved", worker=worker.name, channels=moved, left=len(worker.channels))


def _units(channels: Iterable[Channel]) -> list[list[Channel]]:
    units: dict[str, list[Channel]] = {}
    for channel in channels:
        if not channel.closing:
            units.setdefault(channel.spec.group_id or channel.channel_id, []).append(channel)
    return list(units.values())


def _elsewhere(ex: Exchange, worker: MediaWorker, unit: Sequence[Channel]) -> bool:
    target = _target(ex, worker, unit)
    if target is None or any(channel.moves >= MOST_MOVES for channel in unit):
        return False
    if len(target.free) < len(unit):
        media_channels.ask_for_ports(ex, target, len(unit))
        return False
    for channel in unit:
        channel.moves += 1
        if worker.lost_at is not None:
            worker.left_behind.add(channel.channel_id)
        before = channel.port
        channel.house(target.take())
        worker.give_back(before)
        _put(ex, channel, target)
        call = ex.calls.get(channel.call_id)
        if call is not None:
            readdressing.moved(ex, call)
        else:
            links.end_moved(ex, channel)
    media_channels.ask_for_ports(ex, target)
    return True


def _target(ex: Exchange, worker: MediaWorker, unit: Sequence[Channel]) -> MediaWorker | None:
    """Where the rest of the group is already, if it is; else near the legs that it will meet."""
    group_id = unit[0].spec.group_id
    if group_id:
        for other in ex.media.workers.values():
            if other is worker and worker.lost_at is not None:
                continue
            if any(one.spec.group_id == group_id and one not in unit for one in other.channels.values()):
                return other if other.usable else None
    return ex.media.choose(_near(ex, unit))


def _near(ex: Exchange, unit: Sequence[Channel]) -> str:
    for channel in unit:
        call = ex.calls.get(channel.call_id)
        near = media_channels.near(call) if call is not None else links.other_side(ex, channel)
        if near and near != channel.worker:
            return near
    return ""


def _put(ex: Exchange, channel: Channel, worker: MediaWorker) -> None:
    before = ex.media.workers.get(channel.worker)
    if before is not None:
        before.channels.pop(channel.channel_id, None)
    worker.channels[channel.channel_id] = channel
    channel.worker = worker.name
    if worker.lost_at is None:
        ex.touch(channel)
