"""URIs: ``sip:``, ``sips:`` (RFC 3261 section 19.1), ``tel:`` (RFC 3966) and, unread, any other scheme."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, final

from sip_frontend.message.escapes import (
    HEADER_CHARS,
    PARAM_CHARS,
    PASSWORD_CHARS,
    USER_CHARS,
    escape,
    has_bad_escape,
    unescape,
)
from sip_frontend.message.grammar import ALPHANUM
from sip_frontend.message.hosts import format_host, parse_host_port, same_host
from sip_frontend.message.names import display_name
from switchroom.errors import SipParseError

_FORBIDDEN: Final = frozenset(' \t\r\n<>"')
_SCHEME_CHARS: Final = ALPHANUM + "+-."
_TEL_SEPARATORS: Final = str.maketrans("", "", "-.()")
_NEVER_DEFAULT: Final = ("user", "ttl", "method", "maddr", "transport")
"""Parameters that make two URIs differ when only one of them has it (RFC 3261 section 19.1.4)."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Uri:
    """A URI in parts, unescaped. ``str()`` gives back the text that was parsed; without one it escapes the parts.

    Comparison is that of RFC 3261 section 19.1.4, which looks at no parameter that only one side has, but for those
    that never have a default.
    """

    scheme: str
    """Lower case."""
    user: str = ""
    """User part; for ``tel:`` the number as written. "" if there is none."""
    password: str = ""
    host: str = ""
    """Without the brackets of an IPv6 reference."""
    port: int | None = None
    params: dict[str, str] = field(default_factory=dict)
    """By lower-case name; "" for a parameter without value."""
    headers: dict[str, str] = field(default_factory=dict)
    """The part after ``?`` by canonical name; values of equal names are joined by a comma."""
    opaque: str = ""
    """All that follows the colon in a scheme that we do not read."""
    source: str = field(default="", init=False, repr=False)
    """The text it was parsed from: a remote target goes back as it came, with the peer's own choice of escapes. Not an
    argument, so that a copy with other parts (``dataclasses.replace``) does not carry it."""

    @classmethod
    def parse(cls, text: str, header: str = "Request-URI") -> Uri:
        """Read a bare URI, without angle brackets. *header* is what a SipParseError names."""
        return _read_again(text, header) if len(text) <= _WORTH_KEEPING else cls._read(text, header)

    @classmethod
    def _read(cls, text: str, header: str) -> Uri:
        scheme, colon, rest = text.partition(":")
        scheme = scheme.lower()
        if not colon or not rest or not _FORBIDDEN.isdisjoint(text):
            raise SipParseError(f"{header}: not a URI: {text[:60]!r}", header=header)
        if scheme in ("sip", "sips"):
            uri = _parse_sip(scheme, rest, header)
        elif scheme == "tel":
            uri = _parse_tel(rest, header)
        elif scheme[:1].isalpha() and not scheme.strip(_SCHEME_CHARS):
            uri = cls(scheme, opaque=rest)
        else:
            raise SipParseError(f"{header}: not a URI scheme: {scheme[:40]!r}", header=header)
        if text.isascii() and text.isprintable():
            object.__setattr__(uri, "source", text)
        return uri

    @property
    def is_sip(self) -> bool:
        return self.scheme in ("sip", "sips")

    @property
    def host_port(self) -> str:
        """``host[:port]`` as it stands in a URI."""
        host = format_host(self.host)
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def transport(self) -> str:
        """The ``transport`` parameter in lower case, "" if absent."""
        return self.params.get("transport", "").lower()

    def without(self, params: Iterable[str] = (), headers: bool = False) -> Uri:
        """A copy without the named parameters and, if *headers*, without the header part."""
        dropped = frozenset(params)
        kept = {name: value for name, value in self.params.items() if name not in dropped}
        return Uri(
            self.scheme,
            self.user,
            self.password,
            self.host,
            self.port,
            kept,
            {} if headers else self.headers,
            self.opaque,
        )

    def __str__(self) -> str:
        if self.source:
            return self.source
        if not self.host:
            return f"{self.scheme}:{self.opaque or self.user}{_format_params(self.params)}"
        userinfo = escape(self.user, USER_CHARS)
        if self.password:
            userinfo += ":" + escape(self.password, PASSWORD_CHARS)
        at = "@" if userinfo else ""
        tail = _format_params(self.params) + _format_headers(self.headers)
        return f"{self.scheme}:{userinfo}{at}{self.host_port}{tail}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Uri):
            return NotImplemented
        return (
            self.scheme == other.scheme
            and self._subscriber() == other._subscriber()
            and self.password == other.password
            and same_host(self.host, other.host)
            and self.port == other.port
            and self.opaque == other.opaque
            and _same_params(self.params, other.params, strict=self.scheme == "tel")
            and self.headers == other.headers
        )

    def __hash__(self) -> int:
        host = "" if ":" in self.host else self.host.lower()  # one IPv6 address has several spellings
        return hash((self.scheme, self._subscriber(), host, self.port))

    def _subscriber(self) -> str:
        return self.user.translate(_TEL_SEPARATORS).lower() if self.scheme == "tel" else self.user


# The same phones and trunks write the same few URIs again and again; those of strangers must not fill the memory.
_KEPT: Final = 4_096
_WORTH_KEEPING: Final = 80
_read_again: Final = lru_cache(_KEPT)(Uri._read)


def _parse_sip(scheme: str, text: str, header: str) -> Uri:
    if "%" in text and has_bad_escape(text):
        raise SipParseError(f"{header}: a percent sign that starts no escape: {text[:60]!r}", header=header)
    userinfo, at, rest = text.partition("@")
    user = password = ""
    if at:
        user, _, password = userinfo.partition(":")
        if not user or "@" in rest:
            raise SipParseError(f"{header}: not a SIP URI: {text[:60]!r}", header=header)
    else:
        rest = text
    rest, _, header_text = rest.partition("?")
    host_port, semicolon, param_text = rest.partition(";")
    host, port = parse_host_port(host_port, header)
    return Uri(
        scheme,
        unescape(user),
        unescape(password),
        host,
        port,
        _parse_params(param_text) if semicolon else {},
        _parse_headers(header_text) if header_text else {},
    )


def _parse_tel(text: str, header: str) -> Uri:
    number, semicolon, param_text = text.partition(";")
    if not number or number.strip("+0123456789-.()*#abcdefABCDEFpwPW"):
        raise SipParseError(f"{header}: not a telephone number: {number[:40]!r}", header=header)
    return Uri("tel", number, params=_parse_params(param_text) if semicolon else {})


def _parse_params(text: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for part in text.split(";"):
        if part:
            name, _, value = part.partition("=")
            params.setdefault(unescape(name).lower(), unescape(value))
    return params


def _parse_headers(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        name = display_name(unescape(name))
        value = unescape(value)
        if name:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _format_params(params: dict[str, str]) -> str:
    if not params:
        return ""
    parts: list[str] = []
    for name, value in params.items():
        text = escape(name, PARAM_CHARS)
        parts.append(f";{text}={escape(value, PARAM_CHARS)}" if value else f";{text}")
    return "".join(parts)


def _format_headers(headers: dict[str, str]) -> str:
    if not headers:
        return ""
    return "?" + "&".join(
        [f"{escape(name, HEADER_CHARS)}={escape(value, HEADER_CHARS)}" for name, value in headers.items()]
    )


def _same_params(left: dict[str, str], right: dict[str, str], strict: bool) -> bool:
    if strict and left.keys() != right.keys():  # RFC 3966 section 4 wants all of them on both sides
        return False
    for name, value in left.items():
        if name in right and right[name].lower() != value.lower():
            return False
    return all((name in left) == (name in right) for name in _NEVER_DEFAULT)
