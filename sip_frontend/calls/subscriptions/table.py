"""All subscriptions of a frontend, found by dialog and by what they are about; and the packages, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sip_frontend.calls.subscriptions.package import Package
from sip_frontend.calls.subscriptions.subscription import Subscription

MOST: Final = 20_000
"""Subscriptions at a time, some 2 KiB each."""
MOST_OF_ONE: Final = 256
"""The same of one user: the keys of a large desk phone, twice."""


class Subscriptions:
    """Bounded in all, and for each subscriber."""

    __slots__ = ("_about", "_of_user", "by_dialog", "packages")

    def __init__(self, packages: Sequence[Package]) -> None:
        self.packages = {one.name: one for one in packages}
        self.by_dialog: dict[tuple[str, str], Subscription] = {}
        self._about: dict[tuple[str, str], list[Subscription]] = {}
        self._of_user: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.by_dialog)

    @property
    def allow_events(self) -> str:
        """Value of Allow-Events; ``refer`` is subscribed to by REFER alone."""
        return ", ".join([*self.packages, "refer"])

    def full_for(self, subscriber: str) -> bool:
        """Whether *subscriber* may have no more."""
        return len(self.by_dialog) >= MOST or self._of_user.get(subscriber, 0) >= MOST_OF_ONE

    def about(self, package: str, resource: str) -> list[Subscription]:
        """Who subscribed to *resource*."""
        return self._about.get((package, resource), [])

    def add(self, one: Subscription) -> bool:
        """Enter *one*; whether it is the first about its resource."""
        self.by_dialog[one.key] = one
        self._of_user[one.subscriber] = self._of_user.get(one.subscriber, 0) + 1
        others = self._about.setdefault((one.package.name, one.resource), [])
        others.append(one)
        return len(others) == 1

    def remove(self, one: Subscription) -> bool:
        """Take *one* out; whether it was the last about its resource."""
        if self.by_dialog.pop(one.key, None) is None:
            return False
        left = self._of_user[one.subscriber] - 1
        if left:
            self._of_user[one.subscriber] = left
        else:
            del self._of_user[one.subscriber]
        key = (one.package.name, one.resource)
        others = self._about[key]
        others.remove(one)
        if not others:
            del self._about[key]
        return not others
