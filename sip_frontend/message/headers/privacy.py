"""Privacy (RFC 3323 section 4.2, ``id`` of RFC 3325, ``history`` of RFC 7044)."""

from __future__ import annotations


def parse_privacy(lines: list[str]) -> frozenset[str]:
    """The wanted kinds of privacy in lower case. Semicolons separate them; commas are seen in the field."""
    wanted: set[str] = set()
    for line in lines:
        for value in line.replace(",", ";").split(";"):
            wanted.add(value.strip().lower())
    wanted.discard("")
    return frozenset(wanted)
