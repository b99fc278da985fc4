"""The client's side of digest authentication: challenges learnt, credentials for every further request.

RFC 3261 section 22, RFC 7616, RFC 8760. A request may pass several proxies and end at a server that each want
credentials; a nonce serves many requests, counted; it grows stale; a server may hand out the next one ahead of time.
"""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex
from typing import Final, final

from sip_frontend.message import Header, Response
from switchroom import digest

MOST_REALMS: Final = 8
"""More are not remembered: a peer that invents them would make our requests grow without end."""

_STRENGTH: Final = ("MD5", "SHA-256", "SHA-512-256")
_ASKED_BY: Final = {"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"}
_TOLD_BY: Final = {"Authentication-Info": "Authorization", "Proxy-Authentication-Info": "Proxy-Authorization"}


class _Protection:
    """One realm: its challenge, and how often its nonce was used."""

    __slots__ = ("challenge", "count")

    def __init__(self, challenge: digest.Challenge) -> None:
        self.challenge = challenge
        self.count = 0


@final
class DigestSession:
    """One user of ours towards the servers of one peer. Not shared between dialogs: each counts its own nonces."""

    __slots__ = ("_password", "_protections", "username")

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self._password = password
        self._protections: dict[tuple[str, str], _Protection] = {}

    def challenged(self, response: Response) -> bool:
        """Learn from a 401 or 407; whether the request is worth sending again.

        It is not when a nonce was refused at its first use: the password is wrong, and asking again locks accounts.
        """
        worth = False
        for asked, answered in _ASKED_BY.items():
            for challenge in _best_of_each_realm(response.get_all(asked)):
                key = (answered, challenge.realm)
                known = self._protections.get(key)
                if known is not None and known.count == 1 and not challenge.stale:
                    return False
                if known is not None or len(self._protections) < MOST_REALMS:
                    self._protections[key] = _Protection(challenge)
                    worth = True
        return worth

    def headers(self, method: str, uri: str, body: bytes = b"") -> list[Header]:
        """Credentials for a request, for every realm met so far; [] before the first challenge."""
        return [
            (name, self._answer(protection, method, uri, body)) for (name, _), protection in self._protections.items()
        ]

    def accepted(self, response: Response) -> None:
        """A final response that is no challenge: it may name the next nonce (RFC 7615)."""
        for told, answered in _TOLD_BY.items():
            value = response.get(told)
            if value is not None:
                self._take_next_nonce(value, [one for key, one in self._protections.items() if key[0] == answered])

    def _take_next_nonce(self, value: str, protections: list[_Protection]) -> None:
        # The header names no realm: with several it could be anybody's.
        if len(protections) != 1:
            return
        try:
            nonce = digest.parse_parameters(f"Digest {value}").get("nextnonce")
        except digest.DigestError:
            return
        if nonce:
            protections[0].challenge = replace(protections[0].challenge, nonce=nonce)
            protections[0].count = 0

    def _answer(self, protection: _Protection, method: str, uri: str, body: bytes) -> str:
        protection.count += 1
        credentials = digest.answer(
            protection.challenge,
            self.username,
            self._password,
            method,
            uri,
            count=protection.count,
            cnonce=token_hex(8),
            body=body,
        )
        return str(credentials)


def _best_of_each_realm(values: list[str]) -> list[digest.Challenge]:
    """The strongest challenge of each realm that we can answer; other schemes and algorithms are not for us."""
    best: dict[str, digest.Challenge] = {}
    for value in values:
        try:
            challenge = digest.Challenge.parse(value)
            strength = _strength(challenge)
        except digest.DigestError:
            continue
        known = best.get(challenge.realm)
        if known is None or strength > _strength(known):
            best[challenge.realm] = challenge
    return list(best.values())


def _strength(challenge: digest.Challenge) -> int:
    """Place of its hash among those we have; raises DigestError when it cannot be answered."""
    if challenge.qop and "auth" not in challenge.qop and "auth-int" not in challenge.qop:
        raise digest.DigestError(f"no qop of {', '.join(challenge.qop)} is supported")
    return _STRENGTH.index(digest.hash_name(challenge.algorithm))
