"""Codecs that the media engine cannot translate, such as G.729: both legs of a call must speak the same one.

So a leg dialled for a caller is offered such a codec only if the caller offered it, nothing else once the caller has
agreed on it, and a caller is answered with what the leg that answered speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.call import Call
from sip_frontend.calls.channel import Channel
from sip_frontend.calls.media_channels import description_of
from sip_frontend.sdp import Format, SdpError, SessionDescription
from sip_frontend.sdp.codecs import is_translated, known, same_encoding
from switchroom.codec_names import TRANSLATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sip_frontend.calls.exchange import Exchange


def for_offer(ex: Exchange, call: Call, wanted: Sequence[str]) -> tuple[str, ...]:
    """The codecs to offer to *call*, a leg that is being dialled."""
    names = tuple(wanted) or ex.settings.codecs
    parent = call.parent
    if wanted or parent is None or not _any_passes(names):
        return names
    agreed = _agreed(parent)
    if agreed is not None:
        return _only(agreed, names)
    theirs = _offered(parent)
    return tuple(name for name in names if _can_pass(known(name), theirs)) or names


def for_answer(ex: Exchange, call: Call, wanted: Sequence[str]) -> tuple[str, ...]:
    """The codecs to answer *call* with: what a leg it has placed speaks already, comes first."""
    names = tuple(wanted) or ex.settings.codecs
    if wanted or not _any_passes(names):
        return names
    for child in call.children:
        agreed = _agreed(child)
        if agreed is not None:
            return _only(agreed, names)
    return names


def can_meet(one: Channel, other: Channel) -> bool:
    """Whether sound can go between both: as it is, or translated."""
    if not one.spec.formats or not other.spec.formats:
        return True
    ours, theirs = one.spec.formats[0], other.spec.formats[0]
    same = (ours.name.upper(), ours.clock_rate) == (theirs.name.upper(), theirs.clock_rate)
    return same or {ours.name.upper(), theirs.name.upper()} <= TRANSLATED


def _any_passes(names: Sequence[str]) -> bool:
    return any(not is_translated(known(name)) for name in names)


def _agreed(call: Call) -> Format | None:
    agreed = call.negotiation.agreed if call.negotiation is not None else None
    return agreed.formats[0] if agreed is not None else None


def _only(agreed: Format, names: Sequence[str]) -> tuple[str, ...]:
    """Of *names*, what can meet a leg that speaks *agreed*."""
    if is_translated(agreed):
        return tuple(name for name in names if is_translated(known(name))) or tuple(names)
    parameters = f" {agreed.fmtp}" if agreed.fmtp else ""
    return (f"{agreed.name}/{agreed.clock_rate}/{agreed.channels}{parameters}",)


def _offered(call: Call) -> list[Format]:
    body = description_of(call.invite) if call.invite is not None else None
    try:
        offer = SessionDescription.parse(body or b"")
    except SdpError:
        return []
    return [payload for media in offer.media if media.kind == "audio" for payload in media.payload_formats()]


def _can_pass(ours: Format, theirs: Sequence[Format]) -> bool:
    return is_translated(ours) or any(same_encoding(ours, payload) for payload in theirs)
