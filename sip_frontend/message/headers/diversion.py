"""Who a call was first meant for: Diversion (RFC 5806) and History-Info (RFC 7044)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from sip_frontend.message.address import Address
from sip_frontend.message.grammar import is_digits, unquote
from sip_frontend.message.headers.reason import Reason
from sip_frontend.message.message import Message
from sip_frontend.message.uri import Uri
from switchroom.errors import SipParseError

_CAUSES: Final = {
    302: "deflection",
    404: "unknown",
    408: "no-answer",
    480: "unavailable",
    486: "user-busy",
    487: "deflection",
    503: "unavailable",
}
"""Reasons of RFC 5806 for the ``cause`` of RFC 4458 and the Reason of a History-Info entry."""


@final
@dataclass(frozen=True, slots=True)
class Diversion:
    uri: Uri
    """Whom the call was diverted from."""
    display: str
    reason: str
    """In the words of RFC 5806: ``user-busy``, ``no-answer``, ``unconditional``, … or "" if untold."""


def diversions(message: Message) -> list[Diversion]:
    """Diverting parties, the latest first: from Diversion, else from History-Info. Bad values are left out."""
    found: list[Diversion] = []
    for value in message.values("Diversion"):
        address = _read(value, "Diversion")
        if address is not None:
            found.append(Diversion(address.uri, address.display, unquote(address.params.get("reason", ""))))
    return found or _from_history(message)


def _from_history(message: Message) -> list[Diversion]:
    """All entries but the last, which is where the call is now (RFC 7044 section 5)."""
    entries = [_read(value, "History-Info") for value in message.values("History-Info")]
    found: list[Diversion] = []
    for entry, after in pairwise(entries):
        if entry is not None:
            cause = _cause(entry) or _cause(after)
            uri = entry.uri.without(("cause",), headers=True)
            found.append(Diversion(uri, entry.display, _CAUSES.get(cause, "")))
    found.reverse()
    return found


def _cause(entry: Address | None) -> int:
    """The status an entry tells: in a Reason inside its URI, else in the ``cause`` parameter (RFC 4458); 0 if none."""
    if entry is None:
        return 0
    reason = entry.uri.headers.get("Reason")
    if reason:
        try:
            return Reason.parse(reason).cause or 0
        except SipParseError:
            return 0
    cause = entry.uri.params.get("cause", "")
    return int(cause) if is_digits(cause) and len(cause) == 3 else 0


def _read(value: str, header: str) -> Address | None:
    try:
        return Address.parse(value, header)
    except SipParseError:
        return None
