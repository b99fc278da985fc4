"""Messages: the head as an index of raw lines, five headers read at once, everything else on demand.

Why so: of the twenty headers of an INVITE most are never looked at. A message keeps the lines as they came (after
unfolding) and one dictionary from canonical name to the first raw value; responses are built from the same lines.
"""

from __future__ import annotations

from typing import final

from sip_frontend.message.address import Address
from sip_frontend.message.grammar import is_digits, split_values
from sip_frontend.message.names import SPELLINGS, canonical, display_name
from sip_frontend.message.uri import Uri
from sip_frontend.message.via import Via

Header = tuple[str, str]


class Message:
    """What requests and responses share. Made by the parser only; sent messages are built as bytes."""

    __slots__ = (
        "body",
        "call_id",
        "cseq",
        "cseq_method",
        "from_tag",
        "from_value",
        "index",
        "lines",
        "raw",
        "repeated",
        "to_tag",
        "to_value",
        "via",
    )

    via: Via
    """The topmost."""
    call_id: str
    cseq: int
    cseq_method: str
    from_value: str
    to_value: str
    from_tag: str
    """"" if there is none, as from an RFC 2543 peer."""
    to_tag: str

    def __init__(
        self, lines: list[str], index: dict[str, str], repeated: list[tuple[str, str]], body: bytes, raw: bytes
    ) -> None:
        self.lines = lines
        """Header lines in order, unfolded, without the start line."""
        self.index = index
        """First value of each header, with the white space around it, by ``canonical`` name."""
        self.repeated = repeated
        """Name and value of every further line of a header that has several, in order."""
        self.body = body
        self.raw = raw
        """As received."""

    @property
    def headers(self) -> list[Header]:
        """All headers in order: names canonical if known, else as written; values unfolded and stripped."""
        found: list[Header] = []
        for line in self.lines:
            name, _, value = line.partition(":")
            found.append((display_name(name), value.strip()))
        return found

    def get(self, name: str) -> str | None:
        """The first line of a header; None if there is none. Fastest with the canonical name."""
        value = self.index.get(name)
        if value is None:
            key = SPELLINGS.get(name) or canonical(name)
            if key == name:
                return None
            value = self.index.get(key)
            if value is None:
                return None
        return value.strip()

    def get_all(self, name: str) -> list[str]:
        """All lines of a header, in order."""
        return [value.strip() for value in self.raw_values(name)]

    def raw_values(self, name: str) -> list[str]:
        """All lines of a header with the white space around their values: what a response copies."""
        key = SPELLINGS.get(name) or canonical(name)
        first = self.index.get(key)
        if first is None:
            return []
        if not self.repeated:
            return [first]
        return [first, *[value for repeated, value in self.repeated if repeated == key]]

    def values(self, name: str) -> list[str]:
        """The single values of a list header, whether on one line or on many. Empty ones are left out."""
        values: list[str] = []
        for line in self.raw_values(name):
            values += split_values(line)
        return values

    def address(self, name: str) -> Address | None:
        """The first value of a header that holds addresses. Raises SipParseError on a bad one."""
        line = self.get(name)
        if not line:
            return None
        values = split_values(line) if "," in line and name not in ("From", "To") else [line]
        return Address.parse(values[0] if values else "", name)

    def addresses(self, name: str) -> list[Address]:
        """Every value of a header that holds addresses. Raises SipParseError on a bad one."""
        return [Address.parse(value, name) for value in self.values(name)]

    def has_option(self, name: str, option: str) -> bool:
        """Whether a list header (Supported, Require, Allow, Privacy …) holds *option*, in any case of letters."""
        if SPELLINGS.get(name, name) not in self.index:
            return False
        wanted = option.lower()
        return any(value.lower() == wanted for value in self.values(name))

    @property
    def contact(self) -> Address | None:
        """The first Contact; None if there is none or if it is ``*``. Raises SipParseError on a bad one."""
        return None if self.get("Contact") == "*" else self.address("Contact")

    @property
    def content_type(self) -> str:
        """Media type in lower case without parameters; "" if there is none."""
        value = self.get("Content-Type")
        if value is None:
            return ""
        return "".join(value.partition(";")[0].split()).lower()

    def set_via(self, via: Via) -> None:
        """Replace the topmost Via, in the lines too, so that a response carries it back."""
        self.via = via
        rest = self.index["Via"]
        others = split_values(rest)[1:] if "," in rest else []
        text = " " + ", ".join([str(via), *others])
        self.index["Via"] = text
        for at, line in enumerate(self.lines):
            name = line.partition(":")[0]
            if (SPELLINGS.get(name) or canonical(name)) == "Via":
                self.lines[at] = "Via:" + text
                return


@final
class Request(Message):
    __slots__ = ("method", "uri")

    method: str
    uri: str
    """The Request-URI as received."""

    def request_uri(self) -> Uri:
        """The Request-URI in parts. Raises SipParseError on a bad one."""
        return Uri.parse(self.uri)

    @property
    def max_forwards(self) -> int | None:
        """None if absent or not a number of 0 to 255 (``validate`` refuses the latter)."""
        value = self.get("Max-Forwards")
        if value is None or not is_digits(value) or len(value) > 9 or int(value) > 255:
            return None
        return int(value)

    @property
    def answerable(self) -> bool:
        """Whether a response to this, perhaps partly read, request could reach its sender. An ACK never gets one."""
        return self.via.host != "" and self.method != "ACK"

    def note_source(self, host: str, port: int) -> None:
        """Write where the request came from into its top Via (RFC 3261 section 18.2.1, RFC 3581 section 4)."""
        via = self.via
        if via.rport is None and not via.received and via.host == host:
            return
        stamped = via.with_source(host, port)
        if stamped is not via:
            self.set_via(stamped)


@final
class Response(Message):
    __slots__ = ("reason", "status")

    status: int
    reason: str
