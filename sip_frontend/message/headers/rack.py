"""RSeq and RAck of reliable provisional responses (RFC 3262 section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.cseq import parse_cseq
from sip_frontend.message.grammar import parse_uint


def parse_rseq(text: str) -> int:
    return parse_uint(text, "RSeq")


@final
@dataclass(frozen=True, slots=True)
class RAck:
    rseq: int
    cseq: int
    method: str

    @classmethod
    def parse(cls, text: str) -> RAck:
        number, _, rest = text.strip().partition(" ")
        rseq = parse_uint(number, "RAck")
        cseq, method = parse_cseq(rest, "RAck")
        return cls(rseq, cseq, method)

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"
