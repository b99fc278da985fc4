"""Media events of the contract as the ``channel`` events of scripts: an ``action`` and its fields."""

from __future__ import annotations

from typing import Any, NamedTuple

from switchroom.v1.media_pb2 import MediaEvent


class Described(NamedTuple):
    """The fields a script sees, and the id of the player or recorder that has ended, if one has."""

    data: dict[str, Any]
    ended_id: str = ""


def describe(event: MediaEvent) -> Described:
    """The event in words."""
    kind = event.WhichOneof("event")
    if kind == "play":
        play = event.play
        data = {"action": "play", "event": "end" if play.ended else "start", "reason": play.reason, "file": play.file}
        return Described(data, play.player_id if play.ended else "")
    if kind == "record":
        return _record(event)
    if kind == "digit":
        return Described({"action": "digit", "event": event.digit.digit, "duration_ms": event.digit.duration_ms})
    if kind == "talk":
        return Described(_talks("talk", event.talk.talking, event.talk.energy))
    if kind == "speaker":
        return Described(_talks("speaker", event.speaker.active, event.speaker.energy))
    if kind == "idle":
        return Described({"action": "idle", "silent_s": event.idle.silent_s})
    if kind == "latched":
        source = event.latched.source
        return Described({"action": "latched", "address": source.address, "port": source.port})
    if kind == "dtls":
        return Described({"action": "dtls", "event": event.dtls.state, "reason": event.dtls.reason})
    if kind == "tone":
        return Described({"action": "tone", "event": event.tone.name})
    return Described({"action": kind or ""})


def _talks(action: str, begins: bool, energy: int) -> dict[str, Any]:
    return {"action": action, "event": "start" if begins else "end", "energy": energy}


def _record(event: MediaEvent) -> Described:
    record = event.record
    kind, _, reason = record.event.partition(".")
    data = {
        "action": "record",
        "event": record.event,
        "file": record.file,
        "reason": reason,
        "size_bytes": record.size_bytes,
        "duration_ms": record.duration_ms,
        "recorder_id": record.recorder_id,
    }
    return Described(data, record.recorder_id if kind == "finished" else "")
