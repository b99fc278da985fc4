"""REFER inside a dialog: blind and attended transfer (RFC 3515, RFC 5589), done by the exchange itself.

The referrer asks that its other leg be connected elsewhere. Phones never see a Replaces of ours: the exchange re-plugs
the legs. A blind transfer runs the call script again, for the leg that stays, with ``destination`` set to the target;
what becomes of it is what the referrer is told (a NOTIFY that claims success at once would be a lie).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import bridging, ending, media_channels, requests
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from sip_frontend.message import Header, reason_phrase
from sip_frontend.message.headers import DialogId
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


def accept(ex: Exchange, transaction: ServerTransaction, subscribed: bool) -> None:
    headers: list[Header] = [] if subscribed else [("Refer-Sub", "false")]
    ex.reply(transaction, 202, headers=headers)


def notify(ex: Exchange, call: Call, status: int, *, final: bool) -> None:
    """NOTIFY of the implicit subscription; without an id in Event, which early phones stumble over."""
    state = "terminated;reason=noresource" if final else f"active;expires={EXPIRES_S}"
    headers: list[Header] = [
        ("Event", "refer"),
        ("Subscription-State", state),
        ("Content-Type", "message/sipfrag;version=2.0"),
    ]
    requests.send(ex, call, "NOTIFY", headers, f"SIP/2.0 {status} {reason_phrase(status)}\r\n".encode())


# -- blind -------------------------------------------------------------------------------------------------------------


def blind(ex: Exchange, referrer: Call, moved: Call, destination: str, subscribed: bool) -> None:
    """Take the legs apart and let a script decide where *moved* goes."""
    led = moved.parent is referrer
    bridging.unmix(ex, referrer)
    referrer.leave_parent()
    moved.leave_parent()
    off_hold(ex, referrer)
    off_hold(ex, moved)
    if subscribed:
        notify(ex, referrer, 100, final=False)
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


def off_hold(ex: Exchange, call: Call) -> None:
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
        notify(ex, referrer, 200, final=True)
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
        notify(ex, referrer, status, final=True)
    media_channels.stop_play(ex, moved)
    if transfer.led:
        referrer.adopt(moved)
    else:
        moved.adopt(referrer)
    bridging.mix(ex, moved, referrer)
    return True


def find(ex: Exchange, replaces: DialogId) -> Call | None:
    """The call whose dialog *replaces* names. Each side counts its own tag first, so both orders are tried."""
    for ours, theirs in ((replaces.to_tag, replaces.from_tag), (replaces.from_tag, replaces.to_tag)):
        call = ex.dialogs.get((replaces.call_id, ours))
        if call is not None and call.view.remote_tag == theirs:
            return call
    return None
