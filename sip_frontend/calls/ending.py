"""How a leg ends: refusal, CANCEL, BYE, and who is taken along. See docs/closing.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import bridging, causes, media_channels
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call, stamp
from sip_frontend.message import Header
from sip_frontend.message.grammar import readable
from sip_frontend.transaction import ClientTransaction
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sip_frontend.calls.exchange import Exchange

TONE_S = 5.0
"""How long a failure tone plays before the BYE (CM-061)."""


def hangup(
    ex: Exchange,
    call: Call,
    cause: common.Cause = common.CAUSE_NORMAL_CLEARING,
    *,
    tone: bool = False,
    text: str = "",
    headers: Sequence[Header] = (),
    lost: bool = False,
) -> None:
    """End *call* from our side: refuse it, cancel it, or send BYE, as its state asks for (CM-059).

    *lost*: its peer is gone, so the rest of its family follows as if that had hung up.
    """
    if call.ended:
        return
    if call.established:
        source = _failure_tone(ex, cause) if tone else ""
        if source and not call.tone_ending and media_channels.play_tone(ex, call, source):
            call.tone_ending = True
            ex.timer(TONE_S, lambda now: hangup(ex, call, cause, text=text))
            return
        _send_bye(ex, call, cause, text)
        end(ex, call, common.SOURCE_US, cause, 0, text, lost=lost)
    elif call.is_uas:
        refuse(ex, call, causes.status_of(cause), cause, reason=text, headers=headers)
    else:
        _cancel(ex, call, cause, text)
        end(ex, call, common.SOURCE_US, cause, causes.status_of(cause), text)


def end_all(ex: Exchange) -> None:
    """The frontend stops: no peer may be left in a call that nobody keeps. Unanswered calls may be tried again."""
    from sip_frontend.calls.subscriptions import notifier

    notifier.stop(ex)
    for call in list(ex.calls.values()):
        if call.is_uas and not call.established:
            retry = [("Retry-After", str(ex.settings.retry_after_s))]
            refuse(ex, call, 503, common.CAUSE_SERVICE_UNAVAILABLE, headers=retry)
        else:
            hangup(ex, call, common.CAUSE_MANAGER_REQUEST, text="the exchange stops")


def _failure_tone(ex: Exchange, cause: common.Cause) -> str:
    status = causes.status_of(cause)
    return {486: ex.settings.busy_tone, 480: ex.settings.unobtainable_tone}.get(status, "")


def refuse(
    ex: Exchange, call: Call, status: int, cause: common.Cause, *, reason: str = "", headers: Sequence[Header] = ()
) -> None:
    """Final answer other than 200 to an INVITE; *reason* goes into a Warning header (RFC 3261 section 20.43)."""
    if call.ended:
        return
    transaction, call.server_invite = call.server_invite, None
    if transaction is not None:
        extra: list[Header] = [("Server", ex.settings.server), *headers]
        if reason:
            words = reason.replace("\\", "").replace('"', "'")
            extra.append(("Warning", f'399 {ex.settings.realm} "{words}"'))
        ex.reply(transaction, status, headers=extra, to_tag=call.local_tag)
    end(ex, call, common.SOURCE_US, cause, status, reason)


def _send_bye(ex: Exchange, call: Call, cause: common.Cause, text: str) -> None:
    from sip_frontend.calls import requests

    requests.send(ex, call, "BYE", [("Reason", causes.bye_reason(cause, text))])


def _cancel(ex: Exchange, call: Call, cause: common.Cause, text: str) -> None:
    """CANCEL the INVITE. If a 200 crosses it, the leg is gone by then: ``dialling`` sends ACK and BYE."""
    transaction = call.client_invite
    if isinstance(transaction, ClientTransaction):
        reason = text if text.startswith(("SIP", "Q.850")) else causes.cancel_reason(cause)
        ex.transactions.cancel(transaction, ex.now, [("Reason", reason)] if reason else [])


def end(
    ex: Exchange,
    call: Call,
    source: common.Source,
    cause: common.Cause,
    status: int = 0,
    text: str = "",
    *,
    lost: bool = False,
) -> None:
    """*call* is over. Everything it holds is let go of; the rest of its family follows as its policies say."""
    if call.ended:
        return
    call.ended = True
    call.stop_timers()
    view = call.view
    view.state = pb.CALL_STATE_ENDED
    stamp(view.ended_at, ex.unix)
    why = view.hangup_cause
    why.source, why.cause = source, cause
    why.sip_status, why.text = status, readable(text)
    if call.pending_reinvite and call.remote_invite is not None:
        ex.reply(call.remote_invite, 487, to_tag=call.local_tag)
    call.remote_invite = None
    bridging.unmix(ex, call)
    _forget(ex, call)
    _family(ex, call, cause, by_wire=lost or source == common.SOURCE_WIRE)
    media_channels.close_channel(ex, call, causes.name_of(cause).lower(), lambda stats: _closed(ex, call, stats))


def _forget(ex: Exchange, call: Call) -> None:
    ex.dialogs.pop((call.sip_call_id, call.local_tag), None)
    ex.awaiting_credentials.pop((call.sip_call_id, call.view.remote_tag), None)
    trunk, call.trunk = call.trunk, None
    if trunk is not None:
        trunk.end()
    forget_entity(ex, call)


def forget_entity(ex: Exchange, call: Call) -> None:
    """*call* no longer counts for the entity it has."""
    if call.view.HasField("entity"):
        uri = call.view.entity.uri
        left = ex.entity_calls.get(uri, 0) - 1
        if left > 0:
            ex.entity_calls[uri] = left
        else:
            ex.entity_calls.pop(uri, None)


def _family(ex: Exchange, call: Call, cause: common.Cause, *, by_wire: bool) -> None:
    """CM-063, CM-064: a hang-up from the wire takes the children along, and the parent when it is asked to."""
    from sip_frontend.calls import dialling

    children, parent, attempt = list(call.children), call.parent, call.attempt
    for child in children:
        unanswered = not child.established
        if unanswered or (by_wire and not call.policy.keep_children and not child.policy.continue_on_other_hangup):
            follow = common.CAUSE_ORIGINATOR_CANCEL if unanswered else common.CAUSE_NORMAL_CLEARING
            hangup(ex, child, follow)
        child.leave_parent()
    call.leave_parent()
    if attempt is not None:
        dialling.leg_ended(ex, attempt, call)
    if parent is not None and by_wire and call.policy.hangup_parent and view_was_answered(call):
        alone = not any(one for one in parent.children if one is not call)
        if alone and not parent.policy.continue_on_other_hangup:
            hangup(ex, parent, cause)


def view_was_answered(call: Call) -> bool:
    """Whether the call had been answered when it ended."""
    return call.view.HasField("answered_at")


def _closed(ex: Exchange, call: Call, stats: media.ChannelStats | None) -> None:
    """The channel is closed: the last events of the leg (CM-039), and nothing of it is left."""
    view = call.view
    event = ex.event(call)
    if event is not None:
        event.ended.cause.CopyFrom(view.hangup_cause)
        if stats is not None:
            event.ended.stats.CopyFrom(stats)
    ex.actions.append(Publish("call.ended", call))
    _log_ended(ex, call, stats)
    ex.calls.pop(call.call_id, None)
    run = call.run
    if run is not None and run.finished:
        call.run = None
    call.dialog = None
    call.early_dialogs = {}
    call.negotiation = call.offer = call.digest = None
    call.client_invite = call.server_invite = None
    call.attempt = call.media_peer = None
    call.invite = None


def _log_ended(ex: Exchange, call: Call, stats: media.ChannelStats | None) -> None:
    """The one canonical line of a call."""
    view = call.view
    started = view.started_at.seconds + view.started_at.nanos / 1e9
    answered = view.answered_at.seconds + view.answered_at.nanos / 1e9 if view.HasField("answered_at") else 0.0
    keys: dict[str, object] = {
        "call_id": call.call_id,
        "sip_call_id": call.sip_call_id,
        "type": "uas" if call.is_uas else "uac",
        "caller": view.caller.user,
        "called": view.called.user,
        "cause": causes.name_of(view.hangup_cause.cause),
        "by": "us" if view.hangup_cause.source == common.SOURCE_US else "wire",
        "sip_status": view.hangup_cause.sip_status,
        "ring_s": round((answered or ex.unix) - started, 3),
        "talk_s": round(ex.unix - answered, 3) if answered else 0.0,
    }
    if stats is not None and stats.packets_received:
        heard = stats.packets_received + stats.packets_lost
        keys["loss_pct"] = round(100 * stats.packets_lost / heard, 2)
        keys["jitter_ms"] = round(stats.jitter_ms, 1)
        keys["mos"] = round(stats.mos, 2)
    ex.log("info", "call.ended", **keys)
