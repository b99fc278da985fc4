"""Whether credentials are right, and what to challenge with when they are not (RFC 3261 section 22, RFC 8760)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registrar.aor import Domain
from registrar.nonces import Nonces
from registrar.users import User, Users
from switchroom.digest import Challenge, Credentials, DigestError, hash_name
from switchroom.v1.registrar_pb2 import (
    VERDICT_ACCEPTED,
    VERDICT_MALFORMED,
    VERDICT_NO_CREDENTIALS,
    VERDICT_REPLAYED,
    VERDICT_STALE,
    VERDICT_UNKNOWN_USER,
    VERDICT_WRONG,
    Verdict,
)

# Compared with when there is no such user, so that the answer takes as long as for one that exists.
_NOBODY = "0" * 32


@dataclass(slots=True)
class Judgement:
    """A verdict, and the user when there is one that it is about."""

    verdict: Verdict
    user: User | None = None


class Authenticator:
    """Judges credentials. Its only memory is that of the nonces used."""

    def __init__(self, users: Users, nonces: Nonces) -> None:
        self.users = users
        self._nonces = nonces

    def challenges(self, domain: Domain, now: float, *, stale: bool = False) -> list[str]:
        """Header values, one for each algorithm of *domain*, best first (RFC 8760 section 2.3)."""
        nonce = self._nonces.issue(domain.name, now)
        return [str(Challenge(domain.name, nonce, algorithm, stale=stale)) for algorithm in domain.algorithms]

    def judge(self, values: Sequence[str], method: str, body: bytes, domain: Domain, now: float) -> Judgement:
        """Judge the credentials among the header *values* that are for *domain*."""
        try:
            given = _for_realm(values, domain.name)
            if given is None:
                return Judgement(VERDICT_NO_CREDENTIALS)
            algorithm = hash_name(given.algorithm)
        except DigestError:
            return Judgement(VERDICT_MALFORMED)
        # What was not offered is not taken: an attacker would choose the weakest.
        if given.algorithm.upper() != algorithm or algorithm not in domain.algorithms:
            return Judgement(VERDICT_NO_CREDENTIALS)
        nonce = self._nonces.check(given.nonce, domain.name, now)
        if nonce is None:
            return Judgement(VERDICT_STALE)
        user = self.users.find(given.username, domain.name)
        if not given.matches(user.ha1[algorithm] if user is not None else _NOBODY, method, body):
            return Judgement(VERDICT_WRONG if user is not None else VERDICT_UNKNOWN_USER, user)
        if user is None:
            return Judgement(VERDICT_UNKNOWN_USER)
        if not self._nonces.use(nonce, given.count):
            return Judgement(VERDICT_REPLAYED, user)
        return Judgement(VERDICT_ACCEPTED, user)

    def sweep(self, now: float) -> None:
        """Forget nonces that have run out."""
        self._nonces.sweep(now)


def _for_realm(values: Sequence[str], realm: str) -> Credentials | None:
    """The credentials for *realm*. What cannot be read counts only if nothing else is for us."""
    broken: DigestError | None = None
    for value in values:
        try:
            read = Credentials.parse(value)
        except DigestError as error:
            broken = error
            continue
        if read.realm == realm:
            return read
    if broken is not None:
        raise broken
    return None
