"""Lexical rules shared by all header values: tokens, quoted strings, escapes, lists, parameters.

RFC 3261 section 25.1. Parsers here take text without line folding (``unfold`` has run) and are linear in its
length, whatever it holds. Non-UTF-8 bytes arrive as lone surrogates (``surrogateescape``) and leave the same way.
"""

from __future__ import annotations

import re
from typing import Final

from switchroom.errors import SipParseError

WHITE: Final = " \t\r\n"
ALPHANUM: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
TOKEN_CHARS: Final = ALPHANUM + "-.!%*_+`'~"
WORD_CHARS: Final = TOKEN_CHARS + '()<>:\\"/[]?{}'
"""``word`` of RFC 3261: what a Call-ID is made of, beside one ``@``."""

MAX_UINT32: Final = 4294967295

_QUOTED_OR_ANGLED: Final = r'"(?:[^"\\]|\\.?)*(?:"|\Z)|<[^>]*(?:>|\Z)'
"""An unterminated string or angle bracket runs to the end of the text, which keeps the scan linear."""
_COMMA_SCAN: Final = re.compile(_QUOTED_OR_ANGLED + "|,", re.DOTALL)
_SEMICOLON_SCAN: Final = re.compile(_QUOTED_OR_ANGLED + "|;", re.DOTALL)
_UNESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def is_token(text: str) -> bool:
    """Whether *text* is a ``token``: stripping every token character from both ends leaves nothing."""
    return text != "" and not text.strip(TOKEN_CHARS)


def is_digits(text: str) -> bool:
    """Whether *text* is 1*DIGIT; ``str.isdigit`` alone would let other scripts through."""
    return text.isdigit() and text.isascii()


def parse_uint(text: str, header: str, maximum: int = MAX_UINT32) -> int:
    """A whole number of at most *maximum*, leading zeros allowed. The digits are counted before they are converted."""
    text = text.strip(WHITE)
    digits = text.lstrip("0") or "0"
    if not is_digits(text) or len(digits) > 10 or int(digits) > maximum:
        raise SipParseError(f"{header}: not a number up to {maximum}: {text[:40]!r}", header=header)
    return int(digits)


def quote(text: str) -> str:
    """*text* as a ``quoted-string``. Line breaks cannot be carried and become spaces."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
    return f'"{escaped}"'


def unquote(text: str) -> str:
    """The content of a ``quoted-string``; anything else is returned as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    if "\\" in inner:
        return _UNESCAPE.sub(r"\1", inner)
    return inner


def is_quoted(text: str) -> bool:
    """Whether *text* is exactly one whole ``quoted-string``."""
    return len(text) >= 2 and text[0] == '"' and quoted_end(text, 0) == len(text)


def quoted_end(text: str, start: int) -> int:
    """The index after the ``quoted-string`` that opens at *start*; -1 if it never ends."""
    at = start + 1
    while True:
        closing = text.find('"', at)
        if closing < 0:
            return -1
        backslash = text.find("\\", at, closing)
        if backslash < 0:
            return closing + 1
        at = backslash + 2


def split_list(text: str) -> list[str]:
    """The values of a comma-separated header line, stripped; empty ones are kept so that a strict reader sees them."""
    if "," not in text:
        return [text.strip(WHITE)]
    if '"' not in text and "<" not in text:
        return [part.strip(WHITE) for part in text.split(",")]
    return _split(text, _COMMA_SCAN, ",")


def split_values(text: str) -> list[str]:
    """The non-empty values of a comma-separated header line."""
    return [value for value in split_list(text) if value]


def split_parameters(text: str) -> list[str]:
    """The pieces of *text* between semicolons outside quotes and angle brackets, stripped, empty ones kept."""
    if '"' not in text and "<" not in text:
        return [part.strip(WHITE) for part in text.split(";")]
    return _split(text, _SEMICOLON_SCAN, ";")


def _split(text: str, scan: re.Pattern[str], separator: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for found in scan.finditer(text):
        if found.group() == separator:
            parts.append(text[start : found.start()].strip(WHITE))
            start = found.end()
    parts.append(text[start:].strip(WHITE))
    return parts


def parse_params(text: str, header: str) -> dict[str, str]:
    """Header parameters ``a=b;c`` (the text after the first semicolon) by lower-case name.

    A parameter without a value gives "". Quoted values keep their quotes, see ``unquote``. The first of two equal
    names wins. Raises SipParseError for an empty parameter, as in ``;;``, and for an unbalanced quote.
    """
    params: dict[str, str] = {}
    for part in split_parameters(text):
        name, _, value = part.partition("=")
        name = name.strip(WHITE).lower()
        if not is_token(name):
            raise SipParseError(f"{header}: not a parameter: {part[:40]!r}", header=header)
        value = value.strip(WHITE)
        if '"' in value and not is_quoted(value):
            raise SipParseError(f"{header}: unbalanced quotes in {name}", header=header)
        if name not in params:
            params[name] = value
    return params


def format_params(params: dict[str, str]) -> str:
    """The text of *params* with a leading semicolon each; "" if there are none."""
    return "".join([f";{name}={value}" if value else f";{name}" for name, value in params.items()])


def readable(text: str) -> str:
    """*text* with lone surrogates (bytes that were not UTF-8) replaced, fit for protobuf, JSON and logs."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
