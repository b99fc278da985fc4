"""How settings and scripts name a codec: one we know, or ``NAME/RATE`` as in ``a=rtpmap`` for one that only passes."""

from __future__ import annotations

import re
from typing import Final

NAMED: Final = ("PCMU", "PCMA", "G722", "G729", "GSM", "ILBC", "L16", "OPUS", "CN")
TRANSLATED: Final = frozenset(("PCMU", "PCMA", "G722", "L16", "OPUS"))
"""What the media engine can hear and say. Any other codec passes from leg to leg as it is."""
_WRITTEN = re.compile(r"([A-Za-z0-9.+_-]+)/([0-9]{1,6})(?:/([0-9]{1,2}))?(?: (\S.*))?")


def read_rtpmap(text: str) -> tuple[str, int, int, str] | None:
    """Encoding, clock rate, channels and parameters of ``AMR/8000``, ``speex/16000/1``, ``AMR/8000 octet-align=1``."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    name, rate, channels, parameters = found.groups()
    return name, int(rate), int(channels or 1), parameters or ""


def is_codec_name(text: str) -> bool:
    return text.upper() in NAMED or read_rtpmap(text) is not None
