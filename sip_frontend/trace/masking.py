"""Messages without their credentials."""

from __future__ import annotations

import re
from typing import Final

from switchroom.redact import MASK

# A whole header, with the lines it is folded over; its scheme is kept, and nothing else of its value.
_SECRET: Final = re.compile(
    rb"(?im)^((?:proxy-)?(?:authorization|authenticate)|www-authenticate|(?:proxy-)?authentication-info)"
    rb"([ \t]*:[ \t]*)(digest|basic|bearer)?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*"
)
_MASKED: Final = rb"\1\2\3 " + MASK.encode()
_PASSWORD: Final = re.compile(rb"(?i)(sips?:[^@:>;\s]*):[^@>;\s]*@")
"""``sip:user:password@host``, RFC 3261 section 19.1.1."""


def masked(data: bytes) -> bytes:
    """*data* with the values of all headers of authentication, and passwords in URIs, masked; the body as it is."""
    head, blank, body = data.partition(b"\r\n\r\n")
    lowered = head.lower()
    if b"authenti" in lowered or b"authoriz" in lowered:
        head = _SECRET.sub(_MASKED, head)
    if b"@" in head:
        head = _PASSWORD.sub(rb"\1:" + MASK.encode() + b"@", head)
    return head + blank + body
