"""Retry-After (RFC 3261 section 20.33)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.grammar import parse_params, parse_uint
from sip_frontend.message.headers.delta import parse_delta_s


@final
@dataclass(frozen=True, slots=True)
class RetryAfter:
    delay_s: int
    duration_s: int | None = None
    """How long the peer will then be there."""

    @classmethod
    def parse(cls, text: str) -> RetryAfter:
        head, _, tail = text.partition(";")
        seconds = head.partition("(")[0]
        if "(" in head:  # the comment may hold a semicolon of its own
            tail = text.rpartition(")")[2].partition(";")[2]
        params = parse_params(tail, "Retry-After") if tail else {}
        return cls(parse_uint(seconds, "Retry-After"), parse_delta_s(params.get("duration")))

    def __str__(self) -> str:
        return str(self.delay_s) if self.duration_s is None else f"{self.delay_s};duration={self.duration_s}"
