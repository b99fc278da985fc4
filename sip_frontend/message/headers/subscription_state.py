"""Subscription-State (RFC 6665 section 8.2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.grammar import WHITE, is_token, parse_params
from sip_frontend.message.headers.delta import parse_delta_s
from switchroom.errors import SipParseError


@final
@dataclass(frozen=True, slots=True)
class SubscriptionState:
    state: str
    """``active``, ``pending``, ``terminated`` or an extension, lower case."""
    reason: str = ""
    expires_s: int | None = None
    retry_after_s: int | None = None

    @classmethod
    def parse(cls, text: str) -> SubscriptionState:
        state, _, tail = text.partition(";")
        state = state.strip(WHITE).lower()
        if not is_token(state):
            raise SipParseError(f"Subscription-State: {state[:40]!r}", header="Subscription-State")
        params = parse_params(tail, "Subscription-State") if tail else {}
        return cls(
            state,
            params.get("reason", "").lower(),
            parse_delta_s(params.get("expires")),
            parse_delta_s(params.get("retry-after")),
        )

    @property
    def terminated(self) -> bool:
        return self.state == "terminated"

    def __str__(self) -> str:
        parts = [self.state]
        if self.reason:
            parts.append(f"reason={self.reason}")
        if self.expires_s is not None:
            parts.append(f"expires={self.expires_s}")
        if self.retry_after_s is not None:
            parts.append(f"retry-after={self.retry_after_s}")
        return ";".join(parts)
