"""Attended transfer (RFC 5589): the two calls of the referrer become one between the far ends (CM-133 to CM-135)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import bridging, ending, identity, media_channels, requests, transfer
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call
from sip_frontend.message.headers import DialogId
from sip_frontend.transaction import ServerTransaction
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def attended(
    ex: Exchange,
    transaction: ServerTransaction,
    referrer: Call,
    moved: Call,
    replaces: DialogId,
    subscribed: bool,
) -> None:
    """CM-133: A-B1 and B2-C become A-C; while C still rings, A hears it ring (CM-134)."""
    second = transfer.find(ex, replaces)
    if second is None or second is referrer or second.ended:
        ex.reply(transaction, 400, "Replaces names no call of ours")
        return
    target, ringing = second.media_peer, [child for child in second.children if not child.established]
    if target is None and not ringing:
        _three_legs(ex, transaction, referrer, second, moved, asked=referrer, subscribed=subscribed)
        return
    if target is not None and not bridging.can_meet(ex, moved, target):
        ex.reply(transaction, 503, "The media of the two sides cannot meet")
        return
    transfer.accept(ex, transaction, subscribed)
    if subscribed:
        transfer.notify(ex, referrer, 100, final=False)
    for leg in (referrer, moved, second):
        bridging.unmix(ex, leg)
        leg.leave_parent()
        transfer.off_hold(ex, leg)
    moved.view.referred_by = referrer.call_id
    if target is not None:
        target.leave_parent()
        transfer.off_hold(ex, target)
        moved.join(target)
        bridging.mix(ex, moved, target)
    else:
        _take_over_ringing(ex, moved, ringing)
    _updated(ex, moved, target)
    if target is not None:
        _updated(ex, target, moved)
    if subscribed:
        transfer.notify(ex, referrer, 200, final=True)
    ending.hangup(ex, referrer, common.CAUSE_ATTENDED_TRANSFER)
    ending.hangup(ex, second, common.CAUSE_ATTENDED_TRANSFER)


def to_service(
    ex: Exchange, transaction: ServerTransaction, referrer: Call, replaces: DialogId, subscribed: bool
) -> None:
    """CM-135 the other way about: *referrer* talks to the exchange alone, and gives its place to a third party."""
    second = transfer.find(ex, replaces)
    moved = second.media_peer if second is not None and not second.ended else None
    if second is None or second is referrer or moved is None:
        ex.reply(transaction, 400, "We have no-one to refer")
        return
    _three_legs(ex, transaction, second, referrer, moved, asked=referrer, subscribed=subscribed)


def _three_legs(
    ex: Exchange,
    transaction: ServerTransaction,
    talks: Call,
    alone: Call,
    moved: Call,
    *,
    asked: Call,
    subscribed: bool,
) -> None:
    """CM-135: *moved* goes where *alone*, which talks to the exchange alone, has called: a blind transfer."""
    if not alone.is_uas:
        ex.reply(transaction, 400, "The call to replace has no other side")
        return
    transfer.accept(ex, transaction, subscribed)
    if subscribed and asked is alone:
        # Its call ends before the outcome is known, and with it the subscription.
        transfer.notify(ex, alone, 100, final=True)
    transfer.blind(ex, talks, moved, alone.view.destination, subscribed and asked is talks)
    ending.hangup(ex, alone, common.CAUSE_ATTENDED_TRANSFER)


def _take_over_ringing(ex: Exchange, moved: Call, ringing: list[Call]) -> None:
    """The legs that ring for the replaced call ring for *moved* from now on."""
    for leg in ringing:
        if leg.attempt is not None:
            leg.attempt.parent = moved
        moved.adopt(leg)
    media_channels.play_tone(ex, moved, ex.settings.ring_tone)


def _updated(ex: Exchange, call: Call, other: Call | None) -> None:
    """*call* talks to *other* now: its script is told, and its phone where that allows UPDATE (CM-109)."""
    ex.actions.append(Publish("call.updated", call))
    if other is not None and call.established and call.peer_updates:
        who = other.view.caller if other.is_uas else other.view.called
        requests.send(ex, call, "UPDATE", identity.update_headers(call, who))
    identity.tell_updated(ex, call)
