"""Functions that a script leaves with a call: listeners and hooks. Their errors are logged and end nothing."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from call_workers.errors import CallEnded
from switchroom.logs import get_logger

if TYPE_CHECKING:
    from call_workers.run import Run

_log = get_logger("call_workers")


def notify(run: Run, fn: Callable[..., Any], *args: Any) -> None:
    """Call a listener (function or coroutine function) on the loop of the run."""
    run.loop.call_soon(_listen, run, fn, args)


async def hook(run: Run, fn: Callable[..., Any] | None, *args: Any) -> Any:
    """Run a hook (function or coroutine function) and wait for what it returns; None when it failed."""
    if fn is None:
        return None
    try:
        result = fn(*args)
        return await result if inspect.isawaitable(result) else result
    except CallEnded:
        raise
    except Exception:  # noqa: BLE001 - the script's fault must not end the run; it is logged
        _log.exception("script.hook_failed", run_id=run.run_id)
        return None


def _listen(run: Run, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        result = fn(*args)
    except Exception:  # noqa: BLE001 - the script's fault must not end the run; it is logged
        _log.exception("script.listener_failed", run_id=run.run_id)
        return
    if isinstance(result, Awaitable):
        run.loop.create_task(_finish(run, result))


async def _finish(run: Run, result: Awaitable[Any]) -> None:
    try:
        await result
    except CallEnded:
        return
    except Exception:  # noqa: BLE001 - the script's fault must not end the run; it is logged
        _log.exception("script.listener_failed", run_id=run.run_id)
