"""Digits in INFO: ``application/dtmf-relay`` and ``application/dtmf``.

Neither has an RFC. Cisco's relay body has lines ``Signal=5`` and ``Duration=160``, with or without spaces around the
sign, the signal as a digit or as the event code of RFC 4733 (10 is ``*``, 11 is ``#``, 12–15 are A–D, 16 is a flash
of the hook); the plain body is the digit alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from sip_frontend.message.grammar import is_digits

FLASH: Final = "!"
"""Stands for a flash of the hook."""
DEFAULT_DURATION_MS: Final = 160
MAX_DURATION_MS: Final = 5000
_DIGITS: Final = "0123456789*#ABCD"
_WORDS: Final = {"*": "*", "STAR": "*", "#": "#", "POUND": "#", "HASH": "#", "FLASH": FLASH, "HF": FLASH, "!": FLASH}


@final
@dataclass(frozen=True, slots=True)
class DtmfSignal:
    digit: str
    """One of ``0-9 * # A-D``, or ``FLASH``."""
    duration_ms: int = DEFAULT_DURATION_MS


def parse_dtmf(content_type: str, body: bytes) -> DtmfSignal | None:
    """The digit in the body of an INFO; None if it is of another type, or holds no digit we know.

    A body without a type (*content_type* "") is taken for a relay body if it looks like one.
    """
    text = body.decode("latin-1")
    if content_type in ("application/dtmf-relay", ""):
        return _parse_relay(text)
    if content_type != "application/dtmf":
        return None
    if "=" in text:
        return _parse_relay(text)
    digit = _digit(text)
    return DtmfSignal(digit) if digit else None


def build_dtmf_relay(signal: DtmfSignal) -> bytes:
    value = "16" if signal.digit == FLASH else signal.digit
    return f"Signal={value}\r\nDuration={signal.duration_ms}\r\n".encode()


def _parse_relay(text: str) -> DtmfSignal | None:
    digit = ""
    duration_ms = DEFAULT_DURATION_MS
    for line in text.replace("\r", "\n").split("\n"):
        name, _, value = line.partition("=")
        name = name.strip().lower()
        value = value.strip()
        if name == "signal" and not digit:
            digit = _digit(value)
        elif name == "duration" and is_digits(value) and 0 < len(value) < 10:
            duration_ms = min(int(value), MAX_DURATION_MS)
    return DtmfSignal(digit, duration_ms) if digit else None


def _digit(text: str) -> str:
    """The digit for a signal as written; "" if it is none."""
    text = text.strip().upper()
    if len(text) == 1 and text in _DIGITS:
        return text
    if len(text) == 2 and is_digits(text) and 10 <= int(text) <= 16:
        return FLASH if text == "16" else _DIGITS[int(text)]
    return _WORDS.get(text, "")
