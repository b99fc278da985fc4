"""Dials of the simulated exchange: legs, the race, the time-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from call_workers.causes import Cause, cause_of_status, sip_status
from call_workers.testing.phone import Phone
from call_workers.testing.transfers import succeeded
from switchroom.v1 import call_pb2, common_pb2, worker_pb2

if TYPE_CHECKING:
    from call_workers.testing.exchange import Exchange
    from call_workers.testing.sim_run import SimRun

_DEFAULT_TIMEOUT_S = 32.0


class SimDial:
    """One Dial command under way."""

    def __init__(self, exchange: Exchange, run: SimRun, parent: Phone, command: worker_pb2.Command) -> None:
        self._exchange = exchange
        self._run = run
        self.parent = parent
        self._dial = command.dial
        self._command_id = command.command_id
        self._waiting: list[tuple[str, str]] = []
        self._legs: list[Phone] = []
        self._statuses: list[int] = []
        self._redirected = False
        self._done = False

    def start(self) -> None:
        """Ring the targets."""
        for target in self._dial.targets:
            self._add(target)
        timeout_s = self._dial.timeout.seconds + self._dial.timeout.nanos / 1e9
        self._exchange.after(timeout_s or _DEFAULT_TIMEOUT_S, self._timed_out)
        self._ring_next()

    def answered(self, leg: Phone) -> None:
        """*leg* wins."""
        self._cancel(Cause.LOSE_RACE, but=leg)
        if not self._dial.no_bridge and not self._dial.hold_mix_for_hooks and not self.parent.ended:
            self.parent.establish()
            self._exchange.mix(self.parent, leg)
        succeeded(self._run)
        self._finish(leg, 0)

    def refused(self, leg: Phone, status: int, contact: str) -> None:
        """*leg* does not want the call."""
        if contact and status in (301, 302) and self._dial.follow_redirects and not self._redirected:
            self._redirected = True
            self._waiting.insert(0, (_user_of(contact), contact))
        else:
            self._statuses.append(status)
        self._ring_next()

    def cancelled(self, cause: Cause) -> None:
        """The script, or the end of its caller, ends the dial."""
        self._done = True
        self._cancel(cause)

    def _add(self, target: worker_pb2.DialTarget) -> None:
        kind = target.WhichOneof("target")
        if kind == "entity":
            user = target.entity.username
            devices = self._exchange.devices(user)
            if devices:
                self._waiting.extend((user, f"sip:{user}@device-{n}.invalid") for n in range(devices))
            else:
                self._statuses.append(404 if devices is None else 480)
        elif kind == "contact":
            self._waiting.append((_user_of(target.contact), target.contact))
        else:
            self._waiting.append((target.trunk.number, f"sip:{target.trunk.number}@{target.trunk.trunk}"))

    def _ring_next(self) -> None:
        if self._done:
            return
        hunting = self._dial.strategy == worker_pb2.STRATEGY_HUNT
        while self._waiting and not (hunting and any(not leg.ended for leg in self._legs)):
            self._place(*self._waiting.pop(0))
        if all(leg.ended for leg in self._legs):
            self._finish(None, _best(self._statuses))

    def _place(self, user: str, destination: str) -> None:
        message = call_pb2.Call(
            call_id=f"{self._dial.leg_prefix}.{len(self._legs)}",
            type=call_pb2.CALL_TYPE_UAC,
            state=call_pb2.CALL_STATE_TRYING,
            destination=destination,
            parent_id="" if self._dial.orphan else self.parent.call_id,
        )
        message.called.user = user
        message.caller.CopyFrom(self._dial.caller if self._dial.HasField("caller") else self.parent.message.caller)
        leg = self._exchange.add_leg(self._run, message)
        leg.dial = self
        leg.policy = self._dial.policy
        leg.headers = {header.name: header.value for header in self._dial.headers}
        if not self._dial.orphan:
            leg.parent = self.parent
            self.parent.message.child_ids.append(leg.call_id)
        self._legs.append(leg)

    def _timed_out(self) -> None:
        if not self._done:
            self._cancel(Cause.REQUEST_TIMEOUT)
            self._finish(None, 408)

    def _cancel(self, cause: Cause, but: Phone | None = None) -> None:
        for leg in self._legs:
            if leg is not but and leg.state != "established":
                leg.finish(cause, common_pb2.SOURCE_US, sip_status(cause))

    def _finish(self, leg: Phone | None, status: int) -> None:
        if self._done:
            return
        self._done = True
        event = self.parent.event()
        finished = event.dial_finished
        finished.command_id = self._command_id
        if leg is not None:
            event.call_id = finished.answered_call_id = leg.call_id
        else:
            cause = Cause.USER_NOT_REGISTERED if status == 480 else cause_of_status(status)
            finished.cause.cause = int(cause)  # type: ignore[assignment]
            finished.cause.sip_status = status
        self._run.post(event)


def _best(statuses: list[int]) -> int:
    """RFC 3261 section 16.7: a 6xx wins; else one that tells something before one that does not."""
    vague = (404, 408, 480, 487)
    decisive = [status for status in statuses if status >= 600] or [one for one in statuses if one not in vague]
    return (decisive or statuses)[0]


def _user_of(uri: str) -> str:
    return uri.partition(":")[2].partition("@")[0]
