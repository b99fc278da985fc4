"""Recordings of whole rooms: everybody in it, mixed into one, as long as anybody is in it.

Who records a room is a channel without a peer: its ear. It is a member where all of the room meet, says nothing, and
what it would send to its peer, which is what all of the room hear, is recorded. So it lives and moves like any channel,
and whoever is heard by some alone is not in it.

When                                               What
a script asks for a recording of its room          the ear is opened if there is none yet, and gets a recorder
another one asks for the same file                 it hears of that recording too, and may control it
a recording has ended                              all who asked hear of it; the last one takes the ear along
the last leg has left the room                     the ear is closed: what it records ends (channelclosed)
the ear is lost, and the room is elsewhere now     another one is opened there, and its recordings go on in new parts
it is lost, and so is the room                     its recordings end (lost)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import links, media_channels
from sip_frontend.calls.call import Call, stamp
from sip_frontend.calls.channel import Channel, Port
from switchroom.v1 import media_pb2 as media
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sip_frontend.calls.exchange import Exchange

ROOM = "room/"
"""What the names of rooms begin with, among those of groups."""
_WIDE = media.Format(name="L16", payload_type=97, clock_rate=16_000, channels=1)
_NOBODY = "nobody"


class Ear(Channel):
    """The channel that hears a room."""

    __slots__ = ("askers",)

    def __init__(self, channel_id: str, worker: str, port: Port, group: str) -> None:
        super().__init__(channel_id, "", worker, port, 0)
        self.askers: dict[str, dict[str, str]] = {}
        """For each recorder the names that scripts know it by, and their calls."""
        spec = self.spec
        spec.direction.receive = False
        spec.formats.append(_WIDE)
        spec.group_id = group
        spec.member.heard_by.append(_NOBODY)  # that alone has it mixed, however few are in the room


def record(ex: Exchange, call: Call, wanted: media.RecorderSpec) -> str:
    """Record the room that *call* is in; or let its script have part in the recording to that file.

    Returns what stands in the way, in words.
    """
    group = links.home_group(ex, call.channel) if call.channel is not None else ""
    if not group.startswith(ROOM):
        return "the call is in no room"
    try:
        ear = ex.media.ears.get(group) or _open(ex, group)
    except media_channels.NoMedia as error:
        return str(error)
    spec = next((one for one in ear.spec.recorders if one.file == wanted.file and not one.finished), None)
    if spec is None:
        spec = _begin(ex, ear, wanted)
    askers = ear.askers.setdefault(spec.recorder_id, {})
    for gone in [one for one, call_id in askers.items() if call_id not in ex.calls]:
        del askers[gone]
    askers[wanted.recorder_id] = call.call_id
    return ""


def _begin(ex: Exchange, ear: Ear, wanted: media.RecorderSpec) -> media.RecorderSpec:
    spec = ear.spec.recorders.add()
    spec.CopyFrom(wanted)
    spec.recorder_id = ex.new_id()  # scripts choose theirs without knowing of each other
    spec.channels = 1
    spec.source = media.RECORD_SOURCE_SENT
    spec.ClearField("after_player")
    stamp(spec.started_at, ex.unix)
    ex.touch(ear)
    return spec


def control(ex: Exchange, call: Call, wanted: pb.RecordControl) -> media.RecorderSpec | None:
    """The recorder that *call* asked for by that name; what becomes of it is told to its worker."""
    for ear in ex.media.ears.values():
        for spec in ear.spec.recorders:
            if ear.askers[spec.recorder_id].get(wanted.recorder_id) == call.call_id:
                ex.touch(ear)
                return spec
    return None


def told(ex: Exchange, ear: Ear, event: media.MediaEvent) -> None:
    """Something happened to a recording: all who asked for it hear of it."""
    if not event.HasField("record"):
        return
    recorder_id = event.record.recorder_id
    for name, call_id in ear.askers.get(recorder_id, {}).items():
        call = ex.calls.get(call_id)
        passed_on = ex.event(call) if call is not None and not call.ended else None
        if passed_on is not None:
            passed_on.media.CopyFrom(event)
            passed_on.media.record.recorder_id = name
    if event.record.event.startswith("finished"):
        _ended(ex, ear, recorder_id)


def _ended(ex: Exchange, ear: Ear, recorder_id: str) -> None:
    """It is no part of the ear any more: it must not begin again on another worker."""
    ear.askers.pop(recorder_id, None)
    stay = [spec for spec in ear.spec.recorders if spec.recorder_id != recorder_id]
    del ear.spec.recorders[:]
    ear.spec.recorders.extend(stay)
    if not stay and ex.media.ears.get(ear.spec.group_id) is ear:
        _close(ex, ear)


def left(ex: Exchange, group: str) -> None:
    """A leg, or the link of some, has left the group of that name: perhaps the last of a room."""
    ear = ex.media.ears.get(group)
    if ear is not None and not _somebody_in(ex, group):
        _close(ex, ear)


def _somebody_in(ex: Exchange, group: str) -> bool:
    return any(
        one.spec.group_id == group and not one.closing and not isinstance(one, Ear)
        for worker in ex.media.workers.values()
        for one in worker.channels.values()
    )


def lost(ex: Exchange, channels: Iterable[Channel]) -> None:
    """These are gone for good: where one was the ear of a room that is elsewhere now, there is another one."""
    for ear in channels:
        if not isinstance(ear, Ear) or ex.media.ears.get(ear.spec.group_id) is not ear:
            continue
        del ex.media.ears[ear.spec.group_id]
        home = ex.media.home_of(ear.spec.group_id)
        if home not in ("", ear.worker):
            try:
                _replace(ex, ear)
                continue
            except media_channels.NoMedia as error:
                ex.log("warning", "media.recording_lost", group=ear.spec.group_id, reason=str(error))
        _give_up(ex, ear)


def _replace(ex: Exchange, ear: Ear) -> None:
    new = _open(ex, ear.spec.group_id)
    new.askers = ear.askers
    new.spec.recorders.extend(ear.spec.recorders)
    ex.touch(new)


def _give_up(ex: Exchange, ear: Ear) -> None:
    """Nobody will tell the end of what it still records."""
    for spec in list(ear.spec.recorders):
        event = media.MediaEvent(channel_id=ear.channel_id)
        stamp(event.at, ex.unix)
        event.record.recorder_id, event.record.file, event.record.event = spec.recorder_id, spec.file, "finished.lost"
        told(ex, ear, event)


def _open(ex: Exchange, group: str) -> Ear:
    """Raises NoMedia."""
    name = ex.media.home_of(group)
    worker = ex.media.workers.get(name)
    if worker is None or worker.lost_at is not None or not worker.has_room:
        raise media_channels.NoMedia(f"no room on {name} for the recording of a room (see its ports and max_channels)")
    ear = Ear(ex.new_id(), worker.name, worker.take(), group)
    worker.channels[ear.channel_id] = ear
    ex.media.ears[group] = ear
    media_channels.ask_for_ports(ex, worker)
    return ear


def _close(ex: Exchange, ear: Ear) -> None:
    del ex.media.ears[ear.spec.group_id]
    media_channels.close(ex, ear, "requested", lambda stats: _give_up(ex, ear))
