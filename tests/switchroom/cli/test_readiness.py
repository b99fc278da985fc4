"""When the exchange counts as up."""

from __future__ import annotations

from switchroom.cli.readiness import missing_of
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER, ROLE_MEDIA_WORKER, ROLE_REGISTRAR, Role
from switchroom.v1.envelope_pb2 import Status


def _status(*roles: Role) -> Status:
    return Status(peers=[Status(role=role) for role in roles])


def test_one_of_every_kind_is_enough() -> None:
    assert missing_of(_status(ROLE_CALL_WORKER, ROLE_MEDIA_WORKER, ROLE_REGISTRAR)) == ""


def test_what_has_not_joined_is_named() -> None:
    assert missing_of(_status()) == "registrar"
    assert missing_of(_status(ROLE_REGISTRAR, ROLE_CALL_WORKER)) == "media worker"


def test_who_does_not_answer_is_not_there() -> None:
    status = _status(ROLE_CALL_WORKER, ROLE_MEDIA_WORKER, ROLE_REGISTRAR)
    status.peers[0].values["silent"] = 1
    assert missing_of(status) == "call worker"
