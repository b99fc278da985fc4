"""Challenges and credentials: ``Digest a=b, c="d"`` (RFC 3261 section 25.1, RFC 7616, RFC 8760)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from sip_frontend.message.grammar import WHITE, is_quoted, is_token, quote, split_list, unquote
from switchroom.errors import SipParseError

_BARE: Final = frozenset(("algorithm", "nc", "stale", "userhash"))
"""Parameters that never stand in quotes; ``qop`` does in challenges only."""
_SCHEME: Final = re.compile(r"([A-Za-z0-9.!%*_+`'~-]+)[ \t]+(?=[A-Za-z])")


@final
@dataclass(frozen=True, slots=True)
class AuthParams:
    """One challenge, or one set of credentials."""

    scheme: str
    """As written, such as ``Digest``."""
    params: Mapping[str, str]
    """Unquoted values by lower-case name. The first of two equal names wins."""

    @classmethod
    def parse(cls, text: str, header: str = "Authorization") -> AuthParams:
        """Read a value with one scheme."""
        found = cls.parse_all(text, header)
        if len(found) != 1:
            raise SipParseError(f"{header}: more than one scheme", header=header)
        return found[0]

    @classmethod
    def parse_all(cls, text: str, header: str = "WWW-Authenticate") -> list[AuthParams]:
        """Read a line that may hold several challenges; each begins with its scheme and a space."""
        found: list[AuthParams] = []
        params: dict[str, str] = {}
        for part in split_list(text.strip(WHITE)):
            scheme = _SCHEME.match(part)
            if scheme is not None:
                params = {}
                found.append(cls(scheme.group(1), params))
                part = part[scheme.end() :]
            if not found:
                raise SipParseError(f"{header}: no scheme", header=header)
            _add(params, part, header)
        return found

    def get(self, name: str) -> str:
        """A value, "" if absent."""
        return self.params.get(name, "")

    def __str__(self) -> str:
        return format_auth(self.scheme, self.params)


def format_auth(scheme: str, params: Mapping[str, str]) -> str:
    """The text of a challenge or, if there is a ``response``, of credentials."""
    credentials = "response" in params
    parts: list[str] = []
    for name, value in params.items():
        bare = name in _BARE or (name == "qop" and credentials)
        parts.append(f"{name}={value}" if bare else f"{name}={quote(value)}")
    return f"{scheme} {', '.join(parts)}"


def _add(params: dict[str, str], part: str, header: str) -> None:
    if not part:  # a trailing comma is common
        return
    name, equals, value = part.partition("=")
    name = name.strip(WHITE).lower()
    value = value.strip(WHITE)
    if not equals or not is_token(name) or ('"' in value and not is_quoted(value)):
        raise SipParseError(f"{header}: not a parameter: {name[:40]!r}", header=header)
    params.setdefault(name, unquote(value))
