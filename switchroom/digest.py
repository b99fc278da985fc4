"""Digest authentication as SIP uses it: RFC 7616, RFC 8760, and RFC 2617 and 2069 for the clients that stayed there.

Reading is tolerant of order, blanks, folding, case and stray quotes: every client writes these headers in its own way.
Nothing here knows users, nonces or time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from switchroom.errors import RemoteProtocolError


class DigestError(RemoteProtocolError):
    """A challenge or credentials that cannot be read."""


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sha512_256(data: bytes) -> str:
    return hashlib.new("sha512_256", data).hexdigest()


ALGORITHMS: Final[dict[str, Callable[[bytes], str]]] = {
    "MD5": _md5,
    "SHA-256": _sha256,
    "SHA-512-256": _sha512_256,
}
"""Hash of each algorithm name, without ``-sess``."""

# One auth-param of RFC 7235 section 2.1; what is none comes out as the last group. Every quantifier is possessive:
# nothing is ever tried twice, so hostile text costs no more than its length.
_PARAMETER: Final = re.compile(
    r'([^\s=,"]++)\s*+=\s*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^\s,"]*+))\s*+(?=,|$)|([^\s,]++)', re.S
)
_ESCAPE: Final = re.compile(r"\\(.)", re.S)
_UTF8: Final = ("utf-8", "surrogateescape")


def hash_name(algorithm: str) -> str:
    """*algorithm* in its one spelling without ``-sess``; raises DigestError for one that we do not have."""
    if algorithm in ALGORITHMS:
        return algorithm
    name = algorithm.upper().removesuffix("-SESS")
    if name not in ALGORITHMS:
        raise DigestError(f"algorithm {algorithm[:20]} is not supported")
    return name


def user_hash(algorithm: str, username: str, realm: str, password: str) -> str:
    """HA1: what a server keeps instead of the password (RFC 7616 section 3.4.2)."""
    return ALGORITHMS[hash_name(algorithm)](f"{username}:{realm}:{password}".encode(*_UTF8))


def digest_response(
    algorithm: str,
    ha1: str,
    method: str,
    uri: str,
    nonce: str,
    *,
    qop: str = "",
    nc: str = "",
    cnonce: str = "",
    body: bytes = b"",
) -> str:
    """The response of RFC 7616 section 3.4.1. Without *qop* it is that of RFC 2069."""
    function = ALGORITHMS[hash_name(algorithm)]
    if algorithm[-5:].upper() == "-SESS":
        ha1 = function(f"{ha1}:{nonce}:{cnonce}".encode(*_UTF8))
    if qop.lower() == "auth-int":
        ha2 = function(f"{method}:{uri}:{function(body)}".encode(*_UTF8))
    else:
        ha2 = function(f"{method}:{uri}".encode(*_UTF8))
    if qop:
        return function(f"{ha1}:{nonce}:{nc}:{cnonce}:{qop}:{ha2}".encode(*_UTF8))
    return function(f"{ha1}:{nonce}:{ha2}".encode(*_UTF8))


def parse_parameters(value: str) -> dict[str, str]:
    """The parameters of a ``Digest ...`` header value, names in lower case, quotes and escapes undone."""
    scheme, _, text = value.lstrip().partition(" ")
    if scheme.lower() != "digest":
        scheme, text = [*value.split(None, 1), "", ""][:2]
        if scheme.lower() != "digest":
            raise DigestError(f"authentication scheme {scheme[:20]} is not supported")
    found: dict[str, str] = {}
    for name, quoted, token, garbage in _PARAMETER.findall(text):
        if garbage:
            raise DigestError("digest parameters cannot be read")
        found[name.lower()] = _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted or token
    return found


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge, as sent in WWW-Authenticate or Proxy-Authenticate."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: tuple[str, ...] = ("auth",)
    """What the server takes; empty for a server of RFC 2069."""
    opaque: str | None = None
    stale: bool = False

    @classmethod
    def parse(cls, value: str) -> Challenge:
        given = parse_parameters(value)
        if "realm" not in given or not given.get("nonce"):
            raise DigestError("a challenge wants a realm and a nonce")
        return cls(
            given["realm"],
            given["nonce"],
            given.get("algorithm") or "MD5",
            tuple(option.strip().lower() for option in given.get("qop", "").split(",") if option.strip()),
            given.get("opaque"),
            given.get("stale", "").lower() == "true",
        )

    def __str__(self) -> str:
        text = f"Digest realm={_quote(self.realm)}, nonce={_quote(self.nonce)}, algorithm={self.algorithm}"
        if self.qop:
            text += f', qop="{",".join(self.qop)}"'
        if self.opaque is not None:
            text += f", opaque={_quote(self.opaque)}"
        return text + ", stale=true" if self.stale else text


@dataclass(slots=True)
class Credentials:
    """Credentials, as sent in Authorization or Proxy-Authorization. *nc* and *qop* stay as written: they are hashed."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str = ""
    cnonce: str = ""
    nc: str = ""
    opaque: str | None = None

    @classmethod
    def parse(cls, value: str) -> Credentials:
        given = parse_parameters(value)
        username = given.get("username")
        if username is None:
            username = _extended(given.get("username*"))
        try:
            read = cls(
                username,
                given["realm"],
                given["nonce"],
                given["uri"],
                given["response"],
                given.get("algorithm") or "MD5",
                given.get("qop", ""),
                given.get("cnonce", ""),
                given.get("nc", ""),
                given.get("opaque"),
            )
        except KeyError as error:
            raise DigestError(f"credentials without {error.args[0]}") from error
        if read.qop:
            read._check_qop()
        return read

    @property
    def count(self) -> int:
        """The nonce count; 0 without qop."""
        return int(self.nc, 16) if self.qop else 0

    def matches(self, ha1: str, method: str, body: bytes = b"") -> bool:
        """Whether they prove knowledge of *ha1*. Takes the same time however wrong they are."""
        wanted = digest_response(
            self.algorithm,
            ha1,
            method,
            self.uri,
            self.nonce,
            qop=self.qop,
            nc=self.nc,
            cnonce=self.cnonce,
            body=body,
        )
        return hmac.compare_digest(wanted.encode(), self.response.lower().encode(*_UTF8))

    def _check_qop(self) -> None:
        if self.qop.lower() not in ("auth", "auth-int"):
            raise DigestError(f"qop {self.qop[:20]} is not supported")
        if not self.cnonce:
            raise DigestError("qop without cnonce")
        if not 0 < len(self.nc) <= 8 or self.nc.strip("0123456789abcdefABCDEF"):
            raise DigestError("nc is not a count of up to eight hex digits")

    def __str__(self) -> str:
        text = (
            f"Digest username={_quote(self.username)}, realm={_quote(self.realm)}, nonce={_quote(self.nonce)}, "
            f'uri={_quote(self.uri)}, response="{self.response}", algorithm={self.algorithm}'
        )
        if self.cnonce:
            text += f", cnonce={_quote(self.cnonce)}"
        if self.qop:
            text += f", qop={self.qop}, nc={self.nc}"
        return text if self.opaque is None else f"{text}, opaque={_quote(self.opaque)}"


def _quote(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _extended(value: str | None) -> str:
    """``username*``: a name that does not fit in ASCII (RFC 7616 section 3.4, RFC 8187)."""
    charset, _, rest = (value or "").partition("'")
    _, quote, text = rest.partition("'")
    if not quote or charset.lower() != "utf-8":
        raise DigestError("credentials without username")
    return unquote(text)


def answer(
    challenge: Challenge,
    username: str,
    password: str,
    method: str,
    uri: str,
    *,
    count: int = 1,
    cnonce: str,
    body: bytes = b"",
) -> Credentials:
    """What a client sends for *challenge*: qop auth when it may, auth-int when it must, else none."""
    qop = next((option for option in ("auth", "auth-int") if option in challenge.qop), "")
    if challenge.qop and not qop:
        raise DigestError(f"no qop of {', '.join(challenge.qop)} is supported")
    sess = challenge.algorithm[-5:].upper() == "-SESS"
    nc = f"{count:08x}" if qop else ""
    used = cnonce if qop or sess else ""
    ha1 = user_hash(challenge.algorithm, username, challenge.realm, password)
    response = digest_response(
        challenge.algorithm, ha1, method, uri, challenge.nonce, qop=qop, nc=nc, cnonce=used, body=body
    )
    return Credentials(
        username, challenge.realm, challenge.nonce, uri, response, challenge.algorithm, qop, used, nc, challenge.opaque
    )
