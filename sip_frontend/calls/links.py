"""Links: a group whose legs are on several media workers is joined by RTP between them.

One worker is the group's home. On each other one the group goes by a name of its own, and a pair of channels that face
each other, one on each worker, carries the sound: what is said in one place is said in the other by its end of the
link. Digits cross as RFC 4733 events. A link lasts as long as a leg needs it, and moves to another worker like a leg.

When                                          What
a leg joins away from home, the first one     the pair is opened
the last leg away from home leaves            the pair is closed
home is lost with all its legs                who is left meets anew: one of them is home now
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import media_channels
from sip_frontend.calls.channel import Channel
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.media_directory import MediaWorker

_WIDE = media.Format(name="L16", payload_type=97, clock_rate=16_000, channels=1)
_G711 = {"PCMU", "PCMA"}  # one becomes the other by a table
_EVENTS = (101, 102)
_ANY = ("0.0.0.0", "::")


class Link:
    """Two channels that face each other. ``group`` is the name at home."""

    __slots__ = ("away", "group", "home")

    def __init__(self, group: str, home: Channel, away: Channel) -> None:
        self.group = group
        self.home = home
        self.away = away


def name_on(ex: Exchange, group: str, home: str, worker: str, formats: Sequence[media.Format] = ()) -> str:
    """What *group* is called on *worker*, where a leg is about to join it. Raises NoMedia when there is no port."""
    if worker == home:
        return group
    for name, link in ex.media.links.items():
        if link.group == group and link.away.worker == worker:
            return name
    return _open(ex, group, home, worker, formats or (_WIDE,))


def common_formats(one: Channel, other: Channel) -> list[media.Format]:
    """What both legs speak, so that nothing is translated on the way; none when they speak differently."""
    ours, theirs = one.spec.formats, [_encoding(form) for form in other.spec.formats]
    if not ours or not theirs:
        return []
    if {ours[0].name, other.spec.formats[0].name} <= _G711:
        return [ours[0]]
    return [form for form in ours if _encoding(form) in theirs] if _encoding(ours[0]) == theirs[0] else []


def _encoding(form: media.Format) -> tuple[str, int, int]:
    return form.name.upper(), form.clock_rate, form.channels or 1


def _open(ex: Exchange, group: str, home: str, worker: str, formats: Sequence[media.Format]) -> str:
    here, there = (_with_port(ex, name) for name in (home, worker))
    ends = [Channel(ex.new_id(), "", one.name, one.take(), 0) for one in (here, there)]
    name = f"{group}@{ex.new_id()}"
    for end, other, group_id in ((ends[0], ends[1], group), (ends[1], ends[0], name)):
        _face(end, other, formats)
        end.spec.group_id = group_id
        ex.media.workers[end.worker].channels[end.channel_id] = end
        ex.touch(end)
    ex.media.links[name] = Link(group, ends[0], ends[1])
    ex.log("info", "media.linked", group=group, workers=[home, worker], codec=formats[0].name)
    for one in (here, there):
        media_channels.ask_for_ports(ex, one)
    return name


def possible(ex: Exchange, one: str, other: str) -> bool:
    """Whether legs on these two workers can meet."""
    if one == other:
        return True
    try:
        return all(_with_port(ex, name) for name in (one, other))
    except media_channels.NoMedia:
        return False


def _with_port(ex: Exchange, name: str) -> MediaWorker:
    worker = ex.media.workers.get(name)
    if worker is None or worker.lost_at is not None or not worker.has_room:
        raise media_channels.NoMedia(f"no room on {name} for a link between media workers")
    return worker


def _face(end: Channel, other: Channel, formats: Sequence[media.Format]) -> None:
    spec, port = end.spec, other.port
    spec.remote.rtp.address = port.advertised if port.local in _ANY else port.local
    spec.remote.rtp.port = port.number
    spec.formats.extend(formats)
    events = next(number for number in _EVENTS if number not in [form.payload_type for form in formats])
    spec.telephone_event_receive_pt = spec.telephone_event_send_pt = events
    spec.telephone_event_rate = formats[0].clock_rate


def left(ex: Exchange, group_id: str) -> None:
    """A leg has left the group of that name on its worker: a link that nobody needs any more is closed."""
    link = ex.media.links.get(group_id)
    if link is not None and not _legs(ex, link, group_id):
        _close(ex, group_id, link)


def _legs(ex: Exchange, link: Link, group_id: str) -> list[Channel]:
    worker = ex.media.workers.get(link.away.worker)
    channels = worker.channels.values() if worker is not None else ()
    return [one for one in channels if one.spec.group_id == group_id and one.call_id and not one.closing]


def _close(ex: Exchange, name: str, link: Link) -> None:
    del ex.media.links[name]
    for end in (link.home, link.away):
        if not end.closing:
            media_channels.close(ex, end, "requested", lambda stats: None)


def ends_lost(ex: Exchange, lost: Sequence[Channel]) -> None:
    """Ends of links are gone for good: their other ends are closed, and the legs away from home meet anew."""
    broken = [(name, link) for name, link in ex.media.links.items() if link.home in lost or link.away in lost]
    legs = [(leg, link.group) for name, link in broken for leg in _legs(ex, link, name)]
    for channel in lost:
        channel.closing = True
    for name, link in broken:
        _close(ex, name, link)
    for leg, group in legs:
        _meet(ex, leg, group)


def _meet(ex: Exchange, leg: Channel, group: str) -> None:
    home = ex.media.home_of(group) or leg.worker
    try:
        leg.spec.group_id = name_on(ex, group, home, leg.worker)
    except media_channels.NoMedia as error:
        ex.log("warning", "media.link_refused", group=group, channel_id=leg.channel_id, reason=str(error))
        leg.spec.group_id = ""
    ex.touch(leg)
