"""Hosts and ports: names, IPv4 addresses and IPv6 references (RFC 3261 section 25.1, RFC 5118, RFC 5954).

A host is kept without the brackets of an IPv6 reference; ``format_host`` puts them back.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from sip_frontend.message.grammar import ALPHANUM, WHITE, is_digits
from switchroom.errors import SipParseError

_HOST_CHARS: Final = ALPHANUM + "-._"
"""The underscore is not in the grammar, but in many a host name on private networks."""


def parse_host_port(text: str, header: str) -> tuple[str, int | None]:
    """``host [":" port]`` with white space around the colon allowed, as in a Via."""
    if text[:1] == "[":
        address, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise SipParseError(f"{header}: unclosed bracket in {text[:60]!r}", header=header)
        host = parse_ipv6(address, header)
        rest = rest.lstrip(WHITE)
        if not rest:
            return host, None
        if rest[0] != ":":
            raise SipParseError(f"{header}: no port after the address in {text[:60]!r}", header=header)
        return host, parse_port(rest[1:], header)
    host, colon, port = text.partition(":")
    if colon:
        host = host.rstrip(WHITE)
    check_host(host, header)
    return host, parse_port(port, header) if colon else None


def check_host(host: str, header: str) -> None:
    if not host or host.strip(_HOST_CHARS):
        raise SipParseError(f"{header}: not a host: {host[:60]!r}", header=header)


def parse_port(text: str, header: str) -> int:
    digits = text.strip(WHITE)
    if not is_digits(digits) or len(digits) > 5 or int(digits) > 65535:
        raise SipParseError(f"{header}: not a port: {text[:40]!r}", header=header)
    return int(digits)


def parse_ipv6(text: str, header: str) -> str:
    """The text of an IPv6 address, as written. Zones and the three colons of RFC 5118 section 4.10 are refused."""
    try:
        if "%" in text:
            raise ValueError("a zone is not allowed")
        ipaddress.IPv6Address(text)
    except ValueError as error:
        raise SipParseError(f"{header}: not an IPv6 address: {text[:60]!r}", header=header) from error
    return text


def format_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def same_host(left: str, right: str) -> bool:
    """Whether two hosts are the same name or the same address, however an IPv6 address is written."""
    if left.lower() == right.lower():
        return True
    if ":" not in left or ":" not in right:
        return False
    try:
        return ipaddress.IPv6Address(left) == ipaddress.IPv6Address(right)
    except ValueError:
        return False
