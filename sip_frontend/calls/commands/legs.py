"""Commands about one leg: answering, ending, bridging, holding, transfer, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import (
    answering,
    authentication,
    bridging,
    causes,
    dialling,
    ending,
    holding,
    identity,
    media_channels,
    referring,
    requests,
    transfer,
)
from sip_frontend.calls.call import Call
from sip_frontend.calls.commands.outcome import OnCall, fail_on, succeed, wrong_state
from sip_frontend.message import Response
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import worker_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def _authenticate(ex: Exchange, call: Call, command: pb.Command) -> None:
    authentication.authenticate(ex, call, command.authenticate)


def _ring(ex: Exchange, call: Call, command: pb.Command) -> None:
    answering.ring(ex, call)


def _answer(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted = command.answer
    headers = [(one.name, one.value) for one in wanted.headers]
    answering.answer(ex, call, early=wanted.early, codecs=list(wanted.codecs), headers=headers)
    if call.run is not None and call.established:
        media_channels.stop_play(ex, call)
        transfer.succeeded(ex, call.run)


def _hangup(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted = command.hangup
    run = call.run
    transferred = run is not None and run.transfer is not None and run.transfer.moved is call
    # The script gives up on a transferred leg: back to who transferred it, if that one is still there.
    if run is not None and transferred and transfer.failed(ex, run, causes.status_of(wanted.cause)):
        return
    headers = [(one.name, one.value) for one in wanted.headers]
    if wanted.contact:
        headers.append(("Contact", f"<{wanted.contact}>"))
    cause = wanted.cause or common.CAUSE_NORMAL_CLEARING
    ending.hangup(ex, call, cause, tone=wanted.tone, text=wanted.text, headers=headers)


def _mix(ex: Exchange, call: Call, command: pb.Command) -> None:
    other = ex.calls.get(command.mix.with_call_id)
    if other is None or other.ended:
        fail_on(ex, call, command, wire.ERROR_CODE_UNKNOWN_CALL, f"no call {command.mix.with_call_id}")
    elif not bridging.mix(ex, call, other):
        wrong_state(ex, call, command, "both legs need open media, and one codec where theirs cannot be translated")


def _unmix(ex: Exchange, call: Call, command: pb.Command) -> None:
    bridging.unmix(ex, call)


def _adopt(ex: Exchange, call: Call, command: pb.Command) -> None:
    child = ex.calls.get(command.adopt.child_call_id)
    if child is None or child.ended or child is call:
        fail_on(ex, call, command, wire.ERROR_CODE_UNKNOWN_CALL, f"no call {command.adopt.child_call_id}")
        return
    call.adopt(child)
    if command.adopt.mix:
        dialling.bridge(ex, call, child)


def _detach(ex: Exchange, call: Call, command: pb.Command) -> None:
    bridging.detach(ex, call, with_unmix=command.detach.unmix)


def _pick(ex: Exchange, call: Call, command: pb.Command) -> None:
    call.view.picked = True
    event = ex.event(call)
    if event is not None:
        event.picked.SetInParent()


def _hold(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not holding.hold(ex, call, True):
        wrong_state(ex, call, command, "only an established leg at rest can be held")


def _unhold(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not holding.hold(ex, call, False):
        wrong_state(ex, call, command, "only an established leg at rest can be taken off hold")


def _refer(ex: Exchange, call: Call, command: pb.Command) -> None:
    if not referring.refer(ex, call, command.refer.to, command.command_id):
        wrong_state(ex, call, command, "only an established leg can be referred")


def _set_entity(ex: Exchange, call: Call, command: pb.Command) -> None:
    wanted = command.set_entity.entity
    if not wanted.uri and wanted.username:
        wanted.realm = wanted.realm or ex.settings.realm
        wanted.uri = f"{wanted.username}@{wanted.realm}"
    elif wanted.uri and not wanted.username:
        wanted.username, _, wanted.realm = wanted.uri.partition("@")
    if not wanted.username:
        wrong_state(ex, call, command, "an entity needs a user name, or a uri")
        return
    before = call.view.entity.uri
    ending.forget_entity(ex, call)
    call.view.entity.CopyFrom(wanted)
    ex.entity_calls[wanted.uri] = ex.entity_calls.get(wanted.uri, 0) + 1
    if wanted.uri != before:
        ex.entity_changed(call, before)


def _bond(ex: Exchange, call: Call, command: pb.Command) -> None:
    relative = ex.calls.get(command.bond.with_call_id)
    if relative is None:
        fail_on(ex, call, command, wire.ERROR_CODE_UNKNOWN_CALL, f"no call {command.bond.with_call_id}")
    else:
        call.bonded = relative.channel.worker if relative.channel is not None else ""


def _disown(ex: Exchange, call: Call, command: pb.Command) -> None:
    call.bonded = ""


def _send_message(ex: Exchange, call: Call, command: pb.Command) -> None:
    """INFO, MESSAGE or NOTIFY inside the dialog; what the peer says to it is the command's outcome."""
    wanted = command.send_message
    if wanted.method not in ("INFO", "MESSAGE", "NOTIFY"):
        wrong_state(ex, call, command, f"{wanted.method} is not a message; use INFO, MESSAGE or NOTIFY")
        return
    headers = [(one.name, one.value) for one in wanted.headers]
    if wanted.content_type:
        headers.append(("Content-Type", wanted.content_type))

    def answered(response: Response | None) -> None:
        status = response.status if response is not None else 408
        if call.ended:
            return
        if status >= 300:
            wrong_state(ex, call, command, f"the peer answered {status}")
        else:
            succeed(ex, call, command, str(status))

    if requests.send(ex, call, wanted.method, headers, wanted.body, answered) is None:
        wrong_state(ex, call, command, "the call has no dialog yet")


def _update(ex: Exchange, call: Call, command: pb.Command) -> None:
    """CM-088: a new caller id for the peer, by UPDATE where it allows that."""
    view = call.view
    shown = view.called if call.is_uas else view.caller
    wanted = command.update.caller
    before = common.Party()
    before.CopyFrom(shown)
    shown.name, shown.user, shown.host = wanted.name, wanted.user or shown.user, wanted.host or shown.host
    if call.is_uas:
        identity.tell_updated(ex, call, previous_called=before)
    else:
        identity.tell_updated(ex, call, previous_caller=before)
    if not call.established or not call.peer_updates:
        succeed(ex, call, command, "false")
        return
    headers = identity.update_headers(call, shown)
    requests.send(ex, call, "UPDATE", headers, b"", None)
    succeed(ex, call, command, "true")


VERBS: dict[str, OnCall] = {
    "authenticate": _authenticate,
    "ring": _ring,
    "answer": _answer,
    "hangup": _hangup,
    "mix": _mix,
    "unmix": _unmix,
    "adopt": _adopt,
    "detach": _detach,
    "bond": _bond,
    "disown": _disown,
    "pick": _pick,
    "hold": _hold,
    "unhold": _unhold,
    "update": _update,
    "refer": _refer,
    "set_entity": _set_entity,
    "send_message": _send_message,
}
