"""Content-Type and the ranges of Accept (RFC 3261 sections 20.1 and 20.15)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from sip_frontend.message.grammar import WHITE, format_params, is_token, parse_params, unquote
from switchroom.errors import SipParseError


@final
@dataclass(frozen=True, slots=True)
class MediaType:
    type: str
    """``type/subtype``, lower case; ``*`` may stand for either in Accept."""
    params: dict[str, str] = field(default_factory=dict)
    """By lower-case name; quoted values keep their quotes."""

    @classmethod
    def parse(cls, text: str, header: str = "Content-Type") -> MediaType:
        full, _, tail = text.partition(";")
        major, slash, minor = full.partition("/")
        major, minor = major.strip(WHITE).lower(), minor.strip(WHITE).lower()
        if not slash or not is_token(major) or not is_token(minor):
            raise SipParseError(f"{header}: not a media type: {full[:60]!r}", header=header)
        return cls(f"{major}/{minor}", parse_params(tail, header) if tail else {})

    def param(self, name: str) -> str | None:
        value = self.params.get(name)
        return None if value is None else unquote(value)

    def __str__(self) -> str:
        return self.type + format_params(self.params)


def accepts(values: list[str] | None, media_type: str) -> bool:
    """Whether Accept *values* take *media_type*.

    None means that the header is absent: application/sdp is then assumed (RFC 3261 section 20.1); an empty list that
    nothing is accepted. Ranges with ``q=0`` do not count, values that cannot be read neither.
    """
    if values is None:
        return media_type == "application/sdp"
    major = media_type.partition("/")[0]
    for value in values:
        try:
            offered = MediaType.parse(value, "Accept")
        except SipParseError:
            continue
        refused = offered.params.get("q", "1").strip("0.") == ""
        if offered.type in (media_type, f"{major}/*", "*/*") and not refused:
            return True
    return False
