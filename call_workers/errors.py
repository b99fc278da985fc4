"""Errors that call scripts meet.

SwitchroomError
 ├ CallEnded(cause)               the call is over; uncaught, it ends the script quietly
 │  └ AuthFailed(status, reason)  the caller could not say who it is; uncaught, the call is refused
 ├ DialFailed(status, reason)     ``dial(must_answer=True)`` reached nobody; uncaught, the caller gets the same cause
 │  ├ Busy                        486, 600
 │  ├ NoAnswer                    408
 │  ├ Declined                    603, 403, 607, 608
 │  └ Unreachable                 everything else
 ├ CommandRejected(code)          the exchange did not do what the script asked
 ├ StepFailed                     the function of ``call.step(fn)`` raised
 └ ScriptError                    the script did what a script cannot do
    ├ OutsideStep(service)        I/O or threads outside of ``call.step(fn)``
    ├ EndlessScript               the script never waits for anything
    └ ReplayDiverged              executed again, the script did something else than the first time
"""

from __future__ import annotations

from call_workers.causes import Cause, HangupCause
from switchroom.errors import SwitchroomError


class CallEnded(SwitchroomError):
    """The call is over; *cause* says how."""

    def __init__(self, cause: HangupCause) -> None:
        super().__init__(str(cause))
        self.cause = cause


class AuthFailed(CallEnded):
    """The caller was challenged and failed; *status* is the SIP status that says so (403 or 408)."""

    def __init__(self, status: int, reason: str) -> None:
        code = Cause.REQUEST_TIMEOUT if status == 408 else Cause.FORBIDDEN
        super().__init__(HangupCause(code, sip_status=status, text=reason))
        self.status = status
        self.reason = reason


class DialFailed(SwitchroomError):
    """No leg answered; *cause* is the best of what the legs said, *status* its SIP status."""

    def __init__(self, cause: HangupCause) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.status = cause.status
        self.reason = cause.text


class Busy(DialFailed):
    """Every leg that was reached is busy."""


class NoAnswer(DialFailed):
    """It rang, and nobody came."""


class Declined(DialFailed):
    """The called party does not want the call."""


class Unreachable(DialFailed):
    """Nobody was reached: unknown, not registered, or out of order."""


_DIAL_ERRORS: dict[int, type[DialFailed]] = {
    486: Busy,
    600: Busy,
    408: NoAnswer,
    403: Declined,
    603: Declined,
    607: Declined,
    608: Declined,
}


def dial_error(cause: HangupCause) -> DialFailed:
    """The error for a dial that ended in *cause*."""
    return _DIAL_ERRORS.get(cause.status, Unreachable)(cause)


class CommandRejected(SwitchroomError):
    """The exchange refused a command; *code* is a name of ``ErrorCode`` in the contract, *verb* what was asked."""

    def __init__(self, verb: str, code: str, text: str) -> None:
        super().__init__(f"{verb}: {code}{': ' + text if text else ''}")
        self.verb = verb
        self.code = code


class StepFailed(SwitchroomError):
    """The function of a step raised; the text names its error. It is the same when the script is executed again."""


class ScriptError(SwitchroomError):
    """A script did what a script cannot do."""


class OutsideStep(ScriptError):
    """A service of the event loop that would reach outside of the call."""

    def __init__(self, service: str) -> None:
        super().__init__(
            f"{service} is not there in a call script, because a script must do the same when it is executed again: "
            "put the outside effect into a function and await call.step(fn)"
        )
        self.service = service


class EndlessScript(ScriptError):
    """The script went round without waiting for anything."""


class ReplayDiverged(ScriptError):
    """The script, executed again over the log of its run, did something else than the log says."""
