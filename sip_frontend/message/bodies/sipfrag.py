"""``message/sipfrag``: how a referred call goes on (RFC 3420, RFC 3515 section 2.4.5)."""

from __future__ import annotations

from sip_frontend.message.grammar import is_digits
from sip_frontend.message.methods import reason_phrase


def parse_sipfrag(body: bytes) -> tuple[int, str] | None:
    """Status and reason phrase of the status line a fragment starts with; None if it starts with none."""
    line = body.lstrip(b"\r\n").partition(b"\n")[0].decode("utf-8", "replace").strip()
    version, _, rest = line.partition(" ")
    code, _, reason = rest.strip().partition(" ")
    if version.upper() != "SIP/2.0" or len(code) != 3 or not is_digits(code) or not "100" <= code <= "699":
        return None
    return int(code), reason.strip()


def build_sipfrag(status: int, reason: str | None = None) -> bytes:
    """A fragment that is a status line alone."""
    return f"SIP/2.0 {status} {reason or reason_phrase(status)}\r\n".encode()
