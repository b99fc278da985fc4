"""Causes: the same as in the contract, each with its SIP status."""

from __future__ import annotations

import pytest

from call_workers import Cause, HangupCause
from call_workers.causes import cause_of_status, sip_status
from switchroom.v1 import common_pb2


def test_causes_are_those_of_the_contract() -> None:
    wanted = {name.removeprefix("CAUSE_"): number for name, number in common_pb2.Cause.items()}
    assert {cause.name: int(cause) for cause in Cause} == wanted


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (Cause.USER_BUSY, 486),
        (Cause.NORMAL_CLEARING, 487),
        (Cause.LOSE_RACE, 487),
        (Cause.USER_NOT_REGISTERED, 480),
        (Cause.DECLINED, 603),
        (Cause.INCOMPATIBLE_DESTINATION, 488),
    ],
)
def test_status_of_a_cause(cause: Cause, status: int) -> None:
    assert sip_status(cause) == status


def test_cause_of_a_status_is_the_last_of_its_row() -> None:
    assert cause_of_status(403) is Cause.INCOMING_CALL_BARRED
    assert cause_of_status(480) is Cause.TEMPORARILY_UNAVAILABLE
    assert cause_of_status(418) is Cause.REQUEST_TERMINATED


def test_from_wire() -> None:
    wire = common_pb2.HangupCause(
        source=common_pb2.SOURCE_WIRE, cause=common_pb2.CAUSE_USER_BUSY, sip_status=600, text="everywhere"
    )
    cause = HangupCause.from_wire(wire)
    assert (cause.source, cause.status, str(cause)) == ("wire", 600, "USER_BUSY (everywhere)")
    assert HangupCause.from_wire(common_pb2.HangupCause()).cause is Cause.UNSPECIFIED
