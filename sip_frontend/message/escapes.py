"""Percent escapes in URIs: decoded once, written where the grammar wants them (RFC 3261 section 19.1.2)."""

from __future__ import annotations

from typing import Final

from sip_frontend.message.grammar import ALPHANUM

_UNRESERVED: Final = ALPHANUM + "-_.!~*'()"
USER_CHARS: Final = frozenset(_UNRESERVED + "&=+$,;?/")
PASSWORD_CHARS: Final = frozenset(_UNRESERVED + "&=+$,")
PARAM_CHARS: Final = frozenset(_UNRESERVED + "[]/:&+$")
HEADER_CHARS: Final = frozenset(_UNRESERVED + "[]/?:+$")
_HEX: Final = frozenset("0123456789abcdefABCDEF")


def has_bad_escape(text: str) -> bool:
    """Whether a percent sign in *text* is not followed by two hexadecimal digits."""
    at = text.find("%")
    while at >= 0:
        pair = text[at + 1 : at + 3]
        if len(pair) < 2 or pair[0] not in _HEX or pair[1] not in _HEX:
            return True
        at = text.find("%", at + 3)
    return False


def unescape(text: str) -> str:
    """*text* with every escape decoded, once. A percent sign that starts none stays."""
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    out = bytearray(first.encode("utf-8", "surrogateescape"))
    for part in rest:
        pair = part[:2]
        if len(pair) == 2 and pair[0] in _HEX and pair[1] in _HEX:
            out.append(int(pair, 16))
            part = part[2:]
        else:
            out += b"%"
        out += part.encode("utf-8", "surrogateescape")
    return out.decode("utf-8", "surrogateescape")


def escape(text: str, allowed: frozenset[str]) -> str:
    """*text* with everything outside *allowed* escaped, as UTF-8."""
    if allowed.issuperset(text):
        return text
    return "".join([char if char in allowed else _escape_char(char) for char in text])


def _escape_char(char: str) -> str:
    return "".join([f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape")])
