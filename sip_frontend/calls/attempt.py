"""A Dial while it lasts: the targets still to ring, the legs that ring, and the failure that says most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.call import Call, Policy
from sip_frontend.calls.run import Run
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import worker_pb2 as worker_pb

if TYPE_CHECKING:
    from sip_frontend.calls.timers import Timer
    from sip_frontend.calls.trunk_table import TrunkState
    from sip_frontend.transaction import Flow

# RFC 3261 section 16.7: which failure of a fork is told; 6xx first, then what the caller can do something about.
_RANK = (600, 603, 604, 401, 407, 415, 420, 484, 486, 480, 404, 408)


class Target:
    """One contact to ring: a URI, the flow its device registered on if it did, and the user it belongs to."""

    __slots__ = ("dialled", "entity", "flow", "number", "path", "trunk", "uri")

    def __init__(
        self,
        uri: str,
        flow: Flow | None = None,
        entity: common.Entity | None = None,
        parameters: str = "",
        path: tuple[str, ...] = (),
        trunk: TrunkState | None = None,
        dialled: str = "",
    ) -> None:
        self.uri = uri if not parameters else f"{uri};{parameters.removeprefix(';')}"
        self.trunk = trunk
        self.dialled = dialled
        """The number, as it was before the rules of the trunk."""
        self.number = 0
        self.flow = flow
        self.entity = entity
        self.path = path


class Attempt:
    """One Dial while it lasts."""

    __slots__ = (
        "answered",
        "command_id",
        "done",
        "failure",
        "later",
        "legs",
        "looking",
        "options",
        "parent",
        "policy",
        "redirects",
        "run",
        "started",
        "timer",
        "waiting",
    )

    def __init__(self, run: Run, command_id: int, options: worker_pb.Dial, parent: Call | None) -> None:
        self.run = run
        self.command_id = command_id
        self.options = options
        self.parent = parent
        self.policy = Policy(
            keep_children=options.policy.keep_children,
            hangup_parent=options.policy.hangup_parent,
            continue_on_other_hangup=options.policy.continue_on_other_hangup,
        )
        self.waiting: list[Target] = []
        self.legs: list[Call] = []
        self.looking = 0
        self.started = 0
        self.redirects = 0
        self.failure: tuple[int, common.Cause] = (0, common.CAUSE_UNSPECIFIED)
        self.later = 0
        """Targets that are to ring after a while."""
        self.answered: Call | None = None
        self.timer: Timer | None = None
        self.done = False

    @property
    def one_after_the_other(self) -> bool:
        return self.options.strategy == worker_pb.STRATEGY_HUNT

    def note(self, status: int, cause: common.Cause) -> None:
        """A target failed: keep the failure that says most (RFC 3261 section 16.7 step 6)."""
        if not self.failure[0] or _rank(status) < _rank(self.failure[0]):
            self.failure = (status, cause)


def _rank(status: int) -> int:
    if status in _RANK:
        return _RANK.index(status)
    return len(_RANK) + (0 if status < 500 else 1)
