"""Session-Expires (RFC 4028 section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.grammar import parse_params, parse_uint


@final
@dataclass(frozen=True, slots=True)
class SessionExpires:
    interval_s: int
    refresher: str = ""
    """``uac``, ``uas`` or "" where it was left open."""

    @classmethod
    def parse(cls, text: str) -> SessionExpires:
        seconds, _, tail = text.partition(";")
        params = parse_params(tail, "Session-Expires") if tail else {}
        refresher = params.get("refresher", "").lower()
        return cls(parse_uint(seconds, "Session-Expires"), refresher if refresher in ("uac", "uas") else "")

    def __str__(self) -> str:
        return f"{self.interval_s};refresher={self.refresher}" if self.refresher else str(self.interval_s)
