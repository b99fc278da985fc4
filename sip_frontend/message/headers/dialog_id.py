"""Replaces (RFC 3891), Join (RFC 3911) and Target-Dialog (RFC 4538): the dialog that another request means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.grammar import WHITE, parse_params
from switchroom.errors import SipParseError


@final
@dataclass(frozen=True, slots=True)
class DialogId:
    """The tags are named from the receiver's side: *to_tag* is its own (RFC 3891 section 3).

    Target-Dialog names them from the sender's side, ``remote-tag`` being the receiver's own (RFC 4538 section 7).
    """

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False
    """Replaces only a dialog that is not yet confirmed."""

    @classmethod
    def parse(cls, text: str, header: str = "Replaces") -> DialogId:
        call_id, _, tail = text.partition(";")
        call_id = call_id.strip(WHITE)
        params = parse_params(tail, header) if tail else {}
        to_tag = params.get("to-tag") or params.get("remote-tag")
        from_tag = params.get("from-tag") or params.get("local-tag")
        if not call_id or " " in call_id or not to_tag or not from_tag:
            raise SipParseError(f"{header}: not a Call-ID with both tags", header=header)
        return cls(call_id, to_tag, from_tag, "early-only" in params)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"
