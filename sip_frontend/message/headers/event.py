"""Event (RFC 6665 section 8.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from sip_frontend.message.grammar import WHITE, format_params, is_token, parse_params
from switchroom.errors import SipParseError


@final
@dataclass(frozen=True, slots=True)
class Event:
    package: str
    """With its templates, ``presence.winfo``; compared byte by byte (RFC 6665 section 8.2.1)."""
    params: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Event:
        package, _, tail = text.partition(";")
        package = package.strip(WHITE)
        if not is_token(package):
            raise SipParseError(f"Event: not a package: {package[:40]!r}", header="Event")
        return cls(package, parse_params(tail, "Event") if tail else {})

    @property
    def id(self) -> str:
        """Part of the key of a subscription; "" if absent."""
        return self.params.get("id", "")

    def __str__(self) -> str:
        return self.package + format_params(self.params)
