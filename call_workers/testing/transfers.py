"""Blind transfers of the simulated exchange: a phone asks that whom it talks to be connected elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from call_workers.causes import Cause
from switchroom.v1 import call_pb2, common_pb2

if TYPE_CHECKING:
    from call_workers.testing.exchange import Exchange
    from call_workers.testing.phone import Phone
    from call_workers.testing.sim_run import SimRun


class SimTransfer:
    """A blind transfer whose target has neither answered nor refused yet."""

    def __init__(self, referrer: Phone, moved: Phone) -> None:
        self.referrer = referrer
        self.moved = moved


def refer(exchange: Exchange, referrer: Phone, to: str) -> None:
    """*referrer* sends REFER: the leg it is mixed with begins a run of its own, with the script of *to*."""
    moved = referrer.mixed_with
    if moved is None:
        raise AssertionError(f"{referrer!r} talks to nobody it could transfer")
    referrer.mixed_with = moved.mixed_with = None
    referrer.parent = moved.parent = None
    told = _route_to(moved, referrer, f"sip:{to}@{exchange.realm}", to)
    event = moved.event()
    event.referred.CopyFrom(told)
    moved.post(event)
    run = exchange.move(moved)
    run.transfer = SimTransfer(referrer, moved)
    event = moved.event()
    event.referred.CopyFrom(told)
    moved.post(event)


def _route_to(moved: Phone, referrer: Phone, destination: str, user: str) -> call_pb2.Referred:
    message = moved.message
    told = call_pb2.Referred(
        destination=destination,
        by_call_id=referrer.call_id,
        previous_destination=message.destination,
        previous_caller=message.caller,
        previous_called=message.called,
    )
    if moved.dial is not None:
        message.caller.CopyFrom(message.called)
    message.called.Clear()
    message.called.user = user
    message.destination, message.referred_by = destination, referrer.call_id
    message.authenticated = True
    told.caller.CopyFrom(message.caller)
    told.called.CopyFrom(message.called)
    return told


def succeeded(run: SimRun) -> None:
    """The moved leg is connected or answered: the referrer is told and let go."""
    transfer, run.transfer = run.transfer, None
    if transfer is not None and not transfer.referrer.ended:
        transfer.referrer.refer_status = 200
        transfer.referrer.finish(Cause.BLIND_TRANSFER, common_pb2.SOURCE_US)


def failed(exchange: Exchange, run: SimRun, status: int) -> bool:
    """The script gives the moved leg up: the two talk again. False when there is nobody to go back to."""
    transfer, run.transfer = run.transfer, None
    if transfer is None or transfer.referrer.ended:
        return False
    transfer.referrer.refer_status = status
    exchange.mix(transfer.moved, transfer.referrer)
    return True
