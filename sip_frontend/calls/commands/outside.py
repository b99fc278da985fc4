"""Commands that reach phones outside every call: a request to each device of a user, and the message lamp."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sip_frontend.auth.digest_client import DigestSession
from sip_frontend.calls import devices, outside
from sip_frontend.calls.commands.outcome import OnRun, fail, succeed_on_run
from sip_frontend.calls.requests import Done
from sip_frontend.calls.run import Run
from sip_frontend.calls.subscriptions.message_summary import Counts
from sip_frontend.message import Header, Response, SipParseError, Uri
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

Place = tuple[str, devices.Way | None]
"""A URI, and the way to it where it is that of a device."""


def _send_request(ex: Exchange, run: Run, command: pb.Command) -> None:
    wanted = command.send_request
    if wanted.method not in outside.SENDABLE:
        fail(ex, run, command, wire.ERROR_CODE_NOT_SUPPORTED, f"{wanted.method} cannot be sent outside a dialog")
        return
    if wanted.WhichOneof("target") == "entity":
        ways = devices.ways_of(ex, _aor(ex, wanted.entity))
        places: list[Place] = [(way.binding.contact, way) for way in ways]
    else:
        places = [(wanted.contact, None)]
    try:
        for uri, _ in places:
            Uri.parse(uri)
    except SipParseError as error:
        fail(ex, run, command, wire.ERROR_CODE_MALFORMED, str(error))
        return
    _Sent(ex, run, command, places).send()


class _Sent:
    """One command, and the answers it waits for."""

    def __init__(
        self, ex: Exchange, run: Run, command: pb.Command, places: list[tuple[str, devices.Way | None]]
    ) -> None:
        self._ex = ex
        self._run = run
        self._command = command
        self._places = places
        self._statuses = [0] * len(places)
        self._left = len(places)

    def send(self) -> None:
        wanted = self._command.send_request
        headers: list[Header] = [(one.name, one.value) for one in wanted.headers]
        if wanted.content_type:
            headers.append(("Content-Type", wanted.content_type))
        if not self._places:
            self._tell()
        for index, (uri, way) in enumerate(self._places):
            one = outside.Outgoing(wanted.method, uri, headers, wanted.body, self._taker(index))
            if wanted.HasField("credentials"):
                one.digest = DigestSession(wanted.credentials.username, wanted.credentials.password)
            outside.send(self._ex, one, way)

    def _taker(self, index: int) -> Done:
        def answered(response: Response | None) -> None:
            self._statuses[index] = response.status if response is not None else 408
            self._left -= 1
            if not self._left:
                self._tell()

        return answered

    def _tell(self) -> None:
        pairs = zip(self._places, self._statuses, strict=True)
        value = json.dumps([{"contact": uri, "status": status} for (uri, _), status in pairs])
        succeed_on_run(self._ex, self._run, self._command, value)


def _set_mailbox(ex: Exchange, run: Run, command: pb.Command) -> None:
    wanted = command.set_mailbox
    counts = Counts(wanted.new, wanted.old, wanted.new_urgent, wanted.old_urgent)
    ex.message_summary.set(ex, _aor(ex, wanted.entity), counts)


def _aor(ex: Exchange, entity: common.Entity) -> str:
    """The address of record that *entity* names, however much of it the script gave."""
    if entity.uri:
        return entity.uri
    realm = entity.realm
    return f"{entity.username}@{ex.settings.realm if not realm or ex.settings.is_ours(realm) else realm}"


VERBS: dict[str, OnRun] = {
    "send_request": _send_request,
    "set_mailbox": _set_mailbox,
}
