"""What each event of the contract does to the calls of a run: one small function each, in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from call_workers.callbacks import notify
from call_workers.causes import HangupCause
from call_workers.channel_stats import ChannelStats
from call_workers.errors import AuthFailed, CallEnded, CommandRejected
from call_workers.events import Event
from call_workers.media_events import describe
from call_workers.values import CallState, Entity, Party, seconds
from switchroom.lean.of_msgspec import msgspec
from switchroom.v1 import call_pb2
from switchroom.v1.call_pb2 import CallEvent
from switchroom.v1.envelope_pb2 import ErrorCode

if TYPE_CHECKING:
    from call_workers.call import Call
    from call_workers.run import Run


def apply(run: Run, event: CallEvent) -> None:
    """Move the run's calls as the event says, wake who waits for it and tell its listeners.

    An event of a later version of the contract is ignored.
    """
    at = seconds(event.at)
    if at > run.loop.now:
        run.loop.now = at
    kind = event.WhichOneof("event")
    happening = _HAPPENINGS.get(kind or "")
    if happening is not None:
        happening(run, event)


def _invited(run: Run, event: CallEvent) -> None:
    call = run.call(event.call_id)
    call._request = event.invited.request
    if run.primary is None:
        run.begin_script(call)


def _originating(run: Run, event: CallEvent) -> None:
    run.fail(LookupError(f"no script {event.originating.script!r} to originate"))


def _auth_started(run: Run, event: CallEvent) -> None:
    _tell(run, event, "call.auth.start", username=event.auth_started.username)


def _authenticated(run: Run, event: CallEvent) -> None:
    call = run.call(event.call_id)
    call.authenticated = True
    call._entity = Entity.from_wire(event.authenticated.entity)
    if event.authenticated.HasField("caller"):
        call._caller = Party.from_wire(event.authenticated.caller)
    future = run.auths.get(call.id)
    if future is not None and not future.done():
        future.set_result(None)
    _tell(run, event, "call.authed", entity=call._entity)


def _auth_failed(run: Run, event: CallEvent) -> None:
    failed = event.auth_failed
    future = run.auths.get(event.call_id)
    if future is not None and not future.done():
        future.set_exception(AuthFailed(failed.sip_status or 403, failed.reason))
    _tell(run, event, "call.authed.failed", status=failed.sip_status, reason=failed.reason)


def _ringing(run: Run, event: CallEvent) -> None:
    _reach(run, event, CallState.RINGING)
    _tell(run, event, "call.ringing")


def _early_media(run: Run, event: CallEvent) -> None:
    _reach(run, event, CallState.EARLY)
    _tell(run, event, "call.early")


def _answered(run: Run, event: CallEvent) -> None:
    call = run.call(event.call_id)
    call._established(run.loop.now)
    _tell(run, event, "call.answered")


def _updated(run: Run, event: CallEvent) -> None:
    _parties_are(run.call(event.call_id), event.updated)
    _tell(run, event, "call.updated")


def _mixed(run: Run, event: CallEvent) -> None:
    run.call(event.call_id)._join(run.call(event.mixed.with_call_id))
    _tell(run, event, "call.mix", **{"with": event.mixed.with_call_id})


def _unmixed(run: Run, event: CallEvent) -> None:
    run.call(event.call_id)._part()
    _tell(run, event, "call.unmix")


def _held(run: Run, event: CallEvent) -> None:
    run.call(event.call_id).held = True
    _tell(run, event, "call.hold", by_us=event.held.by_us)


def _unheld(run: Run, event: CallEvent) -> None:
    run.call(event.call_id).held = False
    _tell(run, event, "call.unhold", by_us=event.unheld.by_us)


def _referred(run: Run, event: CallEvent) -> None:
    referred = event.referred
    call = run.call(event.call_id)
    call.destination = referred.destination
    call.referred_by = referred.by_call_id
    _parties_are(call, referred)
    if run.primary is None:
        # A blind transfer: the script of the target runs for the leg that is moved there.
        run.begin_script(call)
        return
    _tell(run, event, "call.referred", destination=referred.destination, by=referred.by_call_id)


def _picked(run: Run, event: CallEvent) -> None:
    run.call(event.call_id).picked = True
    _tell(run, event, "call.pick")


def _digit(run: Run, event: CallEvent) -> None:
    call = run.call(event.call_id)
    happened = _of_digit(run, call, "telephone-event", event.digit)
    call._digit_came(event.digit.digit)
    call._media_event_came(happened)
    call._emit(happened)


def _digit_released(run: Run, event: CallEvent) -> None:
    """Who waits for any event has had that of the digit."""
    call = run.call(event.call_id)
    if call._listeners is not None or call._streams is not None:
        call._emit(_of_digit(run, call, "telephone-event-end", event.digit_released))


def _of_digit(run: Run, call: Call, action: str, digit: call_pb2.DigitReceived) -> Event:
    source = _DIGIT_SOURCES.get(digit.source, "")
    data = {"action": action, "event": digit.digit, "duration_ms": digit.duration_ms, "source": source}
    return Event("channel", call, run.loop.now, data)


def _media(run: Run, event: CallEvent) -> None:
    call = run.call(event.call_id)
    described = describe(event.media)
    happened = Event("channel", call, run.loop.now, described.data)
    waiting = (call._media_waits or {}).pop(described.ended_id, None) if described.ended_id else None
    if waiting is not None and not waiting.done():
        waiting.set_result(described.data.get("reason", ""))
    call._media_event_came(happened)
    call._emit(happened)


def _message(run: Run, event: CallEvent) -> None:
    message = event.message
    _tell(run, event, "call.message", method=message.method, content_type=message.content_type, body=message.body)


def _custom(run: Run, event: CallEvent) -> None:
    payload = msgspec.json.decode(event.custom.payload or "{}")
    _tell(run, event, event.custom.name, **(payload if isinstance(payload, dict) else {"payload": payload}))


def _timer_fired(run: Run, event: CallEvent) -> None:
    run.loop.timer_fired(event.timer_fired.timer_id)


def _command_result(run: Run, event: CallEvent) -> None:
    result = event.command_result
    command_id = result.command_id
    if result.ok:
        read = run.reads.get(command_id)
        if read is not None and not read.done():
            read.set_result(result.value)
        return
    code = ErrorCode.Name(result.error_code) if result.error_code in ErrorCode.values() else str(result.error_code)
    error = CommandRejected(run.verb(command_id), code.removeprefix("ERROR_CODE_"), result.error)
    future = run.results.get(command_id) or run.reads.get(command_id)
    if future is not None:
        if not future.done():
            future.set_exception(error)
        return
    call = run.calls.get(event.call_id)
    if call is None or call.state is not CallState.ENDED:
        run.reject(error)


def _dial_finished(run: Run, event: CallEvent) -> None:
    finished = event.dial_finished
    dial = next((dial for dial in run.dials.values() if dial.command_id == finished.command_id), None)
    if dial is None:
        return
    leg = run.call(finished.answered_call_id) if finished.answered_call_id else None
    if leg is None:
        _nobody_answered(run, dial.parent, HangupCause.from_wire(finished.cause))
        if dial.fail is not None and dial.legs:
            notify(run, dial.fail, dial.legs[-1])
    else:
        leg._established(run.loop.now)
        if dial.parent is not None and dial.bridges:
            dial.parent._established(run.loop.now)
            dial.parent._join(leg)
    if not dial.future.done():
        dial.future.set_result(leg)


def _nobody_answered(run: Run, parent: Call | None, cause: HangupCause) -> None:
    dialler = parent or run.primary
    if dialler is not None:
        dialler.dial_cause = cause


def _refer_progress(run: Run, event: CallEvent) -> None:
    progress = event.refer_progress
    future = run.results.get(progress.command_id)
    if future is not None and progress.sip_status >= 200 and not future.done():
        future.set_result(progress.sip_status)


def _ended(run: Run, event: CallEvent) -> None:
    """First whoever waits for the end gets it; then, when the caller has left, everything else that is awaited."""
    call = run.call(event.call_id)
    left = call is run.primary and call.state is not CallState.ENDED
    awaited = run.loop.awaited() if left else []
    call.hangup_cause = HangupCause.from_wire(event.ended.cause)
    call.ended_at = run.loop.now
    call._part()
    call._finish()
    _tell(run, event, "call.destroyed", cause=call.hangup_cause)
    if call._listeners is not None or call._streams is not None:
        stats = ChannelStats.from_wire(event.ended.stats) if event.ended.HasField("stats") else None
        _tell(run, event, "call.reporting", cause=call.hangup_cause, stats=stats)
    run.loop.drain()
    for future in awaited:
        if not future.done():
            future.set_exception(CallEnded(call.hangup_cause))


def _parties_are(call: Call, told: call_pb2.Updated | call_pb2.Referred) -> None:
    """A frontend that does not say who is who now leaves it as it was."""
    if told.HasField("caller"):
        call._caller = Party.from_wire(told.caller)
    if told.HasField("called"):
        call._called = Party.from_wire(told.called)


def _reach(run: Run, event: CallEvent, state: CallState) -> None:
    call = run.call(event.call_id)
    if call.state < state:
        call.state = state


def _tell(run: Run, event: CallEvent, name: str, **data: Any) -> None:
    call = run.call(event.call_id)
    if call._listeners is not None or call._streams is not None:
        call._emit(Event(name, call, run.loop.now, data))


_DIGIT_SOURCES: dict[int, str] = {
    call_pb2.DIGIT_SOURCE_RTP: "rtp",
    call_pb2.DIGIT_SOURCE_SIP_INFO: "sip-info",
    call_pb2.DIGIT_SOURCE_IN_BAND: "in-band",
}

_HAPPENINGS: dict[str, Callable[[Run, CallEvent], None]] = {
    "invited": _invited,
    "originating": _originating,
    "auth_started": _auth_started,
    "authenticated": _authenticated,
    "auth_failed": _auth_failed,
    "ringing": _ringing,
    "early_media": _early_media,
    "answered": _answered,
    "updated": _updated,
    "mixed": _mixed,
    "unmixed": _unmixed,
    "held": _held,
    "unheld": _unheld,
    "referred": _referred,
    "picked": _picked,
    "digit": _digit,
    "digit_released": _digit_released,
    "media": _media,
    "message": _message,
    "custom": _custom,
    "timer_fired": _timer_fired,
    "command_result": _command_result,
    "dial_finished": _dial_finished,
    "refer_progress": _refer_progress,
    "ended": _ended,
}
