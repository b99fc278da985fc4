"""What the guard decides, and how often it decided it why."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, final


class Verdict(IntEnum):
    """What becomes of a message."""

    PASS = 0
    DROP = 1
    """Not a word; a connection is cut."""
    REFUSE = 2
    """503 with Retry-After, unless it belongs to a transaction that is already there."""
    IGNORE = 3
    """Nothing is wrong with it, and nothing needs to be done about it."""


@final
class Drops:
    """Plain integers, only ever counting up: messages by the reason for which they went no further."""

    __slots__ = (
        "banned",
        "bans",
        "denied",
        "early_calls",
        "early_calls_of_source",
        "late_acks",
        "messages_rate",
        "overload",
        "refusals_rate",
        "requests_rate",
        "scanner",
    )

    def __init__(self) -> None:
        self.denied = 0
        """From an address of the deny list."""
        self.banned = 0
        """From an address banned for a while."""
        self.scanner = 0
        """A scanner's User-Agent or trick."""
        self.requests_rate = 0
        """More new requests than one source may send."""
        self.messages_rate = 0
        """More messages of any kind than one source may send."""
        self.early_calls_of_source = 0
        """The source has as many unanswered calls as it may have."""
        self.early_calls = 0
        """All have."""
        self.overload = 0
        """The event loop is late."""
        self.refusals_rate = 0
        """Would have been refused, had there not been too many refusals in this second."""
        self.late_acks = 0
        """ACKs to refusals of ours, which no transaction waits for."""
        self.bans = 0
        """Bans pronounced, not messages."""

    @property
    def total(self) -> int:
        """Messages that went no further."""
        return sum(getattr(self, name) for name in _MESSAGES)

    def counts(self) -> dict[str, int]:
        """All of them by name."""
        return {name: getattr(self, name) for name in (*_MESSAGES, "refusals_rate", "bans")}


_MESSAGES: Final = (
    *("denied", "banned", "scanner", "requests_rate", "messages_rate", "early_calls_of_source", "early_calls"),
    *("overload", "late_acks"),
)
