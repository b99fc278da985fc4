"""Who hears whom: mixing two legs, taking them apart, and the family ties between legs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import links, media_channels, passing_on
from sip_frontend.calls.actions import Publish
from sip_frontend.calls.call import Call

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


def can_meet(ex: Exchange, call: Call, other: Call) -> bool:
    """Whether both legs have a channel, on one media worker or on two that can be linked."""
    here, there = call.channel, other.channel
    if here is None or there is None or not passing_on.can_meet(here, there):
        return False
    return links.possible(ex, here.worker, there.worker)


def mix(ex: Exchange, call: Call, other: Call) -> bool:
    """Let the two legs hear each other; False when that cannot be. Each leaves whom it was mixed with."""
    here, there = call.channel, other.channel
    if call is other or here is None or there is None:
        return False
    if call.media_peer is other:
        return True
    if not passing_on.can_meet(here, there):
        codecs = [one.spec.formats[0].name for one in (here, there)]
        ex.log("warning", "call.mix_apart", call_id=call.call_id, other=other.call_id, codecs=codecs)
        return False
    group = ex.new_id()
    try:
        far = links.name_on(ex, group, here.worker, there.worker, links.common_formats(here, there))
    except media_channels.NoMedia as error:
        workers = [here.worker, there.worker]
        ex.log(
            "warning", "call.mix_apart", call_id=call.call_id, other=other.call_id, workers=workers, reason=str(error)
        )
        return False
    unmix(ex, call)
    unmix(ex, other)
    media_channels.set_group(ex, call, group)
    media_channels.set_group(ex, other, far)
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
