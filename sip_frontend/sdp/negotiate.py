"""One offer and one answer (RFC 3264), as pure functions. What went before is the business of negotiation.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sip_frontend.sdp import codecs
from sip_frontend.sdp.agreement import AgreedMedia, LocalMedia
from sip_frontend.sdp.errors import (
    INCOMPATIBLE_ADDRESS_FORMAT,
    INCOMPATIBLE_MEDIA_FORMAT,
    INCOMPATIBLE_TRANSPORT,
    MEDIA_TYPE_NOT_AVAILABLE,
    NotAcceptable,
    SdpError,
)
from sip_frontend.sdp.media import DIRECTIONS, Connection, Format, MediaDescription, decimal
from sip_frontend.sdp.profile import Security, security_of
from sip_frontend.sdp.session import SessionDescription
from sip_frontend.sdp.writing import Layout, Numbers, audio_section, end, head_lines, offered_formats, refused_section

_NAMES: Final = {views: name for name, views in DIRECTIONS.items()}
_LONGEST_MS: Final = 60
"""Of a packet that a media worker makes."""


@dataclass(slots=True)
class _Formats:
    """The payload formats of both directions. *theirs* go by the peer's numbers and parameters, *ours* by ours."""

    theirs: tuple[Format, ...]
    ours: tuple[Format, ...]
    their_events: Format | None
    our_events: Format | None


def answer(offer: SessionDescription, local: LocalMedia) -> tuple[bytes, AgreedMedia]:
    """Answer *offer* with one audio stream, one codec of ours, and telephone-event when it is offered.

    Raises:
        NotAcceptable: no section suits us (488).
    """
    line, security, formats = _choose(offer, local)
    media = offer.media[line]
    rtcp_mux = local.rtcp_mux and media.get("rtcp-mux") is not None
    agreed = _agree(offer, line, local.direction, rtcp_mux, security, formats, local.ptime_ms)
    mid = media.get("mid")
    named = list(formats.ours) if formats.our_events is None else [*formats.ours, formats.our_events]
    lines = head_lines(local)
    if mid is not None and _bundled(offer, mid):
        lines.append(f"a=group:BUNDLE {mid}")
    for index, section in enumerate(offer.media):
        if index == line:
            direction = _NAMES[agreed.send, agreed.receive]
            lines.extend(audio_section(local, media.profile, named, direction, mid, rtcp_mux))
        else:
            lines.extend(refused_section(section))
    return end(lines), agreed


def offer(
    local: LocalMedia, *, numbers: Numbers | None = None, layout: Layout = (None,), mid: str | None = None
) -> bytes:
    """Offer everything there is in *local*.

    Args:
        numbers: a payload number never changes its meaning in a session (RFC 3264 section 8.3.2).
        layout: a section never goes away (RFC 3264 section 8), and *mid* stays with the audio.
    """
    lines = head_lines(local)
    for refused in layout:
        if refused is None:
            formats = offered_formats(local, numbers)
            lines.extend(audio_section(local, local.profile, formats, local.direction, mid, False))
        else:
            lines.extend(refused)
    return end(lines)


def read_answer(offered: SessionDescription | bytes, answer: SessionDescription, local: LocalMedia) -> AgreedMedia:
    """What our offer *offered* and the peer's *answer* come to.

    Raises:
        NotAcceptable: the answer refuses the audio, or names nothing that we offered.
        SdpError: it is no answer to this offer.
    """
    ours = SessionDescription.parse(offered) if isinstance(offered, bytes) else offered
    line = next(index for index, media in enumerate(ours.media) if media.kind == "audio" and media.port)
    if len(answer.media) <= line or answer.media[line].kind != "audio":
        raise SdpError(f"the answer has no audio in section {line + 1}")
    mine, theirs = ours.media[line], answer.media[line]
    if theirs.port == 0:
        raise NotAcceptable("the peer refuses audio", MEDIA_TYPE_NOT_AVAILABLE)
    if theirs.profile != mine.profile:
        raise NotAcceptable(f"{mine.profile} was offered, not {theirs.profile}", INCOMPATIBLE_TRANSPORT)
    rtcp_mux = mine.get("rtcp-mux") is not None and theirs.get("rtcp-mux") is not None
    formats = _common(mine.payload_formats(), theirs.payload_formats())
    security = _security(answer, theirs) or Security.PLAIN
    return _agree(answer, line, ours.direction_of(mine), rtcp_mux, security, formats, local.ptime_ms)


def _choose(offer: SessionDescription, local: LocalMedia) -> tuple[int, Security, _Formats]:
    """The first audio section that suits *local*. The refusal tells of the section that came nearest."""
    warning, text = MEDIA_TYPE_NOT_AVAILABLE, "no audio offered"
    for line, media in enumerate(offer.media):
        if media.kind != "audio" or media.port == 0:
            continue
        security = _security(offer, media)
        if security is None or security not in local.securities:
            if warning == MEDIA_TYPE_NOT_AVAILABLE:
                warning, text = INCOMPATIBLE_TRANSPORT, f"profile {media.profile} not available"
            continue
        connection = offer.connection_of(media)
        if connection is None or (connection.family != local.family and not connection.unspecified):
            warning, text = INCOMPATIBLE_ADDRESS_FORMAT, f"media goes by {local.family} here"
            continue
        formats = _first_common(media.payload_formats(), local)
        if formats is not None:
            return line, security, formats
        warning, text = INCOMPATIBLE_MEDIA_FORMAT, f"codecs here are {' '.join(local.codecs)}"
    raise NotAcceptable(text, warning)


def _first_common(offered: list[Format], local: LocalMedia) -> _Formats | None:
    """The codec that *local* likes best among *offered*, by the peer's number, which then holds both ways."""
    for name in local.codecs:
        known = codecs.known(name)
        if codecs.is_noise(known):
            continue
        for payload in offered:
            if codecs.same_encoding(known, payload):
                events = codecs.events_for(payload, offered) if local.telephone_event else None
                our_events = None if events is None else codecs.our_events(events)
                noise = codecs.noise_for(payload, offered) if codecs.COMFORT_NOISE in local.codecs else None
                rest = () if noise is None else (noise,)
                ours = codecs.answering(known, payload)
                return _Formats((payload, *rest), (ours, *rest), events, our_events)
    return None


def _common(mine: list[Format], theirs: list[Format]) -> _Formats:
    """The encodings of an answer, each paired with the number our offer gave it."""
    pairs: list[tuple[Format, Format]] = []
    for payload in theirs:
        match = next((own for own in mine if codecs.same_encoding(own, payload)), None)
        if match is not None and not codecs.is_event(payload):
            pairs.append((payload, match))
    pairs.sort(key=lambda pair: codecs.is_noise(pair[0]))  # the first is what we send
    if not pairs or codecs.is_noise(pairs[0][0]):
        raise NotAcceptable("the answer has no codec of the offer", INCOMPATIBLE_MEDIA_FORMAT)
    kept, ours = zip(*pairs, strict=True)
    their_events = codecs.events_for(kept[0], theirs)
    our_events = None
    if their_events is not None:
        rate = their_events.clock_rate
        our_events = next((own for own in mine if codecs.is_event(own) and own.clock_rate == rate), None)
    return _Formats(kept, ours, their_events if our_events is not None else None, our_events)


def _agree(
    peer: SessionDescription,
    line: int,
    direction: str,
    rtcp_mux: bool,
    security: Security,
    formats: _Formats,
    ptime_ms: int,
) -> AgreedMedia:
    media = peer.media[line]
    connection = peer.connection_of(media)
    if connection is None:
        raise SdpError(f"no c= line for m={media.kind} {media.port}")
    black_hole = connection.unspecified
    peer_sends, peer_receives = (False, False) if black_hole else DIRECTIONS[peer.direction_of(media)]
    we_send, we_receive = DIRECTIONS[direction]
    rtcp = (connection.address, media.port) if rtcp_mux else _rtcp_target(media, connection)
    events = formats.their_events
    return AgreedMedia(
        remote_address=connection.address,
        remote_port=media.port,
        remote_rtcp_address=rtcp[0],
        remote_rtcp_port=rtcp[1],
        rtcp_mux=rtcp_mux,
        formats=formats.theirs,
        receive_formats=formats.ours,
        telephone_event_send=events.payload_type if events is not None else None,
        telephone_event_receive=formats.our_events.payload_type if formats.our_events is not None else None,
        telephone_event_rate=events.clock_rate if events is not None else 0,
        send=we_send and peer_receives,
        receive=we_receive and peer_sends,
        held=not peer_receives,
        ptime_ms=_ptime(media, ptime_ms),
        profile=media.profile,
        security=security,
        line=line,
        attributes=tuple(media.attributes + peer.attributes),
    )


def _security(peer: SessionDescription, media: MediaDescription) -> Security | None:
    fingerprint = media.get("fingerprint") is not None or peer.get("fingerprint") is not None
    return security_of(media.profile, fingerprint=fingerprint)


def _bundled(offer: SessionDescription, mid: str) -> bool:
    """Whether the offer puts *mid* into a BUNDLE group (RFC 9143 section 7.3): then our answer does too."""
    for key, value in offer.attributes:
        if key == "group" and value is not None:
            semantics, *mids = value.split() or [""]
            if semantics == "BUNDLE" and mid in mids:
                return True
    return False


def _rtcp_target(media: MediaDescription, connection: Connection) -> tuple[str, int]:
    """Where RTCP goes without rtcp-mux: a=rtcp (RFC 3605), else one port up."""
    told = (media.get("rtcp") or "").split()
    port = decimal(told[0]) if told else None
    if port is None or port > 65535:
        return connection.address, media.port + 1 if media.port < 65535 else 0
    return told[3] if len(told) == 4 and told[1] == "IN" else connection.address, port


def _ptime(media: MediaDescription, ours_ms: int) -> int:
    """The packet length the peer wants to receive, in the tens of milliseconds that we make."""
    wanted = decimal(media.get("ptime") or "") or 0
    most = decimal(media.get("maxptime") or "") or 0
    found = min(_tens(wanted), _LONGEST_MS) or ours_ms
    return min(found, _tens(most) or found)


def _tens(milliseconds: int) -> int:
    return milliseconds // 10 * 10
