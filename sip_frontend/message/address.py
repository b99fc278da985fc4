"""``name-addr`` and ``addr-spec`` with header parameters: From, To, Contact, Route, Refer-To and their kin.

RFC 3261 section 20.10: without angle brackets every semicolon begins a *header* parameter, and the URI may hold
neither comma nor question mark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

from sip_frontend.message.grammar import (
    TOKEN_CHARS,
    WHITE,
    format_params,
    parse_params,
    quote,
    quoted_end,
    readable,
    unquote,
)
from sip_frontend.message.uri import Uri
from switchroom.errors import SipParseError

_DISPLAY_CHARS: Final = TOKEN_CHARS + WHITE


@final
@dataclass(frozen=True, slots=True)
class Address:
    uri: Uri
    display: str = ""
    """Display name, unquoted and valid Unicode whatever was received; "" if there is none."""
    params: dict[str, str] = field(default_factory=dict)
    """Header parameters by lower-case name; quoted values keep their quotes, see ``param``."""

    @classmethod
    def parse(cls, text: str, header: str = "Contact") -> Address:
        """Read one value. *header* is what a SipParseError names."""
        text = text.strip(WHITE)
        if text[:1] == '"':
            end = quoted_end(text, 0)
            if end < 0:
                raise SipParseError(f"{header}: unbalanced quotes", header=header)
            display = unquote(text[:end])
            rest = text[end:].lstrip(WHITE)
            if rest[:1] != "<":
                raise SipParseError(f"{header}: no URI in angle brackets after the display name", header=header)
            return _parse_bracketed(rest[1:], readable(display), header)
        display, bracket, rest = text.partition("<")
        if not bracket:
            return _parse_bare(text, header)
        display = display.rstrip(WHITE)
        if display and display.isascii() and display.strip(_DISPLAY_CHARS):
            raise SipParseError(f"{header}: a display name that needs quotes: {display[:40]!r}", header=header)
        return _parse_bracketed(rest, readable(display), header)

    @property
    def tag(self) -> str:
        return self.params.get("tag", "")

    def param(self, name: str) -> str | None:
        """A header parameter without its quotes; None if absent."""
        value = self.params.get(name)
        return None if value is None else unquote(value)

    def __str__(self) -> str:
        display = f"{quote(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{format_params(self.params)}"


def _parse_bracketed(text: str, display: str, header: str) -> Address:
    uri_text, bracket, tail = text.partition(">")
    if not bracket:
        raise SipParseError(f"{header}: unclosed angle bracket", header=header)
    uri = Uri.parse(uri_text, header)
    tail = tail.strip(WHITE)
    if not tail:
        return Address(uri, display)
    if tail[0] != ";":
        raise SipParseError(f"{header}: text after the angle bracket: {tail[:40]!r}", header=header)
    return Address(uri, display, parse_params(tail[1:], header))


def _parse_bare(text: str, header: str) -> Address:
    uri_text, semicolon, tail = text.partition(";")
    if "?" in uri_text or "," in uri_text:
        raise SipParseError(f"{header}: a URI with ? or , must stand in angle brackets", header=header)
    uri = Uri.parse(uri_text.rstrip(WHITE), header)
    return Address(uri, "", parse_params(tail, header) if semicolon else {})
