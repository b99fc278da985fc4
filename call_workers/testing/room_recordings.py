"""Recordings of whole rooms in the simulated exchange: they last as long as anybody is in the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchroom.v1.worker_pb2 import RecordControl

if TYPE_CHECKING:
    from call_workers.testing.exchange import Exchange
    from call_workers.testing.phone import Phone

STATES: dict[int, str] = {
    RecordControl.ACTION_PAUSE: "paused",
    RecordControl.ACTION_RESUME: "recording",
    RecordControl.ACTION_FINISH: "finished",
}


class RoomRecording:
    """One of them."""

    def __init__(self, room: str, file: str) -> None:
        self.room = room
        self.file = file
        self.state = "recording"
        """recording, paused or finished."""
        self.askers: dict[str, Phone] = {}
        """By the recorder ids that their scripts know it by."""

    def end(self, word: str) -> None:
        """All who asked for it and are still there hear of it."""
        self.state = "finished"
        for recorder_id, phone in self.askers.items():
            if not phone.ended:
                post_end(phone, recorder_id, self.file, word)
        self.askers.clear()


def post_end(phone: Phone, recorder_id: str, file: str, word: str) -> None:
    """Tell the script of *phone* that a recording has ended."""
    event = phone.event()
    event.media.record.recorder_id = recorder_id
    event.media.record.file = file
    event.media.record.event = word
    phone.post(event)


def ask(exchange: Exchange, phone: Phone, recorder_id: str, file: str) -> None:
    """Begin one of the room of *phone*, or have part in the one that runs."""
    recording = exchange.room_recordings.get(file)
    if recording is None or recording.state == "finished":
        recording = exchange.room_recordings[file] = RoomRecording(phone.room, file)
    recording.askers[recorder_id] = phone


def control(exchange: Exchange, recorder_id: str, action: int) -> bool:
    """Pause, resume or finish it; False when there is none of that id."""
    for recording in exchange.room_recordings.values():
        if recorder_id in recording.askers:
            recording.state = STATES[action]
            if action == RecordControl.ACTION_FINISH:
                recording.end("finished.requested")
            return True
    return False


def leave(exchange: Exchange, phone: Phone) -> None:
    """*phone* leaves its room; the last one ends what is recorded of it."""
    room, phone.room = phone.room, ""
    if room and not exchange.room(room):
        for recording in exchange.room_recordings.values():
            if recording.room == room and recording.state != "finished":
                recording.end("finished.channelclosed")
