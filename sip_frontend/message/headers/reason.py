"""Reason: why a request was sent, as a SIP status or a Q.850 cause (RFC 3326)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.grammar import (
    WHITE,
    is_digits,
    is_token,
    parse_params,
    quote,
    readable,
    split_values,
    unquote,
)
from switchroom.errors import SipParseError


@final
@dataclass(frozen=True, slots=True)
class Reason:
    protocol: str
    """``SIP``, ``Q.850`` or another token, in upper case."""
    cause: int | None = None
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Reason:
        protocol, _, tail = text.partition(";")
        protocol = protocol.strip(WHITE)
        if not is_token(protocol):
            raise SipParseError(f"Reason: not a protocol: {protocol[:40]!r}", header="Reason")
        params = parse_params(tail, "Reason") if tail else {}
        cause = params.get("cause", "")
        number = int(cause) if is_digits(cause) and len(cause) < 6 else None
        return cls(protocol.upper(), number, readable(unquote(params.get("text", ""))))

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        text = f";text={quote(self.text)}" if self.text else ""
        return f"{self.protocol}{cause}{text}"


def parse_reasons(lines: list[str]) -> list[Reason]:
    """All values of the Reason lines of a message, those left out that cannot be read: they only inform."""
    reasons: list[Reason] = []
    for line in lines:
        for value in split_values(line):
            try:
                reasons.append(Reason.parse(value))
            except SipParseError:
                continue
    return reasons
