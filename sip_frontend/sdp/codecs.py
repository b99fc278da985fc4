"""The codecs we can name in a description, and how two formats are found to be the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sip_frontend.sdp.media import Format
from switchroom.codec_names import TRANSLATED, read_rtpmap
from switchroom.errors import LocalProtocolError

TELEPHONE_EVENT: Final = "telephone-event"
COMFORT_NOISE: Final = "CN"
EVENTS: Final = "0-16"
"""The events we take: digits, and 16 for flash (RFC 4733 section 3.2)."""

# How each codec looks in an offer of ours. Dynamic numbers are those that most phones use themselves.
_KNOWN: Final[dict[str, Format]] = {
    "PCMU": Format("PCMU", 0, 8000),
    "CN": Format(COMFORT_NOISE, 13, 8000),  # beside a codec of its clock, never alone (RFC 3389 section 5.1)
    "PCMA": Format("PCMA", 8, 8000),
    "G722": Format("G722", 9, 8000),  # the clock rate is 8000 by a famous mistake, RFC 3551 section 4.5.2
    "G729": Format("G729", 18, 8000, 1, "annexb=no"),
    "GSM": Format("GSM", 3, 8000),
    "ILBC": Format("iLBC", 97, 8000, 1, "mode=20"),
    "L16": Format("L16", 98, 8000),
    "OPUS": Format("opus", 96, 48000, 2, "useinbandfec=1"),
}

_DYNAMIC: Final = 99
"""The number a codec would have that is named by its rtpmap; where it is taken, the next free one."""
_EVENT_NUMBERS: Final = {8000: 101, 48000: 102}


@lru_cache(maxsize=256)
def known(name: str) -> Format:
    """Our own format for the codec *name*, in any case: one of ours, or one named as ``NAME/RATE``."""
    found = _KNOWN.get(name.upper())
    if found is not None:
        return found
    rtpmap = read_rtpmap(name)
    if rtpmap is None:
        raise LocalProtocolError(f"codec {name} is not one of {', '.join(_KNOWN)}, nor NAME/RATE")
    encoding, rate, channels, parameters = rtpmap
    usual = _KNOWN.get(encoding.upper())
    if usual is not None and (usual.clock_rate, usual.channels) == (rate, channels) and not parameters:
        return usual
    return Format(encoding, _DYNAMIC, rate, channels, parameters)


def is_translated(payload: Format) -> bool:
    """Whether the media engine hears and says it; any other can only be passed on."""
    return payload.name.upper() in TRANSLATED


def same_encoding(ours: Format, theirs: Format) -> bool:
    """Whether both name one encoding, whatever numbers they go by. iLBC with 30 ms frames is another codec to us."""
    if ours.clock_rate != theirs.clock_rate or ours.channels != theirs.channels:
        return False
    if ours.name != theirs.name and ours.name.upper() != theirs.name.upper():
        return False
    return ours.name != "iLBC" or "mode=30" not in theirs.fmtp.replace(" ", "")


def event_format(clock_rate: int) -> Format:
    """telephone-event as we offer it beside codecs of *clock_rate* (RFC 4733 section 2.1)."""
    return Format(TELEPHONE_EVENT, _EVENT_NUMBERS.get(clock_rate, 103), clock_rate, 1, EVENTS)


def is_event(payload: Format) -> bool:
    return payload.name == TELEPHONE_EVENT or payload.name.lower() == TELEPHONE_EVENT


def is_noise(payload: Format) -> bool:
    return payload.name.upper() == COMFORT_NOISE


def noise_for(codec: Format, offered: list[Format]) -> Format | None:
    """The comfort noise of *offered* that goes with *codec*: the one of its clock rate."""
    rate = codec.clock_rate
    return next((payload for payload in offered if is_noise(payload) and payload.clock_rate == rate), None)


def events_for(codec: Format, offered: list[Format]) -> Format | None:
    """The telephone-event of *offered* that goes with *codec*: the one of its clock rate, else the first."""
    first = None
    for payload in offered:
        if is_event(payload) and payload.clock_rate:
            if payload.clock_rate == codec.clock_rate:
                return payload
            first = first or payload
    return first


@lru_cache(maxsize=256)
def renumbered(payload: Format, payload_type: int) -> Format:
    if payload.payload_type == payload_type:
        return payload
    return Format(payload.name, payload_type, payload.clock_rate, payload.channels, payload.fmtp)


@lru_cache(maxsize=256)
def our_events(theirs: Format) -> Format:
    """telephone-event by the number and clock rate of *theirs*, with the events that we take."""
    return Format(TELEPHONE_EVENT, theirs.payload_type, theirs.clock_rate, 1, EVENTS)


def answering(ours: Format, theirs: Format) -> Format:
    """Ours, as the answer to *theirs*: by the same number. What is passed on, is taken with the peer's parameters."""
    if is_translated(ours) or ours.fmtp:
        return renumbered(ours, theirs.payload_type)
    return Format(ours.name, theirs.payload_type, ours.clock_rate, ours.channels, theirs.fmtp)
