"""A worker: the scripts of a program, and the process that runs them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import overload

from call_workers.notices import NoticeListener
from call_workers.routes import Route, Routes
from call_workers.run import Script


class CallWorker:
    """Collects call scripts; :meth:`run` takes calls until it is told to stop.

    worker = CallWorker()

    @worker.call(user="6*")
    async def echo(call: Call) -> None: ...
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        """Unique among workers; empty is ``[worker] name``, and where that is empty too one that no other has."""
        self.routes = Routes()
        self.listeners: dict[str, list[NoticeListener]] = {}

    @overload
    def call(self, script: Script, /) -> Script: ...

    @overload
    def call(self, *, user: str | Sequence[str] = "", realm: str = "") -> Callable[[Script], Script]: ...

    def call(
        self, script: Script | None = None, *, user: str | Sequence[str] = "", realm: str = ""
    ) -> Script | Callable[[Script], Script]:
        """Decorate a script that takes inbound calls: all of them, or those to *user* (a pattern with ``*`` and ``?``,
        or several) in *realm*. The most exact pattern wins.
        """
        if script is not None:
            self.routes.add(Route(script))
            return script

        def decorate(script: Script) -> Script:
            for pattern in [user] if isinstance(user, str) else user:
                self.routes.add(Route(script, pattern, realm))
            return script

        return decorate

    def on(self, name: str, fn: NoticeListener) -> None:
        """Call *fn* (a function or a coroutine function) with every notice *name* of any call of any frontend.

        Notices are for watching (call records, displays): they can be lost, and *fn* runs outside of every call.
        """
        self.listeners.setdefault(name, []).append(fn)

    def include(self, other: CallWorker) -> None:
        """Take over the scripts and listeners of *other*."""
        for route in other.routes:
            self.routes.add(route)
        for name, listeners in other.listeners.items():
            self.listeners.setdefault(name, []).extend(listeners)

    def run(self) -> None:
        """Take calls until SIGTERM or SIGINT; reads switchroom.toml and the environment. Ends the program."""
        from call_workers.service import serve
        from switchroom import process

        sys.exit(process.main("worker", lambda started: serve(started, self)))
