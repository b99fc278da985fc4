"""One entry for each source address, in a table that cannot grow beyond its size.

An IPv6 host has a whole /64 to send from, so that is what counts as one source there.
"""

from __future__ import annotations

import ipaddress
from enum import IntEnum
from typing import Final, final

from sip_frontend.guard.buckets import Bucket
from sip_frontend.guard.policy import Policy

_HOST_BITS: Final = 64
_MOST_BANS: Final = 65_536


class Standing(IntEnum):
    """What the lists say of a source."""

    STRANGER = 0
    EXEMPT = 1
    """No limits and no bans: by the settings, or a trusted trunk. Not more, for others may have the same address."""
    ALLOWED = 2
    """Nothing at all is checked."""
    DENIED = 3


@final
class Source:
    """What is known of one source."""

    __slots__ = ("banned_until", "faults", "faults_at", "key", "messages", "requests", "standing")

    def __init__(self, key: str, standing: Standing, policy: Policy, now: float) -> None:
        self.key = key
        self.standing = standing
        self.banned_until = 0.0
        self.requests = Bucket(policy.requests_per_s, policy.request_burst, now)
        self.messages = Bucket(policy.messages_per_s, policy.message_burst, now)
        self.faults = 0.0
        self.faults_at = now

    def fault(self, weight: float, policy: Policy, now: float) -> bool:
        """Note a fault; True when there were too many lately. They fade evenly over the window."""
        faded = (now - self.faults_at) * policy.ban_after / policy.fault_window_s
        self.faults = max(0.0, self.faults - faded) + weight
        self.faults_at = now
        return round(self.faults) >= policy.ban_after


@final
class Sources:
    """Sources by address. Two generations stand for a list by last use: no bookkeeping for one that is known.

    When the young generation is full it becomes the old one, and the old one is forgotten; whoever sends again moves
    back among the young. Bans are kept beside, so that a flood of forged addresses does not wash them out.
    """

    __slots__ = ("_bans", "_old", "_policy", "_trusted", "_young")

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._trusted: frozenset[str] = frozenset()
        self._young: dict[str, Source] = {}
        self._old: dict[str, Source] = {}
        self._bans: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def reload(self, policy: Policy, trusted: frozenset[str]) -> None:
        """Judge every source anew; bans stay, but for those the lists now except from them."""
        self._policy, self._trusted = policy, trusted
        self._young, self._old = {}, {}

    def get(self, host: str, now: float) -> Source:
        """The entry of *host*, made when it is not there."""
        source = self._young.get(host)
        if source is None:
            source = self._old.pop(host, None) or self._new(host, now)
            if len(self._young) * 2 >= self._policy.sources:
                self._old, self._young = self._young, {}
            self._young[host] = source
        return source

    def ban(self, source: Source, until: float, now: float) -> None:
        """Shut *source* out."""
        if len(self._bans) >= _MOST_BANS:
            self.sweep(now)
            if len(self._bans) >= _MOST_BANS:
                self._bans.pop(next(iter(self._bans)))
        self._bans[source.key] = source.banned_until = until

    def sweep(self, now: float) -> int:
        """Forget the bans that are over; returns how many there are."""
        self._bans = {key: until for key, until in self._bans.items() if until > now}
        return len(self._bans)

    def _new(self, host: str, now: float) -> Source:
        address = ipaddress.ip_address(host.partition("%")[0])
        standing = self._standing(address, host)
        if address.version == 6 and standing is Standing.STRANGER:
            key = f"{int(address) >> _HOST_BITS:x}/64"
            together = self._young.get(key) or self._old.pop(key, None)
            if together is None:
                together = self._made(key, standing, now)
            self._young[key] = together
            return together
        return self._made(host, standing, now)

    def _made(self, key: str, standing: Standing, now: float) -> Source:
        source = Source(key, standing, self._policy, now)
        if standing is Standing.STRANGER:
            source.banned_until = self._bans.get(key, 0.0)
        return source

    def _standing(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, host: str) -> Standing:
        policy = self._policy
        if address in policy.allow:
            return Standing.ALLOWED
        if host in self._trusted:
            return Standing.EXEMPT
        if address in policy.deny:
            return Standing.DENIED
        return Standing.EXEMPT if address in policy.exempt else Standing.STRANGER
