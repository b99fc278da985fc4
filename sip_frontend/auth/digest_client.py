"""Answering a 401 or 407: the client's side of digest authentication (RFC 3261 section 22, RFC 8760)."""

from __future__ import annotations

from secrets import token_hex

from sip_frontend.message import Header, Response
from switchroom import digest

_STRENGTH = ("MD5", "SHA-256", "SHA-512-256")


def answer_challenge(
    response: Response, username: str, password: str, *, method: str, uri: str, body: bytes = b""
) -> Header | None:
    """The header that answers the strongest challenge of *response* we can meet; None when there is none."""
    proxy = response.status == 407
    best: digest.Challenge | None = None
    for value in response.get_all("Proxy-Authenticate" if proxy else "WWW-Authenticate"):
        try:
            challenge = digest.Challenge.parse(value)
            digest.hash_name(challenge.algorithm)
        except digest.DigestError:
            continue  # another scheme or algorithm; the next may be ours
        if best is None or _strength(challenge) > _strength(best):
            best = challenge
    if best is None:
        return None
    try:
        credentials = digest.answer(best, username, password, method, uri, cnonce=token_hex(8), body=body)
    except digest.DigestError:
        return None
    return ("Proxy-Authorization" if proxy else "Authorization", str(credentials))


def _strength(challenge: digest.Challenge) -> int:
    name = challenge.algorithm.upper().removesuffix("-SESS")
    return _STRENGTH.index(name) if name in _STRENGTH else -1
