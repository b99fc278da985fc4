"""What the simulated exchange does for each command: one small function each, in a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from call_workers.causes import Cause, sip_status
from call_workers.soup import FOR_EVER
from call_workers.testing.dials import SimDial
from call_workers.testing.media_acts import ON_MEDIA, accept_only
from call_workers.testing.players import start_playing
from call_workers.testing.transfers import failed, succeeded
from switchroom.v1 import call_pb2, common_pb2, envelope_pb2, media_pb2
from switchroom.v1.call_pb2 import CallEvent
from switchroom.v1.worker_pb2 import Command

if TYPE_CHECKING:
    from call_workers.testing.exchange import Exchange
    from call_workers.testing.phone import Phone
    from call_workers.testing.sim_run import SimRun


def perform(exchange: Exchange, run: SimRun, command: Command) -> None:
    """Do what *command* says, or post a CommandResult that says why not."""
    kind = command.WhichOneof("command") or ""
    on_run = _ON_RUN.get(kind)
    if on_run is not None:
        on_run(exchange, run, command)
        return
    act = _ON_CALL.get(kind)
    phone = exchange.phone(command.call_id)
    if act is None:
        _refuse(run, command, envelope_pb2.ERROR_CODE_NOT_SUPPORTED, kind)
    elif phone is None:
        _refuse(run, command, envelope_pb2.ERROR_CODE_UNKNOWN_CALL, command.call_id)
    elif phone.ended:
        _refuse(run, command, envelope_pb2.ERROR_CODE_WRONG_STATE, "the call has ended")
    else:
        act(exchange, phone, command)


def _refuse(run: SimRun, command: Command, code: envelope_pb2.ErrorCode, text: str) -> None:
    event = CallEvent(call_id=command.call_id)
    result = event.command_result
    result.command_id = command.command_id
    result.error_code = code
    result.error = text
    run.post(event)


# Commands on the run.


def _finish(exchange: Exchange, run: SimRun, command: Command) -> None:
    run.finished = True


def _fail(exchange: Exchange, run: SimRun, command: Command) -> None:
    run.finished = True
    exchange.failures.append(command.fail.reason)
    if not command.fail.diverged:
        for phone in run.phones:
            phone.status = 0 if phone.state == "established" else 500
            phone.finish(Cause.SERVER_ERROR, common_pb2.SOURCE_US, 500)


def _start_timer(exchange: Exchange, run: SimRun, command: Command) -> None:
    timer_id = command.start_timer.timer_id
    run_timers = run.timers
    run_timers.add(timer_id)

    def fire() -> None:
        if timer_id in run_timers:
            run_timers.discard(timer_id)
            event = CallEvent()
            event.timer_fired.timer_id = timer_id
            run.post(event)

    after = command.start_timer.after
    exchange.after(after.seconds + after.nanos / 1e9, fire)


def _cancel_timer(exchange: Exchange, run: SimRun, command: Command) -> None:
    run.timers.discard(command.cancel_timer.timer_id)


def _record_step(exchange: Exchange, run: SimRun, command: Command) -> None:
    """It lies in the log, which is all there is to it."""


# Commands on a call.


def _authenticate(exchange: Exchange, phone: Phone, command: Command) -> None:
    started = phone.event()
    started.auth_started.username = phone.credentials_of
    phone.post(started)
    event = phone.event()
    if phone.message.authenticated:
        event.authenticated.entity.CopyFrom(phone.message.entity)
    elif phone.credentials:
        phone.message.authenticated = True
        entity = event.authenticated.entity
        entity.username = phone.credentials_of
        entity.realm = command.authenticate.realm or exchange.realm
        entity.uri = f"{entity.username}@{entity.realm}"
        phone.message.entity.CopyFrom(entity)
        event.authenticated.previous_caller.CopyFrom(phone.message.caller)
        phone.message.caller.user, phone.message.caller.host = entity.username, entity.realm
        event.authenticated.caller.CopyFrom(phone.message.caller)
    else:
        event.auth_failed.sip_status = 403
        event.auth_failed.reason = "wrong credentials"
    phone.post(event)


def _for_ever(tone: str) -> media_pb2.Soup:
    return media_pb2.Soup(items=[media_pb2.SoupItem(tone=tone)], loop=FOR_EVER)


def _ring(exchange: Exchange, phone: Phone, command: Command) -> None:
    if phone.state == "trying":
        phone._reach(call_pb2.CALL_STATE_RINGING, "ringing")
    elif phone.state == "established":
        start_playing(exchange, phone, _for_ever("ring"), "")


def _answer(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.headers.update((header.name, header.value) for header in command.answer.headers)
    if command.answer.early:
        phone._reach(call_pb2.CALL_STATE_EARLY, "early_media")
    else:
        phone.establish()
        succeeded(phone._run)


def _hangup(exchange: Exchange, phone: Phone, command: Command) -> None:
    hangup = command.hangup
    cause = Cause(hangup.cause or Cause.NORMAL_CLEARING)
    transfer = phone._run.transfer
    if transfer is not None and transfer.moved is phone and failed(exchange, phone._run, sip_status(cause)):
        return
    established = phone.state == "established"
    if not established and phone.dial is None:
        phone.status = sip_status(cause)
    phone.contact = hangup.contact
    phone.headers.update((header.name, header.value) for header in hangup.headers)
    text = hangup.text
    delay_s = 5.0 if hangup.tone and established and cause in (Cause.USER_BUSY, Cause.TEMPORARILY_UNAVAILABLE) else 0.0
    if delay_s:
        start_playing(exchange, phone, _for_ever("busy" if cause is Cause.USER_BUSY else "unobtainable"), "")
        exchange.after(delay_s, lambda: phone.finish(cause, common_pb2.SOURCE_US, 0, text))
        return
    phone.finish(cause, common_pb2.SOURCE_US, 0 if established else sip_status(cause), text)


def _dial(exchange: Exchange, phone: Phone, command: Command) -> None:
    dial = SimDial(exchange, phone._run, phone, command)
    phone._run.dials[command.command_id] = dial
    dial.start()


def _cancel_dial(exchange: Exchange, phone: Phone, command: Command) -> None:
    dial = phone._run.dials.get(command.cancel_dial.dial_command_id)
    if dial is not None:
        dial.cancelled(Cause(command.cancel_dial.cause or Cause.NORMAL_CLEARING))


def _mix(exchange: Exchange, phone: Phone, command: Command) -> None:
    other = exchange.phone(command.mix.with_call_id)
    if other is None or other.ended:
        _refuse(phone._run, command, envelope_pb2.ERROR_CODE_UNKNOWN_CALL, command.mix.with_call_id)
    else:
        exchange.mix(phone, other)


def _unmix(exchange: Exchange, phone: Phone, command: Command) -> None:
    other, phone.mixed_with = phone.mixed_with, None
    if other is not None:
        other.mixed_with = None


def _adopt(exchange: Exchange, phone: Phone, command: Command) -> None:
    child = exchange.phone(command.adopt.child_call_id)
    if child is not None:
        child.parent = phone
        child.message.parent_id = phone.call_id
        if command.adopt.mix:
            exchange.mix(phone, child)


def _detach(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.parent = None
    phone.message.parent_id = ""
    if command.detach.unmix:
        _unmix(exchange, phone, command)


def _pick(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.message.picked = True
    event = phone.event()
    event.picked.SetInParent()
    phone.post(event)


def _hold(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.held = phone.message.held = command.WhichOneof("command") == "hold"


def _update(exchange: Exchange, phone: Phone, command: Command) -> None:
    message = phone.message
    event = phone.event()
    event.updated.previous_caller.CopyFrom(message.caller)
    event.updated.previous_called.CopyFrom(message.called)
    (message.called if phone.dial is None else message.caller).CopyFrom(command.update.caller)
    event.updated.caller.CopyFrom(message.caller)
    event.updated.called.CopyFrom(message.called)
    phone.post(event)
    _tell(phone, command, "true")


def _refer(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.referred_to = command.refer.to
    event = phone.event()
    event.refer_progress.command_id = command.command_id
    event.refer_progress.sip_status = 200
    phone.post(event)


def _send_message(exchange: Exchange, phone: Phone, command: Command) -> None:
    sent = command.send_message
    phone.sent_messages.append((sent.method, sent.content_type, sent.body))
    _tell(phone, command, "200")


def _send_request(exchange: Exchange, phone: Phone, command: Command) -> None:
    """Whoever it goes to takes it; a user of the simulated exchange has one device."""
    sent = command.send_request
    to = sent.contact or f"sip:{sent.entity.username}@{sent.entity.realm or exchange.realm}"
    exchange.requests.append((sent.method, to, sent.body))
    _tell(phone, command, json.dumps([{"contact": to, "status": 200}]))


def _set_mailbox(exchange: Exchange, phone: Phone, command: Command) -> None:
    wanted = command.set_mailbox
    uri = f"{wanted.entity.username}@{wanted.entity.realm or exchange.realm}"
    exchange.mailboxes[uri] = (wanted.new, wanted.old, wanted.new_urgent, wanted.old_urgent)


def _tell(phone: Phone, command: Command, value: str) -> None:
    event = phone.event()
    result = event.command_result
    result.command_id, result.ok, result.value = command.command_id, True, value
    phone.post(event)


def _set_entity(exchange: Exchange, phone: Phone, command: Command) -> None:
    phone.message.entity.CopyFrom(command.set_entity.entity)


def _set_var(exchange: Exchange, run: SimRun, command: Command) -> None:
    phone = exchange.phone(command.call_id) or run.phones[0]
    if command.set_var.value:
        phone.message.vars[command.set_var.key] = command.set_var.value
    else:
        phone.message.vars.pop(command.set_var.key, None)


def _publish(exchange: Exchange, run: SimRun, command: Command) -> None:
    exchange.publish(command.publish_event.name, command.publish_event.payload, command.call_id)


_ON_RUN: dict[str, Callable[[Exchange, SimRun, Command], None]] = {
    "finish": _finish,
    "fail": _fail,
    "start_timer": _start_timer,
    "cancel_timer": _cancel_timer,
    "record_step": _record_step,
    "publish_event": _publish,
    "set_var": _set_var,
}

_ON_CALL: dict[str, Callable[[Exchange, Phone, Command], None]] = {
    "authenticate": _authenticate,
    "ring": _ring,
    "answer": _answer,
    "hangup": _hangup,
    "dial": _dial,
    "cancel_dial": _cancel_dial,
    "mix": _mix,
    "unmix": _unmix,
    "adopt": _adopt,
    "detach": _detach,
    "bond": accept_only,
    "disown": accept_only,
    "pick": _pick,
    "hold": _hold,
    "unhold": _hold,
    "update": _update,
    "refer": _refer,
    "send_message": _send_message,
    "send_request": _send_request,
    "set_mailbox": _set_mailbox,
    "set_entity": _set_entity,
    **ON_MEDIA,
}
