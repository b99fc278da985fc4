"""The other end of a connection, as one side of the bus sees it."""

from __future__ import annotations

from switchroom.bus.heartbeat import Pulse
from switchroom.bus.requests import Asked
from switchroom.v1.envelope_pb2 import Hello


class Link(Pulse):
    """What is under way with one other process: frames to send, requests of ours, answers we owe, counters."""

    __slots__ = (
        "asked",
        "dropped",
        "frames_in",
        "frames_out",
        "gone",
        "hurried",
        "identity",
        "malformed",
        "name",
        "outbox",
        "owed",
        "stray",
    )

    def __init__(self, name: str, identity: bytes | None, now: float) -> None:
        super().__init__(now)
        self.name = name
        self.identity = identity
        self.gone = False
        # Frames that wait for the end of the wake-up, or for room in ZeroMQ's queue.
        self.outbox: list[bytes] = []
        self.hurried = False  # something in it is to leave with this wake-up, and all the rest with it
        # Our unanswered requests, and when each of theirs stops being worth an answer.
        self.asked: dict[int, Asked] = {}
        self.owed: dict[int, float] = {}
        self.frames_in = 0
        self.frames_out = 0
        self.dropped = 0  # refused to the sender because the outbox was full
        self.malformed = 0
        self.stray = 0  # answers to nothing: too late, or a second one


class Peer(Link):
    """A process that has joined a frontend."""

    __slots__ = ("draining", "hello", "joined_at", "role")

    def __init__(self, identity: bytes, hello: Hello, now: float) -> None:
        super().__init__(hello.name, identity, now)
        self.role = hello.role
        self.hello = hello
        self.joined_at = now
        self.draining = False
