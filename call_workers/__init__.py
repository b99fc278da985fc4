"""Call scripts: what a telephone exchange does with a call, in a few lines of Python. See docs/call-scripts.md."""

from __future__ import annotations

from call_workers.call import Call
from call_workers.causes import Cause, HangupCause
from call_workers.channel_stats import ChannelStats
from call_workers.dialling import Strategy
from call_workers.errors import (
    AuthFailed,
    Busy,
    CallEnded,
    CommandRejected,
    Declined,
    DialFailed,
    NoAnswer,
    StepFailed,
    Unreachable,
)
from call_workers.events import Event
from call_workers.notices import Notice
from call_workers.playing import Playing
from call_workers.recording import Recording, RecordOptions
from call_workers.soup import File, Tone
from call_workers.values import Answer, CallState, CallType, Credentials, Direction, Diversion, Entity, Party
from call_workers.voice import Voice
from call_workers.worker import CallWorker

__all__ = [
    "Answer",
    "AuthFailed",
    "Busy",
    "Call",
    "CallEnded",
    "CallState",
    "CallType",
    "CallWorker",
    "Cause",
    "ChannelStats",
    "CommandRejected",
    "Credentials",
    "Declined",
    "DialFailed",
    "Direction",
    "Diversion",
    "Entity",
    "Event",
    "File",
    "HangupCause",
    "NoAnswer",
    "Notice",
    "Party",
    "Playing",
    "RecordOptions",
    "Recording",
    "StepFailed",
    "Strategy",
    "Tone",
    "Unreachable",
    "Voice",
]
