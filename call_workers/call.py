"""The call that a script leads, with all its verbs. Each group of verbs has a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from call_workers.answering import Answering
from call_workers.audio import Audio
from call_workers.dialling import Dialling
from call_workers.legs import Legs
from call_workers.outside import Outside
from call_workers.waiting import Waiting


class Call(Answering, Waiting, Dialling, Legs, Outside):
    """One leg: a call that reached the exchange, or one that a script placed."""

    __slots__ = ()

    @property
    def audio(self) -> Audio:
        """Its audio."""
        return Audio(self)

    async def step(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Do something outside of the call: ask a database, read the clock, draw a random number.

        The function (run in a thread) or coroutine function is called once; what it returns lies in the log of the run
        and is answered from there when another worker executes the script again.

        Args:
            fn: returns something JSON can hold.

        Raises:
            StepFailed: it raised; the text names its error.
        """
        return await self._run.step(fn, args)

    def _forget(self) -> None:
        """The run is over: break every cycle, so that memory is free at once."""
        self.parent = self.mixed_with = None
        self.children = []
        self._listeners = self._streams = self._waits = self._media_waits = None
        self._preconnect = self._postconnect = self._vars = None
