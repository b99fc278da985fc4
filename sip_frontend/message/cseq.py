"""CSeq: sequence number and method of a request (RFC 3261 section 20.16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from sip_frontend.message.grammar import is_digits, is_token
from switchroom.errors import SipParseError

MAX_CSEQ: Final = 4294967295
"""RFC 3261 section 8.1.1.5 keeps what we choose below 2**31; a received number may be any 32-bit value."""


@final
@dataclass(frozen=True, slots=True)
class CSeq:
    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        number, method = parse_cseq(text)
        return cls(number, method)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse_cseq(text: str) -> tuple[int, str]:
    """Number and method without an object around them, for the path every message takes."""
    words = text.split()
    if len(words) == 2:
        digits, method = words
        if len(digits) > 10:
            digits = digits.lstrip("0") or "0"
        if len(digits) <= 10 and is_digits(digits):
            number = int(digits)
            if number <= MAX_CSEQ and (method in _COMMON_METHODS or is_token(method)):
                return number, method
    raise SipParseError(f"CSeq: not a number and a method: {text[:60].strip()!r}", header="CSeq")


_COMMON_METHODS: Final = frozenset(("INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS"))
