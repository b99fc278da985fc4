"""Links: a group whose legs are on several media workers is joined by RTP between them.

One worker is the group's home. On each other one the group goes by a name of its own, and a pair of channels that face
each other, one on each worker, carries the sound: what is said in one place is said in the other by its end of the
link. Digits cross as RFC 4733 events. A link lasts as long as a leg needs it, and moves to another worker like a leg.

A leg that not all of its room hear, or that alone hears another one, has a link to itself: its end at home stands for
it there, where all of the room meet (see confiding.py).

When                                          What
a leg joins away from home, the first one     the pair is opened
a leg of a bridge changes its codec           the pair speaks what both legs speak, else plain wideband
the last leg away from home leaves            the pair is closed
home is lost with all its legs                who is left meets anew: one of them is home now
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import confiding, media_channels, room_recording
from sip_frontend.calls.channel import Channel, Port
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.media_directory import MediaWorker

_WIDE = media.Format(name="L16", payload_type=97, clock_rate=16_000, channels=1)
_G711 = {"PCMU", "PCMA"}  # one becomes the other by a table
_EVENTS = (101, 102)
_DYNAMIC = range(96, 128)
_ANY = ("0.0.0.0", "::")


class Link:
    """Two channels that face each other. ``group`` is the name at home. A ``private`` one is for one leg alone."""

    __slots__ = ("away", "group", "home", "private")

    def __init__(self, group: str, home: Channel, away: Channel) -> None:
        self.private = False
        self.group = group
        self.home = home
        self.away = away


def name_on(ex: Exchange, group: str, home: str, worker: str, formats: Sequence[media.Format] = ()) -> str:
    """What *group* is called on *worker*, where a leg is about to join it. Raises NoMedia when there is no port."""
    if worker == home:
        return group
    for name, link in ex.media.links.items():
        if link.group == group and link.away.worker == worker and not link.private:
            return name
    return _open(ex, group, home, worker, formats or (_WIDE,))


def home_group(ex: Exchange, channel: Channel) -> str:
    """What the group of *channel* is called at home; empty when it is in none."""
    link = ex.media.links.get(channel.spec.group_id)
    return channel.spec.group_id if link is None else link.group


def stand_in(ex: Exchange, leg: Channel) -> Channel:
    """The channel that is *leg* for those at home: itself, else the end of a link of its own. Raises NoMedia."""
    name = leg.spec.group_id
    link = ex.media.links.get(name)
    if link is None:
        return leg
    if not link.private and len(_legs(ex, link, name)) > 1:
        leg.spec.group_id = _open(ex, link.group, link.home.worker, leg.worker, (_WIDE,))
        ex.touch(leg)
        link = ex.media.links[leg.spec.group_id]
    link.private = True
    return link.home


def end_at_home(ex: Exchange, leg: Channel) -> Channel:
    """What stands for *leg* at home, as far as anything does for it alone."""
    link = ex.media.links.get(leg.spec.group_id)
    return link.home if link is not None and link.private else leg


def leg_of(ex: Exchange, end: Channel) -> Channel | None:
    """The leg that alone is heard by this end of a link at home."""
    for name, link in ex.media.links.items():
        if link.home is end:
            legs = _legs(ex, link, name)
            return legs[0] if len(legs) == 1 else None
    return None


def common_formats(one: Channel, other: Channel) -> list[media.Format]:
    """What both legs speak, so that nothing is translated on the way; none when they speak differently."""
    ours, theirs = one.spec.formats, [_encoding(form) for form in other.spec.formats]
    if not ours or not theirs:
        return []
    common = [form for form in ours if _encoding(form) in theirs]
    if {ours[0].name, other.spec.formats[0].name} <= _G711:
        return [ours[0], *(form for form in common if form.name == "CN")]
    return common if _encoding(ours[0]) == theirs[0] else []


def follow(ex: Exchange, one: Channel, other: Channel) -> None:
    """A leg of this bridge may speak another codec than before: so does the link between them, if there is one."""
    for name, link in ex.media.links.items():
        groups = {name: other, link.group: one} if link.group == one.spec.group_id else {name: one, link.group: other}
        if all(leg.spec.group_id == group for group, leg in groups.items()):
            _speak(ex, link, common_formats(groups[link.group], groups[name]) or [_WIDE])
            return


def _speak(ex: Exchange, link: Link, formats: Sequence[media.Format]) -> None:
    """Both ends change to these formats. No number means another codec than before: one end changes first."""
    before = list(link.home.spec.formats)
    if [_encoding(form) for form in before] == [_encoding(form) for form in formats]:
        return
    meant = {form.payload_type: _encoding(form) for form in before}
    meant[link.home.spec.telephone_event_receive_pt] = ("TELEPHONE-EVENT", 0, 1)
    taken = {*meant, *(form.payload_type for form in formats)}
    changed = [_numbered(form, meant, taken) for form in formats]
    for end in (link.home, link.away):
        _set_formats(end, changed)
        ex.touch(end)
    ex.log("info", "media.relinked", group=link.group, codec=changed[0].name)


def _numbered(form: media.Format, meant: Mapping[int, tuple[str, int, int]], taken: set[int]) -> media.Format:
    if meant.get(form.payload_type, _encoding(form)) == _encoding(form):
        return form
    number = next(number for number in _DYNAMIC if number not in taken)
    taken.add(number)
    return media.Format(
        name=form.name, payload_type=number, clock_rate=form.clock_rate, channels=form.channels, fmtp=form.fmtp
    )


def _encoding(form: media.Format) -> tuple[str, int, int]:
    return form.name.upper(), form.clock_rate, form.channels or 1


def _open(ex: Exchange, group: str, home: str, worker: str, formats: Sequence[media.Format]) -> str:
    here, there = (_with_port(ex, name) for name in (home, worker))
    family = _common_family(here, there)
    ends = [Channel(ex.new_id(), "", one.name, one.take(), 0, ex.settings.rtp_dscp) for one in (here, there)]
    name = f"{group}@{ex.new_id()}"
    for end, other, group_id in ((ends[0], ends[1], group), (ends[1], ends[0], name)):
        _face(end, other, family, formats)
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
        return bool(_common_family(_with_port(ex, one), _with_port(ex, other)))
    except media_channels.NoMedia:
        return False


def _with_port(ex: Exchange, name: str) -> MediaWorker:
    worker = ex.media.workers.get(name)
    if worker is None or worker.lost_at is not None or not worker.has_room:
        limits = "see its ports and max_channels"
        raise media_channels.NoMedia(f"no room on {name} for a link between media workers ({limits})")
    return worker


def _common_family(here: MediaWorker, there: MediaWorker) -> str:
    return _family_of(here.free[0], there.free[0])


def _family_of(one: Port, other: Port) -> str:
    for place in one.places:
        if other.at(place.family) is not None:
            return place.family
    raise media_channels.NoMedia("no link between these media workers: one has IPv4 alone, the other IPv6")


def _face(end: Channel, other: Channel, family: str, formats: Sequence[media.Format]) -> None:
    spec = end.spec
    _point(end, other, family)
    events = next(number for number in _EVENTS if number not in [form.payload_type for form in formats])
    spec.telephone_event_receive_pt = spec.telephone_event_send_pt = events
    _set_formats(end, formats)


def _point(end: Channel, other: Channel, family: str) -> None:
    spec, place, far = end.spec, end.port.at(family), other.port.at(family)
    if place is not None and far is not None:
        spec.local_address = place.local
        spec.remote.rtp.address = far.advertised if far.local in _ANY else far.local
    spec.remote.rtp.port = other.port.number


def _set_formats(end: Channel, formats: Sequence[media.Format]) -> None:
    spec = end.spec
    del spec.formats[:]
    spec.formats.extend(formats)
    spec.telephone_event_rate = formats[0].clock_rate


def end_moved(ex: Exchange, end: Channel) -> None:
    """An end of a link has another port: the other end sends there."""
    other = _other(ex, end)
    if other is None:
        return
    try:
        family = _family_of(end.port, other.port)
    except media_channels.NoMedia:
        media_channels.forget_channel(ex, end)
        ends_lost(ex, [end])
        return
    for one, far in ((end, other), (other, end)):
        _point(one, far, family)
        ex.touch(one)


def other_side(ex: Exchange, end: Channel) -> str:
    """Name of the worker of the other end of this one's link; empty when it is no end."""
    other = _other(ex, end)
    return other.worker if other is not None else ""


def _other(ex: Exchange, end: Channel) -> Channel | None:
    for link in ex.media.links.values():
        if end in (link.home, link.away):
            return link.away if link.home is end else link.home
    return None


def left(ex: Exchange, group_id: str) -> None:
    """A leg has left the group of that name on its worker: a link that nobody needs any more is closed."""
    link = ex.media.links.get(group_id)
    if link is None:
        room_recording.left(ex, group_id)
    elif not _legs(ex, link, group_id):
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
    for group in {group for _, group in legs}:
        confiding.joined(ex, group)
    room_recording.lost(ex, lost)
    for group in {link.group for _, link in broken}:
        room_recording.left(ex, group)


def _meet(ex: Exchange, leg: Channel, group: str) -> None:
    home = ex.media.home_of(group) or leg.worker
    try:
        leg.spec.group_id = name_on(ex, group, home, leg.worker)
    except media_channels.NoMedia as error:
        ex.log("warning", "media.link_refused", group=group, channel_id=leg.channel_id, reason=str(error))
        leg.spec.group_id = ""
    ex.touch(leg)
