"""CSeq: sequence number and method of a request (RFC 3261 section 20.16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.grammar import MAX_UINT32, is_token
from sip_frontend.message.methods import KNOWN_METHODS
from switchroom.errors import SipParseError


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


def parse_cseq(text: str, header: str = "CSeq") -> tuple[int, str]:
    """Number and method without an object around them, for the path every message takes."""
    words = text.split()
    if len(words) == 2:
        digits, method = words
        if len(digits) > 10:
            digits = digits.lstrip("0") or "0"
        if digits.isdigit() and digits.isascii() and len(digits) <= 10:
            number = int(digits)
            if number <= MAX_UINT32 and (method in KNOWN_METHODS or is_token(method)):
                return number, method
    raise SipParseError(f"{header}: not a number and a method: {text[:60].strip()!r}", header=header)
