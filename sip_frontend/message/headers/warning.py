"""Warning (RFC 3261 section 20.43)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.grammar import is_digits, quote, readable, unquote
from switchroom.errors import SipParseError


@final
@dataclass(frozen=True, slots=True)
class Warning:
    code: int
    agent: str
    """Host, or a name made up, of who warns."""
    text: str

    @classmethod
    def parse(cls, value: str) -> Warning:
        words = value.strip().split(None, 2)
        if len(words) != 3 or len(words[0]) != 3 or not is_digits(words[0]):
            raise SipParseError(f"Warning: not code, agent and text: {value[:60]!r}", header="Warning")
        return cls(int(words[0]), words[1], readable(unquote(words[2])))

    def __str__(self) -> str:
        return f"{self.code:03d} {self.agent} {quote(self.text)}"
