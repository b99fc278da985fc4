"""Transport profiles of an ``m=`` line: which security each one wants, and what it takes to accept it.

The seam for secured media: a profile is acceptable when its security is in :attr:`LocalMedia.securities`. Whoever
brings the keys adds its security there, puts the lines it wants into :attr:`LocalMedia.attributes`, and reads the
peer's half from :attr:`AgreedMedia.attributes`.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Security(Enum):
    """How a stream is protected."""

    PLAIN = "plain"
    SDES = "sdes"
    """Keys in the description itself, RFC 4568."""
    DTLS = "dtls"
    """Keys agreed on the media path, RFC 5763 and 5764."""


_PROFILES: Final[dict[str, Security]] = {
    "RTP/AVP": Security.PLAIN,
    "RTP/AVPF": Security.PLAIN,
    "RTP/SAVP": Security.SDES,
    "RTP/SAVPF": Security.SDES,
    "UDP/TLS/RTP/SAVP": Security.DTLS,
    "UDP/TLS/RTP/SAVPF": Security.DTLS,
}


def security_of(profile: str, *, fingerprint: bool) -> Security | None:
    """The security that *profile* asks for, None for a profile that we do not know.

    Old browsers write ``RTP/SAVPF`` and mean DTLS: a fingerprint gives them away (RFC 5763 section 5).
    """
    found = _PROFILES.get(profile)
    if found is Security.SDES and fingerprint:
        return Security.DTLS
    return found
