"""Via: where a response goes (RFC 3261 sections 18.2 and 20.42, rport: RFC 3581).

One is read for every message, so the class is a plain, not a frozen dataclass (a third of the cost): treat it as
immutable all the same. The part before the first semicolon hardly changes from one message of a peer to the next
and is read once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, final

from sip_frontend.message.grammar import WHITE, is_digits, is_token, parse_params
from sip_frontend.message.hosts import format_host, parse_host_port, parse_ipv6, parse_port, same_host
from switchroom.errors import SipParseError

MAGIC_COOKIE: Final = "z9hG4bK"
"""Start of a branch made by the rules of RFC 3261 section 8.1.1.7."""

_SentBy = tuple[str, str, int | None]
_MAX_KNOWN: Final = 2048
_known: Final[dict[str, _SentBy]] = {}


@final
@dataclass(slots=True)
class Via:
    transport: str = "UDP"
    """Upper case; any token, such as UDP, TCP, TLS, WS, WSS, SCTP."""
    host: str = ""
    """The sent-by host, without the brackets of an IPv6 reference."""
    port: int | None = None
    branch: str = ""
    received: str = ""
    """Address the message came from, as the receiver saw it; without brackets."""
    rport: int | str | None = None
    """None: absent; "": the sender asks for it; a number: filled in (RFC 3581)."""
    params: dict[str, str] = field(default_factory=dict)
    """All other parameters (ttl, maddr, keep, alias …) by lower-case name."""

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read one Via value (not a comma-separated list)."""
        sent, semicolon, tail = text.partition(";")
        known = _known.get(sent)
        if known is None:
            known = _remember(sent)
        if not semicolon:
            return cls(known[0], known[1], known[2], "", "", None, {})
        if tail[:7] == "branch=" and " " not in tail and "\t" not in tail:
            branch, _, rest = tail[7:].partition(";")
            if not rest:
                return cls(known[0], known[1], known[2], branch, "", None, {})
            if rest == "rport":
                return cls(known[0], known[1], known[2], branch, "", "", {})
        return _with_params(known, parse_params(tail, "Via"))

    @property
    def sent_by(self) -> str:
        """``host[:port]`` as written: part of the key of a transaction (RFC 3261 section 17.2.3)."""
        host = format_host(self.host)
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def is_rfc3261(self) -> bool:
        """Whether the branch identifies a transaction. The bare cookie of RFC 4475 section 3.2.1 does not."""
        return len(self.branch) > 7 and self.branch[:7].lower() == "z9hg4bk"

    def with_source(self, host: str, port: int) -> Via:
        """A copy that tells where the request came from (RFC 3261 section 18.2.1, RFC 3581 section 4)."""
        if self.rport is not None:
            return replace(self, received=host, rport=port)
        if same_host(host, self.host):
            return self if not self.received else replace(self, received="")
        return replace(self, received=host)

    def __str__(self) -> str:
        parts = [f"SIP/2.0/{self.transport} {self.sent_by}"]
        if self.branch:
            parts.append(f";branch={self.branch}")
        if self.rport is not None:
            parts.append(f";rport={self.rport}" if self.rport != "" else ";rport")
        if self.received:
            parts.append(f";received={self.received}")
        for name, value in self.params.items():
            parts.append(f";{name}={value}" if value else f";{name}")
        return "".join(parts)


def _remember(sent: str) -> _SentBy:
    known = _parse_sent(sent)
    if len(_known) >= _MAX_KNOWN:  # a stranger may invent peers without end
        _known.clear()
    if len(sent) < 128:
        _known[sent] = known
    return known


def _parse_sent(text: str) -> _SentBy:
    """``sent-protocol LWS sent-by``; white space may stand around each slash.

    The version is not ours to judge: a request of another version is to be answered with 505.
    """
    name, _, rest = text.partition("/")
    version, _, rest = rest.partition("/")
    words = rest.split(None, 1)
    if not is_digits(version.strip(WHITE).replace(".", "", 1)):
        raise SipParseError(f"Via: not a version: {version[:20]!r}", header="Via")
    if name.strip(WHITE).upper() != "SIP" or len(words) != 2 or not is_token(words[0]):
        raise SipParseError(f"Via: not a sent-protocol and sent-by: {text[:60]!r}", header="Via")
    host, port = parse_host_port(words[1].strip(WHITE), "Via")
    return words[0].upper(), host, port


def _with_params(known: _SentBy, params: dict[str, str]) -> Via:
    branch = params.pop("branch", "")
    rport = _parse_rport(params.pop("rport")) if "rport" in params else None
    received = _parse_received(params.pop("received")) if "received" in params else ""
    ttl = params.get("ttl")
    if ttl is not None and (not is_digits(ttl) or len(ttl) > 3 or int(ttl) > 255):
        raise SipParseError("Via: ttl is not a number from 0 to 255", header="Via")
    return Via(known[0], known[1], known[2], branch, received, rport, params)


def _parse_rport(value: str) -> int | str:
    value = value.strip(WHITE)
    return parse_port(value, "Via") if value else ""


def _parse_received(value: str) -> str:
    """An address; an IPv6 address comes with and without brackets (RFC 5118 section 4.5)."""
    if value[:1] == "[" and value[-1:] == "]":
        return parse_ipv6(value[1:-1], "Via")
    return value
