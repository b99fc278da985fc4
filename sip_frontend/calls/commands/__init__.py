"""What a worker may command, as a table from the name in the contract to the verb that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.commands import legs, media, outside, script
from sip_frontend.calls.commands.outcome import fail
from sip_frontend.calls.run import Run
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

_ON_RUN = {**script.VERBS, **outside.VERBS}
_ON_CALL = {**legs.VERBS, **media.VERBS}


def perform(ex: Exchange, run: Run, command: pb.Command, kind: str) -> None:
    """Do one command. What cannot be done is told to the worker, never dropped in silence."""
    on_run = _ON_RUN.get(kind)
    if on_run is not None:
        on_run(ex, run, command)
        return
    on_call = _ON_CALL.get(kind)
    if on_call is None:
        fail(ex, run, command, wire.ERROR_CODE_NOT_SUPPORTED, f"{kind or 'this command'} is not supported yet")
        return
    call = run.calls.get(command.call_id)
    if call is None:
        fail(ex, run, command, wire.ERROR_CODE_UNKNOWN_CALL, f"no call {command.call_id} in this run")
    elif call.ended:
        fail(ex, run, command, wire.ERROR_CODE_WRONG_STATE, "the call has ended")
    else:
        on_call(ex, call, command)
