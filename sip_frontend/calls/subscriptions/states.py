"""The life of a subscription, as its notifier sees it: RFC 6665 section 4.2.

State       On            Next        Do
ACTIVE      REFRESHED     ACTIVE      rearm, notify
ACTIVE      CHANGED       ACTIVE      notify
ACTIVE      UNSUBSCRIBED  TERMINATED  notify timeout
ACTIVE      EXPIRED       TERMINATED  notify timeout
ACTIVE      STOPPED       TERMINATED  notify probation
ACTIVE      FAILED        GONE        forget
TERMINATED  NOTIFIED      GONE        forget
TERMINATED  FAILED        GONE        forget

Whoever subscribes is authenticated before there is a subscription, so none is ever pending. One that is over stays
until its last NOTIFY is answered, or cannot be.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final


class State(Enum):
    ACTIVE = auto()
    TERMINATED = auto()
    GONE = auto()


class On(Enum):
    """What happens to a subscription."""

    REFRESHED = auto()
    CHANGED = auto()
    UNSUBSCRIBED = auto()
    EXPIRED = auto()
    STOPPED = auto()
    """The exchange stops."""
    NOTIFIED = auto()
    """A NOTIFY was answered."""
    FAILED = auto()
    """A NOTIFY came to nothing, and with it the subscription (RFC 5057 section 5.1)."""


class Do(Enum):
    REARM = auto()
    NOTIFY = auto()
    NOTIFY_TIMEOUT = auto()
    NOTIFY_PROBATION = auto()
    FORGET = auto()


TABLE: Final[dict[tuple[State, On], tuple[State, tuple[Do, ...]]]] = {
    (State.ACTIVE, On.REFRESHED): (State.ACTIVE, (Do.REARM, Do.NOTIFY)),
    (State.ACTIVE, On.CHANGED): (State.ACTIVE, (Do.NOTIFY,)),
    (State.ACTIVE, On.UNSUBSCRIBED): (State.TERMINATED, (Do.NOTIFY_TIMEOUT,)),
    (State.ACTIVE, On.EXPIRED): (State.TERMINATED, (Do.NOTIFY_TIMEOUT,)),
    (State.ACTIVE, On.STOPPED): (State.TERMINATED, (Do.NOTIFY_PROBATION,)),
    (State.ACTIVE, On.FAILED): (State.GONE, (Do.FORGET,)),
    (State.TERMINATED, On.NOTIFIED): (State.GONE, (Do.FORGET,)),
    (State.TERMINATED, On.FAILED): (State.GONE, (Do.FORGET,)),
}
"""What is not here changes nothing."""
