"""Who hears whom: mixing two legs, taking them apart, and the family ties between legs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import media_channels
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def can_meet(call: Call, other: Call) -> bool:
    """Whether both legs have a channel, and on one media worker: audio does not go from one to another yet."""
    return call.channel is not None and other.channel is not None and call.channel.worker == other.channel.worker


def mix(ex: Exchange, call: Call, other: Call) -> bool:
    """Let the two legs hear each other; False when that cannot be. Each leaves whom it was mixed with."""
    if call is other or call.channel is None or other.channel is None:
        return False
    if call.media_peer is other:
        return True
    if not can_meet(call, other):
        workers = [call.channel.worker, other.channel.worker]
        ex.log("warning", "call.mix_apart", call_id=call.call_id, other=other.call_id, workers=workers)
        return False
    unmix(ex, call)
    unmix(ex, other)
    group = ex.new_id()
    media_channels.set_group(ex, call, group)
    media_channels.set_group(ex, other, group)
    for one, peer in ((call, other), (other, call)):
        one.media_peer = peer
        one.view.mixed_with = peer.call_id
        event = ex.event(one)
        if event is not None:
            event.mixed.with_call_id = peer.call_id
        ex.actions.append(Publish("call.mix", one))
    return True


def unmix(ex: Exchange, call: Call) -> None:
    """Take *call* out of its bridge; the other side is alone from then on."""
    other = call.media_peer
    if other is None:
        return
    for one in (call, other):
        one.media_peer = None
        one.view.mixed_with = ""
        media_channels.set_group(ex, one, "")
        if not one.ended:
            event = ex.event(one)
            if event is not None:
                event.unmixed.SetInParent()


def detach(ex: Exchange, call: Call, *, with_unmix: bool) -> None:
    """*call* leaves its parent and lets go of its children (CM-024)."""
    call.leave_parent()
    for child in list(call.children):
        child.leave_parent()
    if with_unmix:
        unmix(ex, call)
