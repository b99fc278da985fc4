"""The gate: every message as it came, with its source and the time, and what is to become of it.

The order is by cost: lists and bans are one look-up, buckets a few sums, only then the bytes are searched. Requests
inside dialogs and responses are held to a much larger bucket alone, so that a source over its limit, or a frontend
that is overloaded, keeps its established calls.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Final, final

from sip_frontend.guard.buckets import Bucket
from sip_frontend.guard.drops import Drops, Verdict
from sip_frontend.guard.looking import OPENING, Scanners, in_dialog
from sip_frontend.guard.overload import Overload
from sip_frontend.guard.policy import Policy
from sip_frontend.guard.sources import Sources, Standing

REFUSAL_TAG: Final = "guard-"
"""How To tags of refusals begin, so that their ACKs are known at sight."""
_REFUSAL_TAG: Final = b"tag=" + REFUSAL_TAG.encode()


class Fault(IntEnum):
    """What counts towards a ban, by weight."""

    MALFORMED = 1
    AUTHENTICATION = 2
    SCANNER = 5
    """Not banned at sight: the source of one datagram may be forged to shut somebody else out."""


@final
class Guard:
    """Judges messages.

    *early_of* tells the unanswered calls of an address, *early_calls* those of all.
    """

    __slots__ = (
        "_early_calls",
        "_early_of",
        "_overload",
        "_policy",
        "_refusals",
        "_scanners",
        "_sources",
        "bans",
        "drops",
    )

    def __init__(
        self,
        policy: Policy,
        overload: Overload,
        *,
        early_of: Callable[[str], int] = lambda host: 0,
        early_calls: Callable[[], int] = lambda: 0,
    ) -> None:
        self._overload = overload
        self._early_of = early_of
        self._early_calls = early_calls
        self._sources = Sources(policy)
        self.drops = Drops()
        self.bans = 0
        """Sources banned at the last ``sweep``, and since."""
        self.reload(policy)

    def reload(self, policy: Policy, trusted: frozenset[str] = frozenset()) -> None:
        """New lists and limits from now on; bans stay, but for addresses that are excepted from them now.

        *trusted* are the addresses of trusted trunks: never limited, never banned.
        """
        self._policy = policy
        self._scanners = Scanners(policy.scanners, policy.tricks)
        self._sources.reload(policy, trusted)
        self._refusals = Bucket(policy.refusals_per_s, policy.refusals_per_s, 0.0)

    def admits_peer(self, host: str, now: float) -> bool:
        """Whether a connection of *host* is taken."""
        source = self._sources.get(host, now)
        if source.banned_until > now:
            self.drops.banned += 1
            return False
        if source.standing is Standing.DENIED:
            self.drops.denied += 1
            return False
        return True

    def judge(self, data: bytes, host: str, now: float) -> Verdict:
        """What becomes of a message of *host*."""
        source = self._sources.get(host, now)
        if source.banned_until > now:
            self.drops.banned += 1
            return Verdict.DROP
        standing = source.standing
        if standing is Standing.DENIED:
            self.drops.denied += 1
            return Verdict.DROP
        if standing is Standing.STRANGER and not source.messages.take(now):
            self.drops.messages_rate += 1
            return Verdict.DROP
        start = data[:7]
        if start == b"SIP/2.0":
            return Verdict.PASS
        if in_dialog(data):
            if start[:4] == b"ACK " and _REFUSAL_TAG in data:
                self.drops.late_acks += 1
                return Verdict.IGNORE
            return Verdict.PASS
        if standing is not Standing.ALLOWED and self._scanners.recognise(data):
            self.drops.scanner += 1
            self.fault(host, Fault.SCANNER, now)
            return Verdict.DROP
        if start[:4] in (b"ACK ", b"CANC"):
            return Verdict.PASS
        if standing is Standing.STRANGER and not source.requests.take(now):
            self.drops.requests_rate += 1
            return Verdict.REFUSE
        return self._room(start, host, standing, now)

    def refuses(self, now: float) -> bool:
        """Whether one more refusal may be sent."""
        if not self._overload.drowning and self._refusals.take(now):
            return True
        self.drops.refusals_rate += 1
        return False

    def fault(self, host: str, fault: Fault, now: float) -> bool:
        """Count a fault of *host*; True when it is banned for it."""
        policy = self._policy
        source = self._sources.get(host, now)
        if source.standing is not Standing.STRANGER or not policy.ban_s or source.banned_until > now:
            return False
        if not source.fault(float(fault), policy, now):
            return False
        self._sources.ban(source, now + policy.ban_s, now)
        self.drops.bans += 1
        self.bans += 1
        return True

    def sweep(self, now: float) -> None:
        """Forget the bans that are over. Every few seconds."""
        self.bans = self._sources.sweep(now)

    @property
    def shedding(self) -> bool:
        """Whether new requests are turned away for overload."""
        return self._overload.shedding

    def _room(self, start: bytes, host: str, standing: Standing, now: float) -> Verdict:
        """Whether a new request finds room: early calls of its source and of all, and an event loop in time."""
        if start == b"INVITE ":
            if standing is Standing.STRANGER and self._early_of(host) >= self._policy.early_calls_per_source:
                self.drops.early_calls_of_source += 1
                return Verdict.REFUSE
            if self._early_calls() >= self._policy.early_calls:
                self.drops.early_calls += 1
                return Verdict.REFUSE
        if start in OPENING and not self._overload.admits(now):
            self.drops.overload += 1
            return Verdict.REFUSE
        return Verdict.PASS
