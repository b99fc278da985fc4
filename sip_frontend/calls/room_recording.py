"""Recordings of whole rooms: everybody in it, mixed into one, as long as anybody is in it.

Who records a room is a channel without a peer: an ear. It is a member where all of the room meet, says nothing, and
what it would send to its peer, which is what all of the room hear, is recorded. So it lives and moves like any channel,
and whoever is heard by some alone is not in it.

When                                               What
a script asks for a recording of its room          an ear is opened: one for each file, so that none depends on others
another one asks for the same file                 it hears of that recording too, and may control it
a recording has ended                              all who asked hear of it, and its ear is closed
the last leg has left the room                     its ears are closed: what they record ends (channelclosed)
an ear is lost, and the room is elsewhere now      another one is opened there, and the recording goes on in a new part
it is lost, and so is the room, or is refused      the recording ends (lost)
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
    """The channel that hears a room for one file."""

    __slots__ = ("askers",)

    def __init__(self, channel_id: str, worker: str, port: Port, group: str, recorder: media.RecorderSpec) -> None:
        super().__init__(channel_id, "", worker, port, 0)
        self.askers: dict[str, str] = {}
        """The names that scripts know the recorder by, and their calls."""
        spec = self.spec
        spec.direction.receive = False
        spec.formats.append(_WIDE)
        spec.group_id = group
        spec.member.heard_by.append(_NOBODY)  # that alone has it mixed, however few are in the room
        spec.recorders.append(recorder)

    @property
    def recorder(self) -> media.RecorderSpec:
        return self.spec.recorders[0]


def record(ex: Exchange, call: Call, wanted: media.RecorderSpec) -> str:
    """Record the room that *call* is in; or let its script have part in the recording to that file.

    Returns what stands in the way, in words.
    """
    group = links.home_group(ex, call.channel) if call.channel is not None else ""
    if not group.startswith(ROOM):
        return "the call is in no room"
    ear = ex.media.ears.get(group, {}).get(wanted.file)
    try:
        if ear is None or ear.recorder.finished:
            ear = _open(ex, group, _recorder(ex, wanted))
    except media_channels.NoMedia as error:
        return str(error)
    for gone in [name for name, call_id in ear.askers.items() if call_id not in ex.calls]:
        del ear.askers[gone]
    ear.askers[wanted.recorder_id] = call.call_id
    return ""


def _recorder(ex: Exchange, wanted: media.RecorderSpec) -> media.RecorderSpec:
    spec = media.RecorderSpec()
    spec.CopyFrom(wanted)
    spec.channels = 1
    spec.source = media.RECORD_SOURCE_SENT
    spec.ClearField("after_player")
    stamp(spec.started_at, ex.unix)
    return spec


def control(ex: Exchange, call: Call, wanted: pb.RecordControl) -> media.RecorderSpec | None:
    """The recorder that *call* asked for by that name; what becomes of it is told to its worker."""
    for ears in ex.media.ears.values():
        for ear in ears.values():
            if ear.askers.get(wanted.recorder_id) == call.call_id:
                ex.touch(ear)
                return ear.recorder
    return None


def told(ex: Exchange, ear: Ear, event: media.MediaEvent) -> None:
    """Something happened to a recording: all who asked for it hear of it."""
    if not event.HasField("record"):
        return
    for name, call_id in ear.askers.items():
        call = ex.calls.get(call_id)
        passed_on = ex.event(call) if call is not None and not call.ended else None
        if passed_on is not None:
            passed_on.media.CopyFrom(event)
            passed_on.media.record.recorder_id = name
    if event.record.event.startswith("finished"):
        ear.askers.clear()
        _close(ex, ear)


def left(ex: Exchange, group: str) -> None:
    """A leg, or the link of some, has left the group of that name: perhaps the last of a room."""
    ears = ex.media.ears.get(group)
    if ears is not None and not _somebody_in(ex, group):
        for ear in list(ears.values()):
            _close(ex, ear)


def _somebody_in(ex: Exchange, group: str) -> bool:
    return any(
        one.spec.group_id == group and not one.closing and not isinstance(one, Ear)
        for worker in ex.media.workers.values()
        for one in worker.channels.values()
    )


def lost(ex: Exchange, channels: Iterable[Channel]) -> None:
    """These are gone for good: where one was an ear of a room that is elsewhere now, there is another one."""
    for ear in channels:
        if not isinstance(ear, Ear):
            continue
        _forget(ex, ear)
        if _is_elsewhere(ex, ear):
            try:
                _open(ex, ear.spec.group_id, ear.recorder).askers = ear.askers
                continue
            except media_channels.NoMedia as error:
                ex.log("warning", "media.recording_lost", group=ear.spec.group_id, reason=str(error))
        _give_up(ex, ear)


def _is_elsewhere(ex: Exchange, ear: Ear) -> bool:
    home = ex.media.home_of(ear.spec.group_id)
    return home not in ("", ear.worker) and _somebody_in(ex, ear.spec.group_id) and not ear.recorder.finished


def _give_up(ex: Exchange, ear: Ear) -> None:
    """Nobody else will tell the end of what it records: those who have not heard of it hear of it here."""
    event = media.MediaEvent(channel_id=ear.channel_id)
    stamp(event.at, ex.unix)
    event.record.file, event.record.event = ear.recorder.file, "finished.lost"
    told(ex, ear, event)


def _open(ex: Exchange, group: str, recorder: media.RecorderSpec) -> Ear:
    """Raises NoMedia."""
    name = ex.media.home_of(group)
    worker = ex.media.workers.get(name)
    if worker is None or worker.lost_at is not None or not worker.has_room:
        raise media_channels.NoMedia(f"no room on {name} for the recording of a room (see its ports and max_channels)")
    ear = Ear(ex.new_id(), worker.name, worker.take(), group, recorder)
    worker.channels[ear.channel_id] = ear
    ex.media.ears.setdefault(group, {})[recorder.file] = ear
    ex.touch(ear)
    media_channels.ask_for_ports(ex, worker)
    return ear


def _forget(ex: Exchange, ear: Ear) -> None:
    ears = ex.media.ears.get(ear.spec.group_id, {})
    if ears.get(ear.recorder.file) is ear:
        del ears[ear.recorder.file]
        if not ears:
            del ex.media.ears[ear.spec.group_id]


def _close(ex: Exchange, ear: Ear) -> None:
    if ear.closing:  # also while others of its room are being closed
        return
    _forget(ex, ear)
    media_channels.close(ex, ear, "requested", lambda stats: _give_up(ex, ear))
