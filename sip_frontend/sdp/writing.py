"""The lines of our own descriptions. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sip_frontend.sdp import codecs
from sip_frontend.sdp.agreement import LocalMedia
from sip_frontend.sdp.media import STATIC_FORMATS, Format, MediaDescription, attribute_line

Numbers = Mapping[tuple[str, int], int]
"""Payload numbers that encodings (upper-case name, clock rate) have in a session already."""

Layout = Sequence[Sequence[str] | None]
"""The sections of a session in order: None for the audio, else the lines of a refused one."""

_NO_NUMBERS: Final[Numbers] = {}
_DYNAMIC: Final = range(96, 128)


def head_lines(local: LocalMedia) -> list[str]:
    """The session level of *local*."""
    where = f"IN {local.family} {local.address}"
    origin = where if not local.origin else f"IN {'IP6' if ':' in local.origin else 'IP4'} {local.origin}"
    head = [
        "v=0",
        f"o=- {local.session_id} {local.version} {origin}",
        "s=switchroom",
        f"c={where}",
        "t=0 0",
    ]
    head.extend(attribute_line(attribute) for attribute in local.session_attributes)
    return head


def audio_section(
    local: LocalMedia, profile: str, formats: Sequence[Format], direction: str, mid: str | None, rtcp_mux: bool
) -> list[str]:
    """Our audio section with *formats*, codecs first."""
    lines = [f"m=audio {local.port} {profile} {' '.join([str(payload.payload_type) for payload in formats])}"]
    for payload in formats:
        number = payload.payload_type
        channels = f"/{payload.channels}" if payload.channels > 1 else ""
        lines.append(f"a=rtpmap:{number} {payload.name}/{payload.clock_rate}{channels}")
        if payload.fmtp:
            lines.append(f"a=fmtp:{number} {payload.fmtp}")
    lines.append(f"a=ptime:{local.ptime_ms}")
    lines.append(f"a={direction}")
    if mid is not None:
        lines.append(f"a=mid:{mid}")
    if rtcp_mux:
        lines.append("a=rtcp-mux")
    lines.extend(attribute_line(attribute) for attribute in local.attributes)
    return lines


def refused_section(media: MediaDescription) -> list[str]:
    """*media* with port 0, so that number and order of the sections stay (RFC 3264 section 6)."""
    lines = [f"m={media.kind} 0 {media.profile} {' '.join(media.formats)}"]
    mid = media.get("mid")
    if mid is not None:
        lines.append(f"a=mid:{mid}")
    return lines


def end(lines: list[str]) -> bytes:
    """The description as it goes on the wire."""
    lines.append("")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def offered_formats(local: LocalMedia, numbers: Numbers | None = None) -> list[Format]:
    """All formats of *local*, then telephone-event for every clock rate among them.

    A dynamic encoding keeps the number it has in *numbers*; a new one gets its usual number, or the next free one.
    """
    taken = numbers or _NO_NUMBERS
    wanted = list(dict.fromkeys(codecs.known(name) for name in local.codecs))
    if local.telephone_event:
        wanted.extend(codecs.event_format(rate) for rate in dict.fromkeys(payload.clock_rate for payload in wanted))
    used = set(taken.values())
    found: list[Format] = []
    for payload in wanted:
        number = taken.get((payload.name.upper(), payload.clock_rate))
        if number is None:
            number = payload.payload_type
            if number in used and number not in STATIC_FORMATS:
                number = next(free for free in _DYNAMIC if free not in used)
        used.add(number)
        found.append(codecs.renumbered(payload, number))
    return found


def with_version(body: bytes, local: LocalMedia) -> bytes:
    """*body*, written by :func:`head_lines`, under the version that *local* has now."""
    before, origin, rest = body.split(b"\r\n", 2)
    fields = origin.split(b" ")
    fields[2] = b"%d" % local.version
    return b"\r\n".join((before, b" ".join(fields), rest))
