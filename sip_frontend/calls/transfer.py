"""REFER inside a dialog: blind and attended transfer (RFC 3515, RFC 5589), done by the exchange itself.

The referrer asks that its other leg be connected elsewhere. Phones never see a Replaces of ours: the exchange re-plugs
the legs. A blind transfer runs the call script again, for the leg that stays, with ``destination`` set to the target;
what becomes of it is what the referrer is told (a NOTIFY that claims success at once would be a lie).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import bridging, ending, identity, media_channels, requests
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from sip_frontend.message import Header, Request, SipParseError, reason_phrase
from sip_frontend.message.headers import DialogId, ReferTo
from sip_frontend.transaction import ServerTransaction
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

EXPIRES_S = 60
"""How long the implicit subscription may last (RFC 3515 section 2.4.4)."""


class Transfer:
    """A blind transfer under way: who asked, who is moved, and whether the referrer wants to hear of it."""

    __slots__ = ("done", "led", "moved", "referrer", "subscribed")

    def __init__(self, referrer: Call, moved: Call, subscribed: bool, led: bool) -> None:
        self.referrer = referrer
        self.moved = moved
        self.subscribed = subscribed
        self.led = led
        """The referrer was the parent, and is again when the transfer fails."""
        self.done = False


def refer_received(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """A REFER of *call*'s peer."""
    values = request.get_all("Refer-To")
    try:
        target = ReferTo.parse(values[0]) if len(values) == 1 else None
    except SipParseError as error:
        ex.reply(transaction, 400, f"Refer-To: {error}"[:80])
        return
    if target is None or not target.uri.host:
        ex.reply(transaction, 400, "Refer-To is missing")
        return
    if call.is_uas and not (call.view.authenticated or call.view.trusted):
        ex.reply(transaction, 403, "Authenticate before you transfer")
        return
    moved = call.media_peer
    subscribed = (request.get("Refer-Sub") or "").strip().lower() != "false"
    if moved is None and target.replaces is not None and call.established:
        _to_service(ex, transaction, call, target.replaces, subscribed)
    elif moved is None or not call.established:
        ex.reply(transaction, 400, "We have no-one to refer")
    elif target.replaces is not None:
        _attended(ex, transaction, call, moved, target.replaces, subscribed)
    else:
        _accept(ex, transaction, subscribed)
        _blind(ex, call, moved, str(target.uri), subscribed)


def _accept(ex: Exchange, transaction: ServerTransaction, subscribed: bool) -> None:
    headers: list[Header] = [] if subscribed else [("Refer-Sub", "false")]
    ex.reply(transaction, 202, headers=headers)


def _notify(ex: Exchange, call: Call, status: int, *, final: bool) -> None:
    """NOTIFY of the implicit subscription; without an id in Event, which early phones stumble over."""
    state = "terminated;reason=noresource" if final else f"active;expires={EXPIRES_S}"
    headers: list[Header] = [
        ("Event", "refer"),
        ("Subscription-State", state),
        ("Content-Type", "message/sipfrag;version=2.0"),
    ]
    requests.send(ex, call, "NOTIFY", headers, f"SIP/2.0 {status} {reason_phrase(status)}\r\n".encode())


# -- blind -------------------------------------------------------------------------------------------------------------


def _blind(ex: Exchange, referrer: Call, moved: Call, destination: str, subscribed: bool) -> None:
    """Take the legs apart and let a script decide where *moved* goes."""
    led = moved.parent is referrer
    bridging.unmix(ex, referrer)
    referrer.leave_parent()
    moved.leave_parent()
    _off_hold(ex, referrer)
    _off_hold(ex, moved)
    if subscribed:
        _notify(ex, referrer, 100, final=False)
    media_channels.play_tone(ex, moved, ex.settings.music_on_hold)
    told = _route_to(moved, referrer, destination)
    ex.actions.append(Publish("call.referred", moved))
    event = ex.event(moved)
    if event is not None:
        event.referred.CopyFrom(told)
    run = ex.new_run()
    _move(moved, run)
    run.transfer = Transfer(referrer, moved, subscribed, led)
    ex.run_event(run, moved.call_id).referred.CopyFrom(told)


def _route_to(moved: Call, referrer: Call, destination: str) -> pb.Referred:
    """*moved* calls *destination* from now on, whichever way it came about; what scripts are told of it."""
    view = moved.view
    told = pb.Referred(
        destination=destination,
        by_call_id=referrer.call_id,
        previous_destination=view.destination,
        previous_caller=view.caller,
        previous_called=view.called,
    )
    if not moved.is_uas:
        view.caller.CopyFrom(view.called)
    view.called.Clear()
    view.called.user, view.called.host = _user_and_host(destination)
    view.destination, view.referred_by = destination, referrer.call_id
    view.authenticated = True
    told.caller.CopyFrom(view.caller)
    told.called.CopyFrom(view.called)
    return told


def _user_and_host(destination: str) -> tuple[str, str]:
    from sip_frontend.message import Uri

    uri = Uri.parse(destination)
    return uri.user, uri.host


def _off_hold(ex: Exchange, call: Call) -> None:
    """The held leg of a transfer is not held any more as far as we are concerned; its phone resumes by itself."""
    call.view.held = False
    media_channels.stop_play(ex, call)


def _move(call: Call, run: Run) -> None:
    """*call* belongs to *run* from now on; the run it leaves hears no more of it."""
    if call.run is not None:
        call.run.calls.pop(call.call_id, None)
    call.run = run
    run.add(call)


def succeeded(ex: Exchange, run: Run) -> None:
    """The moved leg was connected or answered: the referrer is told and let go (CM-132)."""
    transfer = run.transfer
    if transfer is None or transfer.done:
        return
    transfer.done = True
    run.transfer = None
    referrer = transfer.referrer
    if referrer.ended:
        return
    if transfer.subscribed:
        _notify(ex, referrer, 200, final=True)
    ending.hangup(ex, referrer, common.CAUSE_BLIND_TRANSFER)


def failed(ex: Exchange, run: Run, status: int) -> bool:
    """The target could not be reached: tell the referrer and connect the two again. False when it has left."""
    transfer = run.transfer
    if transfer is None or transfer.done:
        return False
    transfer.done = True
    run.transfer = None
    referrer, moved = transfer.referrer, transfer.moved
    if referrer.ended or moved.ended:
        return False
    if transfer.subscribed:
        _notify(ex, referrer, status, final=True)
    media_channels.stop_play(ex, moved)
    if transfer.led:
        referrer.adopt(moved)
    else:
        moved.adopt(referrer)
    bridging.mix(ex, moved, referrer)
    return True


# -- attended ----------------------------------------------------------------------------------------------------------


def _attended(
    ex: Exchange,
    transaction: ServerTransaction,
    referrer: Call,
    moved: Call,
    replaces: DialogId,
    subscribed: bool,
) -> None:
    """CM-133: A-B1 and B2-C become A-C; while C still rings, A hears it ring (CM-134)."""
    second = find(ex, replaces)
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
    _accept(ex, transaction, subscribed)
    if subscribed:
        _notify(ex, referrer, 100, final=False)
    for leg in (referrer, moved, second):
        bridging.unmix(ex, leg)
        leg.leave_parent()
        _off_hold(ex, leg)
    moved.view.referred_by = referrer.call_id
    if target is not None:
        target.leave_parent()
        _off_hold(ex, target)
        moved.join(target)
        bridging.mix(ex, moved, target)
    else:
        _take_over_ringing(ex, moved, ringing)
    _updated(ex, moved, target)
    if target is not None:
        _updated(ex, target, moved)
    if subscribed:
        _notify(ex, referrer, 200, final=True)
    ending.hangup(ex, referrer, common.CAUSE_ATTENDED_TRANSFER)
    ending.hangup(ex, second, common.CAUSE_ATTENDED_TRANSFER)


def _to_service(
    ex: Exchange, transaction: ServerTransaction, referrer: Call, replaces: DialogId, subscribed: bool
) -> None:
    """CM-135 the other way about: *referrer* talks to the exchange alone, and gives its place to a third party."""
    second = find(ex, replaces)
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
    _accept(ex, transaction, subscribed)
    if subscribed and asked is alone:
        # Its call ends before the outcome is known, and with it the subscription.
        _notify(ex, alone, 100, final=True)
    _blind(ex, talks, moved, alone.view.destination, subscribed and asked is talks)
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


def find(ex: Exchange, replaces: DialogId) -> Call | None:
    """The call whose dialog *replaces* names. Each side counts its own tag first, so both orders are tried."""
    for ours, theirs in ((replaces.to_tag, replaces.from_tag), (replaces.from_tag, replaces.to_tag)):
        call = ex.dialogs.get((replaces.call_id, ours))
        if call is not None and call.view.remote_tag == theirs:
            return call
    return None


# -- as the one who refers ---------------------------------------------------------------------------------------------


def refer(ex: Exchange, call: Call, to: str, command_id: int) -> bool:
    """Ask the peer of *call* to call *to* instead; its NOTIFYs come back as ``refer_progress``."""
    if not call.established:
        return False
    headers: list[Header] = [("Refer-To", f"<{to}>"), ("Referred-By", f"<sip:{ex.settings.realm}>")]
    call.referring = command_id

    def answered(response: object) -> None:
        status = getattr(response, "status", 408)
        if status >= 300:
            progress(ex, call, status)

    return requests.send(ex, call, "REFER", headers, b"", answered) is not None


def notify_received(ex: Exchange, transaction: ServerTransaction, request: Request, call: Call) -> None:
    """The peer tells how a REFER of ours goes."""
    if not call.referring or (request.get("Event") or "").split(";")[0].strip().lower() != "refer":
        ex.reply(transaction, 481)
        return
    ex.reply(transaction, 200)
    words = request.body.split(None, 2)
    if len(words) >= 2 and words[0] == b"SIP/2.0" and words[1].isdigit():
        progress(ex, call, int(words[1]))


def progress(ex: Exchange, call: Call, status: int) -> None:
    """Tell the script; a final status ends the matter."""
    event = ex.event(call)
    if event is not None:
        event.refer_progress.command_id = call.referring
        event.refer_progress.sip_status = status
    if status >= 200:
        call.referring = 0
