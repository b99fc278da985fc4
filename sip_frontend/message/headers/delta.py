"""``delta-seconds``: Expires, Min-Expires, Flow-Timer and many parameters (RFC 3261 section 25.1)."""

from __future__ import annotations

from sip_frontend.message.grammar import MAX_UINT32, WHITE, is_digits


def parse_delta_s(text: str | None, default_s: int | None = None) -> int | None:
    """Seconds; *default_s* when *text* is None or malformed, numbers of more than 32 bits included.

    Never an error: RFC 3261 section 20.19 has a malformed Expires treated as 3600, which is for the caller to pass.
    """
    if text is None:
        return default_s
    text = text.strip(WHITE)
    digits = text.lstrip("0") or "0"
    if not is_digits(text) or len(digits) > 10 or int(digits) > MAX_UINT32:
        return default_s
    return int(digits)
