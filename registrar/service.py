"""What a registrar answers on the bus.

Request     Answer        Do
Challenge   Challenged    a fresh nonce for the realm
Verify      Verified      judge the credentials
Register    Registered    judge, save, tell the store and the frontends, and answer once the store has it
Lookup      LookedUp      whether the user exists, and where
Query       QueryResult   users with their bindings, for tools
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from registrar.aor import Domain, Domains
from registrar.authenticator import Authenticator, Judgement
from registrar.binding import EXPIRED, Binding, Changes
from registrar.errors import RegistrationRefused
from registrar.frontends import Frontends
from registrar.lookup import Bindings
from registrar.save import Policy, Reply, save
from registrar.store import Store
from registrar.users import User
from switchroom.bus import Dialler, refusal
from switchroom.clock import Clock
from switchroom.errors import BusError
from switchroom.logs import get_logger
from switchroom.v1.envelope_pb2 import ERROR_CODE_SHUTTING_DOWN, ERROR_CODE_UNKNOWN_METHOD, KIND_EVENT, Envelope
from switchroom.v1.registrar_pb2 import (
    VERDICT_ACCEPTED,
    VERDICT_MALFORMED,
    VERDICT_NO_CREDENTIALS,
    VERDICT_REPLAYED,
    VERDICT_STALE,
    VERDICT_UNKNOWN_USER,
    VERDICT_WRONG,
    Register,
    Verdict,
    Verified,
)

_CHALLENGED: Final = {VERDICT_NO_CREDENTIALS: False, VERDICT_STALE: True, VERDICT_REPLAYED: True}
"""Verdicts that are answered with a new challenge, and its stale flag: true makes a phone try again by itself."""
_REFUSED: Final = {
    VERDICT_MALFORMED: (400, "Malformed Credentials"),
    VERDICT_WRONG: (403, "Forbidden"),
    # The same words: who asks is not to learn which names exist.
    VERDICT_UNKNOWN_USER: (403, "Forbidden"),
}


class Service:
    """Handles every message of the frontends."""

    def __init__(
        self,
        domains: Domains,
        authenticator: Authenticator,
        bindings: Bindings,
        store: Store,
        frontends: Frontends,
        policy: Policy,
        clock: Clock,
    ) -> None:
        self._domains = domains
        self._authenticator = authenticator
        self._bindings = bindings
        self._store = store
        self._frontends = frontends
        self._policy = policy
        self._clock = clock
        self._log = get_logger("registrar")
        self.draining = False
        self.counts: Counter[str] = Counter()
        self._methods: dict[str | None, Callable[[Envelope, Envelope], None]] = {
            "challenge": self._challenge,
            "verify": self._verify,
            "lookup": self._lookup,
            "query": self._query,
        }

    def message(self, dialler: Dialler, envelope: Envelope) -> None:
        """Answer a request. Frontends send no events that concern us."""
        method = envelope.WhichOneof("body")
        if not envelope.correlation_id:
            return
        if method == "register":
            self._register(dialler, envelope)
            return
        answer = self._methods.get(method)
        if answer is None:
            reply = refusal(0, ERROR_CODE_UNKNOWN_METHOD, f"a registrar does not know {method}")
        else:
            reply = Envelope()
            answer(envelope, reply)
        self._respond(dialler, envelope, reply)

    def sweep(self) -> None:
        """Drop bindings that have run out. Called every second."""
        now = self._clock.unix()
        self._authenticator.sweep(now)
        gone = self._bindings.expire(now)
        if gone:
            event = _event_of(gone)
            self._store.write(event.binding_delta, _nothing)
            self._frontends.publish(event)
            self._log_changes([], gone)

    # -- REGISTER ----------------------------------------------------------------------------------------------

    def _register(self, dialler: Dialler, envelope: Envelope) -> None:
        self.counts["registers"] += 1
        if self.draining:
            self._respond(dialler, envelope, refusal(0, ERROR_CODE_SHUTTING_DOWN, "the registrar is leaving"))
            return
        asked = envelope.register
        user, reply, changes = self._judge_and_save(asked, self._clock.unix())
        answer = Envelope()
        registered = answer.registered
        registered.status, registered.reason = reply.status, reply.reason
        for name, value in reply.headers:
            registered.headers.add(name=name, value=value)
        if user is not None:
            registered.entity.CopyFrom(user.entity)
        if not changes:
            self._respond(dialler, envelope, answer)
            return
        self._log_changes(self._bindings.apply(changes), changes)
        event = _event_of(changes)

        def kept() -> None:
            self._frontends.publish(event)
            self._respond(dialler, envelope, answer)

        self._store.write(event.binding_delta, kept)

    def _judge_and_save(self, asked: Register, now: float) -> tuple[User | None, Reply, Changes]:
        nothing = Changes([], [])
        try:
            name, domain = self._domains.address(asked.aor)
        except RegistrationRefused as error:
            return None, Reply(error.status_hint, str(error), []), nothing
        judged = self._authenticator.judge(asked.credentials, "REGISTER", b"", domain, now)
        user = judged.user
        if judged.verdict != VERDICT_ACCEPTED or user is None:
            return None, self._refuse(judged, domain, asked, now), nothing
        if user.name != name:
            # RFC 3261 section 10.3 step 4: nobody registers for somebody else.
            return user, Reply(403, "Forbidden", []), nothing
        reply, changes = save(asked, user.uri, self._bindings.of(user.uri), now, self._policy, user.display)
        return user, reply, changes

    def _refuse(self, judged: Judgement, domain: Domain, asked: Register, now: float) -> Reply:
        stale = _CHALLENGED.get(judged.verdict)
        if stale is not None:
            self.counts["challenges"] += 1
            values = self._authenticator.challenges(domain, now, stale=stale)
            return Reply(401, "Unauthorized", [("WWW-Authenticate", value) for value in values])
        remote = asked.flow.remote
        self._note_failure(judged.verdict, asked.aor, f"{remote.address}:{remote.port}")
        return Reply(*_REFUSED[judged.verdict], [])

    # -- the others --------------------------------------------------------------------------------------------

    def _challenge(self, envelope: Envelope, reply: Envelope) -> None:
        asked = envelope.challenge
        self.counts["challenges"] += 1
        domain = self._domain(asked.realm or asked.host)
        values = self._authenticator.challenges(domain, self._clock.unix(), stale=asked.stale)
        reply.challenged.values.extend(values)

    def _verify(self, envelope: Envelope, reply: Envelope) -> None:
        asked = envelope.verify
        self.counts["verifications"] += 1
        now = self._clock.unix()
        domain = self._domain(asked.host)
        judged = self._authenticator.judge(asked.credentials, asked.method, asked.body_hash_input, domain, now)
        verified: Verified = reply.verified
        verified.verdict = judged.verdict
        stale = _CHALLENGED.get(judged.verdict)
        if judged.verdict == VERDICT_ACCEPTED and judged.user is not None:
            verified.entity.CopyFrom(judged.user.entity)
        elif stale is not None:
            verified.challenges.extend(self._authenticator.challenges(domain, now, stale=stale))
        else:
            self._note_failure(judged.verdict, "", f"{asked.source.address}:{asked.source.port}")

    def _lookup(self, envelope: Envelope, reply: Envelope) -> None:
        asked = envelope.lookup
        self.counts["lookups"] += 1
        found = reply.looked_up
        found.known = False
        domain = self._domains.find(asked.host)
        user = self._authenticator.users.find(asked.user, domain.name) if domain is not None else None
        if user is not None:
            found.known = True
            found.entity.CopyFrom(user.entity)
            live = self._bindings.live(user.uri, self._clock.unix())
            found.bindings.extend(binding.message for binding in live)

    def _query(self, envelope: Envelope, reply: Envelope) -> None:
        asked, result = envelope.query, reply.query_result
        now = self._clock.unix()
        result.realms.extend(domain.name for domain in self._domains.all)
        for domain in self._domains.all:
            if asked.realm and asked.realm != domain.name:
                continue
            for user in self._authenticator.users.of(domain.name):
                if not asked.user or asked.user == user.name:
                    record = result.users.add()
                    record.entity.CopyFrom(user.entity)
                    record.bindings.extend(binding.message for binding in self._bindings.live(user.uri, now))

    # -- pieces ------------------------------------------------------------------------------------------------

    def _domain(self, host: str) -> Domain:
        """The domain of *host*; the default one for a name nobody knows, so that the caller is challenged at least."""
        return self._domains.find(host) or self._domains.default

    def _respond(self, dialler: Dialler, envelope: Envelope, reply: Envelope) -> None:
        try:
            dialler.respond(envelope, reply)
        except BusError as error:
            self.counts["unanswered"] += 1
            self._log.warning("registrar.answer_lost", error=str(error))

    def _note_failure(self, verdict: Verdict, aor: str, source: str) -> None:
        self.counts["auth_failed"] += 1
        self._log.warning("registrar.auth_failed", verdict=Verdict.Name(verdict), aor=aor, source=source)

    def _log_changes(self, new: list[Binding], changes: Changes) -> None:
        """One line for what comes and what goes; a refresh is neither."""
        for binding in new:
            self._log.info("registrar.binding_saved", aor=binding.aor, contact=binding.contact)
        for binding, reason in changes.removed:
            event = "registrar.binding_expired" if reason == EXPIRED else "registrar.binding_removed"
            self._log.info(event, aor=binding.aor, contact=binding.contact, reason=reason)


def _event_of(changes: Changes) -> Envelope:
    event = Envelope(kind=KIND_EVENT)
    delta = event.binding_delta
    for binding, reason in changes.removed:
        delta.removed.add(aor=binding.aor, contact=binding.contact, reason=reason)
    for binding in changes.saved:
        delta.saved.append(binding.message)
    return event


def _nothing() -> None:
    """Nobody waits for an expiry to be kept."""
