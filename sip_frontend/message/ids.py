"""Random parts of messages: branches, tags, Call-IDs (RFC 3261 sections 8.1.1.7, 19.3, 8.1.1.4).

They come from the operating system's generator: who can guess a tag can end a call.
"""

from __future__ import annotations

import os

from sip_frontend.message.via import MAGIC_COOKIE


def new_branch() -> str:
    """A branch unique in space and time, with the cookie of RFC 3261."""
    return MAGIC_COOKIE + os.urandom(12).hex()


def new_tag() -> str:
    """A tag with 64 bits of randomness; the RFC wants 32."""
    return os.urandom(8).hex()


def new_call_id(host: str = "") -> str:
    """A Call-ID; *host* is optional and tells outsiders where it was made."""
    word = os.urandom(16).hex()
    return f"{word}@{host}" if host else word
