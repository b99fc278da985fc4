"""Which script takes which call. The most exact route wins, as the contract says of ``Route``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from switchroom.v1.envelope_pb2 import Route as WireRoute

if TYPE_CHECKING:
    from call_workers.run import Script


class Route:
    """A script and the calls it takes; empty patterns take all, ``*`` and ``?`` are wildcards."""

    __slots__ = ("_realm", "_user", "realm", "script", "user")

    def __init__(self, script: Script, user: str = "", realm: str = "") -> None:
        self.script = script
        self.user = user
        self.realm = realm
        self._user = _compile(user)
        self._realm = _compile(realm)

    def takes(self, user: str, realm: str | None) -> bool:
        """Whether a call to *user* at *realm* is for this script; None is any realm."""
        return (self._user is None or self._user.fullmatch(user) is not None) and (
            self._realm is None or realm is None or self._realm.fullmatch(realm) is not None
        )

    def rank(self) -> tuple[bool, int, bool, int]:
        """Smaller is more exact: without wildcards before with, then the longer pattern; the user counts first."""
        return (_wild(self.user), -len(self.user), _wild(self.realm), -len(self.realm))


class Routes:
    """The routes of a worker."""

    __slots__ = ("_routes",)

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._routes = sorted(routes, key=Route.rank)

    def add(self, route: Route) -> None:
        """Add one; of two that are equally exact the earlier wins."""
        self._routes.append(route)
        self._routes.sort(key=Route.rank)

    def find(self, user: str, realm: str) -> Script | None:
        """The script for a call to *user* at *realm*.

        The frontend has chosen this worker for the call, and it knows under which names the call may have come (an
        address of its own stands for its domain). So where no realm fits, the user alone decides.
        """
        for route in self._routes:
            if route.takes(user, realm):
                return route.script
        for route in self._routes:
            if route.takes(user, None):
                return route.script
        return None

    def to_wire(self) -> list[WireRoute]:
        """For Hello. Empty there means every call, so a route that takes all is sent as one with empty fields."""
        return [WireRoute(user=route.user, realm=route.realm) for route in self._routes]

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def __len__(self) -> int:
        return len(self._routes)


def _compile(pattern: str) -> re.Pattern[str] | None:
    if pattern in ("", "*"):
        return None
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))


def _wild(pattern: str) -> bool:
    return not pattern or "*" in pattern or "?" in pattern
