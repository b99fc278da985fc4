"""Steps: outside effects of a script, whose outcomes lie in the log of the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from call_workers.errors import ReplayDiverged, StepFailed
from switchroom.lean.of_msgspec import msgspec

if TYPE_CHECKING:
    from call_workers.run import Run


class Steps:
    """The steps of one run, numbered from 1 in the order the script begins them."""

    __slots__ = ("_begun", "_count", "held")

    def __init__(self) -> None:
        self._count = 0
        self._begun: dict[int, tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]] = {}
        self.held = False
        """While a log is replayed no step is performed: its outcome may follow in the log."""

    async def begin(self, run: Run, fn: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Begin a step and wait for its outcome."""
        self._count += 1
        step_id = self._count
        future: asyncio.Future[Any] = run.loop.create_future()
        self._begun[step_id] = (future, fn, args)
        if not self.held:
            run.host.start_step(run, step_id, fn, args)
        try:
            return await future
        finally:
            del future  # see CallView._wait

    def resolve(self, run: Run, step_id: int, value: str, error: str) -> None:
        """Write the outcome into the log and give it to the script; unless the caller's leaving came first."""
        begun = self._begun.pop(step_id, None)
        if begun is None:
            raise ReplayDiverged(f"the log has an outcome of step {step_id}, which the script has not begun")
        future = begun[0]
        if future.done():
            return
        record = run.command("", "step").record_step
        record.step_id = step_id
        record.value = value
        record.error = error
        record.after_seq = run.last_seq
        if error:
            future.set_exception(StepFailed(error))
        else:
            future.set_result(msgspec.json.decode(value))

    def perform_held(self, run: Run) -> None:
        """The log is at its end: perform what it has no outcome of."""
        self.held = False
        for step_id, (future, fn, args) in tuple(self._begun.items()):
            if not future.done():
                run.host.start_step(run, step_id, fn, args)

    def waiting(self) -> bool:
        """The script still waits for an outcome."""
        return any(not future.done() for future, _, _ in self._begun.values())

    def close(self) -> None:
        """Let go of everything."""
        self._begun.clear()


def outcome(fn_result: object) -> tuple[str, str]:
    """The outcome of a step as it lies in the log: (JSON, error). Exactly one is not empty."""
    if isinstance(fn_result, BaseException):
        return "", f"{type(fn_result).__name__}: {fn_result}"
    try:
        return msgspec.json.encode(fn_result).decode(), ""
    except (TypeError, ValueError) as error:
        return "", f"the result of a step must be JSON: {error}"
