"""Telling a worker how a command went. Commands that succeed silently tell nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from switchroom.errors import BusError, RequestRefused
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

OnCall = Callable[["Exchange", Call, pb.Command], None]
OnRun = Callable[["Exchange", Run, pb.Command], None]

# Names to codes; the generated types say int of what is an ErrorCode.
_CODES: Final = cast("dict[str, wire.ErrorCode]", dict(wire.ErrorCode.items()))


def fail(ex: Exchange, run: Run, command: pb.Command, code: wire.ErrorCode, text: str) -> None:
    """A command on a run, or on a leg it does not have, could not be done."""
    if run.finished:
        return
    event = ex.run_event(run, command.call_id)
    result = event.command_result
    result.command_id, result.ok, result.error_code, result.error = command.command_id, False, int(code), text


def fail_on(ex: Exchange, call: Call, command: pb.Command, code: wire.ErrorCode, text: str) -> None:
    """A command on a leg could not be done."""
    if call.run is not None:
        fail(ex, call.run, command, code, text)


def wrong_state(ex: Exchange, call: Call, command: pb.Command, text: str) -> None:
    """The leg is not in a state that allows the command."""
    fail_on(ex, call, command, wire.ERROR_CODE_WRONG_STATE, text)


def media_failed(ex: Exchange, call: Call, command: pb.Command, error: BusError) -> None:
    """The media worker of the leg refused the command, or was not heard of in time."""
    code = _CODES.get(error.code) if isinstance(error, RequestRefused) else None
    if isinstance(error, RequestRefused) and code is not None:
        fail_on(ex, call, command, code, error.text)
    else:
        fail_on(ex, call, command, wire.ERROR_CODE_TIMEOUT, str(error))


def succeed(ex: Exchange, call: Call, command: pb.Command, value: str = "") -> None:
    """A command that returns something was done; *value* is JSON."""
    if call.run is not None and not call.run.finished:
        result = ex.run_event(call.run, call.call_id).command_result
        result.command_id, result.ok, result.value = command.command_id, True, value


def succeed_on_run(ex: Exchange, run: Run, command: pb.Command, value: str) -> None:
    """The same of a command that needs no leg."""
    if not run.finished:
        result = ex.run_event(run, command.call_id).command_result
        result.command_id, result.ok, result.value = command.command_id, True, value
