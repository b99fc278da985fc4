"""Legs that not all of their bridge or room hear: a coach, wherever the media workers of all of them are.

The engine finds those who hear a leg by the names of channels in the leg's own group. That is where all of a room meet:
at its home. So a leg away from home that confides in some, or that is confided in, has a link of its own, whose end at
home stands for it there; the end names ends.

When                                Who hears the leg
its listeners are named             those of them that are in its group
one of them joins later             that one too
a listener cannot be reached        nobody in its place
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import links, media_channels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sip_frontend.calls.channel import Channel
    from sip_frontend.calls.exchange import Exchange


def confide(ex: Exchange, leg: Channel, call_ids: Sequence[str]) -> list[str]:
    """Let *leg* be heard by these calls alone, by all when there are none; what stands in the way, in words."""
    leg.heard_by = tuple(call_ids)
    if not call_ids:
        forget(ex, leg)
        _name(ex, leg, links.end_at_home(ex, leg), [])
        return []
    ex.media.confined[leg.channel_id] = leg
    return _settle(ex, leg)


def joined(ex: Exchange, group: str) -> None:
    """Somebody has joined the group of that name at home: perhaps one whom others in it confide in."""
    for leg in list(ex.media.confined.values()):
        if links.home_group(ex, leg) == group:
            for reason in _settle(ex, leg):
                ex.log("warning", "media.unheard", channel_id=leg.channel_id, group=group, reason=reason)


def forget(ex: Exchange, leg: Channel) -> None:
    """All of its group hear *leg*, or it is in none any more."""
    leg.heard_by = ()
    ex.media.confined.pop(leg.channel_id, None)


def _settle(ex: Exchange, leg: Channel) -> list[str]:
    reasons: list[str] = []
    group = links.home_group(ex, leg)
    try:
        home = links.stand_in(ex, leg)
    except media_channels.NoMedia as error:
        # A call is no channel's name: nobody hears the leg, which is better than everybody.
        _name(ex, leg, leg, leg.heard_by)
        return [f"nobody hears the call: it needs a link of its own to the others, and there is {error}"]
    names = []
    for call_id in leg.heard_by:
        other = ex.calls.get(call_id)
        listener = other.channel if other is not None else None
        if listener is None:
            reasons.append(f"{call_id} does not hear the call: it has no media yet")
            names.append(call_id)
            continue
        try:
            heard = links.stand_in(ex, listener) if links.home_group(ex, listener) == group else listener
            names.append(heard.channel_id)
        except media_channels.NoMedia as error:
            reasons.append(f"{call_id} does not hear the call: it needs a link of its own, and there is {error}")
            names.append(call_id)
    _name(ex, leg, home, names)
    return reasons


def _name(ex: Exchange, leg: Channel, home: Channel, names: Sequence[str]) -> None:
    """Who hears *leg* is told to what stands for it at home; where it is itself, its link must hear it."""
    for one, heard_by in ((leg, ()), (home, names)) if home is not leg else ((leg, names),):
        if list(one.spec.member.heard_by) != list(heard_by):
            one.spec.member.heard_by[:] = heard_by
            ex.touch(one)
