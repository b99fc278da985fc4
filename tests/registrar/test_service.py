"""What frontends are answered, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from registrar.aor import Domain, Domains
from registrar.authenticator import Authenticator
from registrar.frontends import CHUNK, Frontends
from registrar.lookup import Bindings
from registrar.nonces import KEY_SIZE, Nonces
from registrar.save import Policy
from registrar.service import Service
from registrar.store_memory import MemoryStore
from registrar.users import User, Users
from switchroom.bus import Dialler
from switchroom.clock import ManualClock
from switchroom.digest import Challenge, answer, user_hash
from switchroom.errors import BusFull, PeerLost
from switchroom.v1.envelope_pb2 import (
    ERROR_CODE_SHUTTING_DOWN,
    ERROR_CODE_UNKNOWN_METHOD,
    KIND_EVENT,
    KIND_REQUEST,
    Envelope,
    Hello,
)
from switchroom.v1.registrar_pb2 import (
    VERDICT_ACCEPTED,
    VERDICT_NO_CREDENTIALS,
    VERDICT_REPLAYED,
    VERDICT_STALE,
    VERDICT_WRONG,
    Binding,
    BindingDelta,
    Registered,
    Verified,
)

pytestmark = pytest.mark.asyncio

CONTACT = "<sip:1001@192.0.2.7:5070>"


class Frontend(Dialler):
    """The way to a frontend that keeps what it is sent; *room* is what its queue still takes."""

    def __init__(self) -> None:
        def nothing(*_: object) -> None:
            pass

        loop = asyncio.get_running_loop()
        super().__init__(loop, "inproc://f", Hello(), on_welcome=nothing, on_message=nothing, on_lost=nothing)
        self.events: list[Envelope] = []
        self.answers: dict[int, Envelope] = {}
        self.room = 10_000
        self.lost = False

    def send(self, envelope: Envelope) -> None:
        if self.lost:
            raise PeerLost("f")
        if self.room == 0:
            raise BusFull("f")
        self.room -= 1
        copy = Envelope()
        copy.CopyFrom(envelope)
        assert copy.kind in (0, KIND_EVENT)
        self.events.append(copy)

    def respond(self, request: Envelope, reply: Envelope, *, promptly: bool = True) -> None:
        assert request.correlation_id not in self.answers, "answered twice"
        self.answers[request.correlation_id] = reply

    def locations(self) -> dict[str, dict[str, Binding]]:
        """What a frontend makes of the deltas."""
        whole: dict[str, dict[str, Binding]] = {}
        fresh: dict[str, dict[str, Binding]] | None = None
        for envelope in self.events:
            delta = envelope.binding_delta
            if delta.snapshot and fresh is None:
                fresh = {}
            target = fresh if delta.snapshot and fresh is not None else whole
            for binding in delta.saved:
                target.setdefault(binding.aor, {})[binding.contact] = binding
            for key in delta.removed:
                target.get(key.aor, {}).pop(key.contact, None)
            if delta.snapshot_end and fresh is not None:
                whole, fresh = fresh, None
        return {aor: contacts for aor, contacts in whole.items() if contacts}


class Rig:
    """A registrar without a bus or a disk."""

    def __init__(self, algorithms: tuple[str, ...] = ("MD5",)) -> None:
        self.clock = ManualClock()
        self.domains = Domains([Domain("pbx.test", algorithms), Domain("branch.test")])
        self.users = Users(
            [
                User(name, realm, f"User {name}", 2, {"MD5": user_hash("MD5", name, realm, f"secret{name}")})
                for name, realm in (("1001", "pbx.test"), ("1002", "pbx.test"), ("7", "branch.test"))
            ]
        )
        self.bindings = Bindings([], self.clock.unix())
        self.store = MemoryStore()
        self.frontends = Frontends(asyncio.get_running_loop(), self.bindings)
        self.authenticator = Authenticator(self.users, Nonces(bytes(KEY_SIZE), 300))
        self.service = Service(
            self.domains, self.authenticator, self.bindings, self.store, self.frontends, Policy(), self.clock
        )
        self.frontend = Frontend()
        self.asked = 0

    async def joined(self) -> Frontend:
        self.frontends.joined(self.frontend)
        await settled()
        return self.frontend

    def ask(self, fill: Callable[[Envelope], None]) -> Envelope:
        self.asked += 1
        envelope = Envelope(kind=KIND_REQUEST, correlation_id=self.asked)
        fill(envelope)
        self.service.message(self.frontend, envelope)
        return self.frontend.answers[self.asked]

    def register(
        self, *contacts: str, credentials: str = "", user: str = "1001", host: str = "127.0.0.1", cseq: int = 1
    ) -> Registered:
        def fill(envelope: Envelope) -> None:
            asked = envelope.register
            asked.aor = f"sip:{user}@{host}"
            asked.contacts.extend(contacts)
            asked.sip_call_id, asked.cseq = f"call-{user}", cseq
            if credentials:
                asked.credentials.append(credentials)

        return self.ask(fill).registered

    def enrol(self, *contacts: str, user: str = "1001", host: str = "127.0.0.1", as_user: str = "") -> Registered:
        """REGISTER, 401, REGISTER with credentials."""
        given = challenge_of(self.register(*contacts, user=user, host=host))
        name = as_user or user
        credentials = str(answer(given, name, f"secret{name}", "REGISTER", "sip:x", cnonce="c"))
        self.asked += 1
        return self.register(*contacts, credentials=credentials, user=user, host=host, cseq=self.asked)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def challenge_of(answered: Registered) -> Challenge:
    assert answered.status == 401
    (header,) = answered.headers
    assert header.name == "WWW-Authenticate"
    return Challenge.parse(header.value)


class TestRegister:
    @pytest.mark.covers("RG-005", "RG-020", "AU-002")
    async def test_challenged_then_bound_then_everybody_knows(self) -> None:
        rig = Rig()
        frontend = await rig.joined()
        assert not challenge_of(rig.register(CONTACT)).stale
        answered = rig.enrol(CONTACT)
        assert answered.status == 200
        assert [header.value for header in answered.headers if header.name == "Contact"] == [f"{CONTACT};expires=3600"]
        assert (answered.entity.uri, answered.entity.max_calls) == ("1001@pbx.test", 2)
        (binding,) = frontend.locations()["1001@pbx.test"].values()
        assert binding.display == "User 1001"

    @pytest.mark.covers("AU-004")
    async def test_every_address_of_ours_is_the_default_domain(self) -> None:
        rig = Rig()
        assert challenge_of(rig.register(CONTACT, host="192.0.2.1")).realm == "pbx.test"
        assert challenge_of(rig.register(CONTACT, host="Branch.test", user="7")).realm == "branch.test"
        assert rig.register(CONTACT, host="elsewhere.test").status == 404

    @pytest.mark.covers("RG-011")
    async def test_nobody_registers_for_somebody_else(self) -> None:
        """RFC 3261 section 10.3 step 4."""
        rig = Rig()
        assert rig.enrol(CONTACT, user="1001", as_user="1002").status == 403
        assert len(rig.bindings) == 0

    async def test_wrong_password_changes_nothing(self) -> None:
        """DE-072: a failed login lists and unlists nobody."""
        rig = Rig()
        rig.enrol(CONTACT)
        given = challenge_of(rig.register(CONTACT))
        for name, password in (("1001", "guess"), ("nobody", "secret")):
            credentials = str(answer(given, name, password, "REGISTER", "sip:x", cnonce="c"))
            answered = rig.register("*", credentials=credentials, cseq=9)
            assert (answered.status, answered.reason, list(answered.headers)) == (403, "Forbidden", [])
        assert len(rig.bindings) == 1

    @pytest.mark.covers("RG-012", "RG-010")
    async def test_a_refusal_is_told_and_counted(self) -> None:
        rig = Rig()
        for name, verdict in (("1001", "VERDICT_WRONG"), ("nobody", "VERDICT_UNKNOWN_USER")):
            given = challenge_of(rig.register(CONTACT))
            with capture_logs() as lines:
                rig.register(CONTACT, credentials=str(answer(given, name, "guess", "REGISTER", "sip:x", cnonce="c")))
            (line,) = lines
            assert (line["event"], line["verdict"]) == ("registrar.auth_failed", verdict)
            assert line["aor"] == "sip:1001@127.0.0.1"
        assert rig.service.counts["auth_failed"] == 2

    @pytest.mark.covers("RG-024")
    async def test_what_comes_and_goes_is_told_a_refresh_is_not(self) -> None:
        rig = Rig()
        with capture_logs() as lines:
            rig.enrol(CONTACT)
            rig.enrol(CONTACT)
            rig.enrol(CONTACT + ";expires=0")
        told = [line["event"] for line in lines]
        assert told == ["registrar.binding_saved", "registrar.binding_removed"]

    @pytest.mark.covers("RG-005", "RG-009", "RG-013", "AU-009", "AU-011")
    async def test_stale_and_replayed_are_challenged_with_stale(self) -> None:
        rig = Rig()
        given = challenge_of(rig.register(CONTACT))
        credentials = str(answer(given, "1001", "secret1001", "REGISTER", "sip:x", cnonce="c"))
        assert rig.register(CONTACT, credentials=credentials).status == 200
        assert challenge_of(rig.register(CONTACT, credentials=credentials, cseq=2)).stale
        rig.clock.advance(301)
        assert challenge_of(rig.register(CONTACT, credentials=credentials, cseq=3)).stale

    async def test_unreadable_credentials_are_400(self) -> None:
        assert Rig().register(CONTACT, credentials='Digest username="').status == 400

    @pytest.mark.covers("RG-008")
    async def test_too_brief_is_told_to_the_authenticated_only(self) -> None:
        """DE-074: who has not proved himself is challenged first."""
        rig = Rig()
        challenge_of(rig.register(CONTACT + ";expires=5"))
        answered = rig.enrol(CONTACT + ";expires=5")
        assert [(header.name, header.value) for header in answered.headers] == [("Min-Expires", "60")]
        assert answered.status == 423

    async def test_a_leaving_registrar_saves_nothing_more(self) -> None:
        rig = Rig()
        rig.service.draining = True
        refused = rig.ask(lambda envelope: envelope.register.SetInParent())
        assert refused.refusal.code == ERROR_CODE_SHUTTING_DOWN

    async def test_the_answer_waits_for_the_store(self) -> None:
        rig = Rig()
        frontend = await rig.joined()
        waiting: list[Callable[[], None]] = []

        def write(delta: BindingDelta, done: Callable[[], None]) -> None:
            waiting.append(done)

        rig.store.write = write  # type: ignore[method-assign]
        told = len(frontend.events)
        with pytest.raises(KeyError):
            rig.enrol(CONTACT)
        assert len(frontend.events) == told
        waiting[0]()
        assert frontend.answers[rig.asked].registered.status == 200
        assert len(frontend.events) == told + 1


class TestVerify:
    def verify(self, rig: Rig, *credentials: str, host: str = "127.0.0.1") -> Verified:
        def fill(envelope: Envelope) -> None:
            envelope.verify.credentials.extend(credentials)
            envelope.verify.method, envelope.verify.host = "INVITE", host

        return rig.ask(fill).verified

    def challenge(self, rig: Rig, host: str = "127.0.0.1") -> Challenge:
        def fill(envelope: Envelope) -> None:
            envelope.challenge.host = host

        (value,) = rig.ask(fill).challenged.values
        return Challenge.parse(value)

    @pytest.mark.covers("RG-028")
    async def test_an_invite_may_use_the_nonce_of_the_register(self) -> None:
        rig = Rig()
        given = challenge_of(rig.register(CONTACT))
        credentials = str(answer(given, "1001", "secret1001", "REGISTER", "sip:x", cnonce="c"))
        assert rig.register(CONTACT, credentials=credentials).status == 200
        invite = str(answer(given, "1001", "secret1001", "INVITE", "sip:600@x", cnonce="c", count=2))
        verified = self.verify(rig, invite)
        assert (verified.verdict, verified.entity.uri) == (VERDICT_ACCEPTED, "1001@pbx.test")
        again = self.verify(rig, invite)
        assert again.verdict == VERDICT_REPLAYED
        assert Challenge.parse(again.challenges[0]).stale

    async def test_without_credentials_for_us_a_challenge_comes_back(self) -> None:
        verified = self.verify(Rig())
        assert verified.verdict == VERDICT_NO_CREDENTIALS
        assert not Challenge.parse(verified.challenges[0]).stale

    async def test_wrong_ones_get_nothing(self) -> None:
        rig = Rig()
        value = str(answer(self.challenge(rig), "1001", "x", "INVITE", "sip:x", cnonce="c"))
        verified = self.verify(rig, value)
        assert (verified.verdict, list(verified.challenges)) == (VERDICT_WRONG, [])
        assert not verified.HasField("entity")

    @pytest.mark.covers("AU-008", "AU-014")
    async def test_a_foreign_nonce_is_stale(self) -> None:
        value = str(answer(Challenge("pbx.test", "f" * 32), "1001", "secret1001", "INVITE", "sip:x", cnonce="c"))
        assert self.verify(Rig(), value).verdict == VERDICT_STALE

    @pytest.mark.covers("AU-004")
    async def test_realm_follows_the_domain_whatever_its_case(self) -> None:
        rig = Rig()
        assert self.challenge(rig, "BRANCH.Test").realm == "branch.test"
        assert self.challenge(rig, "localhost").realm == "pbx.test"
        assert self.challenge(rig, "192.168.1.5").realm == "pbx.test"
        assert self.challenge(rig, "").realm == "pbx.test"


class TestLookup:
    async def test_known_registered_unknown(self) -> None:
        rig = Rig()
        rig.enrol(CONTACT)

        def fill(user: str, host: str) -> Callable[[Envelope], None]:
            def do(envelope: Envelope) -> None:
                envelope.lookup.user, envelope.lookup.host = user, host

            return do

        found = rig.ask(fill("1001", "127.0.0.1")).looked_up
        assert (found.known, [binding.contact for binding in found.bindings]) == (True, ["sip:1001@192.0.2.7:5070"])
        absent = rig.ask(fill("1002", "pbx.test")).looked_up
        assert (absent.known, absent.entity.display, list(absent.bindings)) == (True, "User 1002", [])
        for user, host in (("1009", ""), ("1001", "elsewhere.test"), ("7", "pbx.test")):
            reply = rig.ask(fill(user, host))
            assert reply.HasField("looked_up")
            assert not reply.looked_up.known

    @pytest.mark.covers("RG-027")
    async def test_query_lists_realms_users_and_their_bindings(self) -> None:
        rig = Rig()
        rig.enrol(CONTACT)
        everything = rig.ask(lambda envelope: envelope.query.SetInParent()).query_result
        assert list(everything.realms) == ["pbx.test", "branch.test"]
        assert [user.entity.uri for user in everything.users] == ["1001@pbx.test", "1002@pbx.test", "7@branch.test"]
        assert [len(user.bindings) for user in everything.users] == [1, 0, 0]

        def one(envelope: Envelope) -> None:
            envelope.query.realm, envelope.query.user = "pbx.test", "1002"

        assert [user.entity.username for user in rig.ask(one).query_result.users] == ["1002"]

    @pytest.mark.covers("RG-025", "RG-020", "RG-021")
    async def test_a_query_tells_all_that_is_known_of_a_binding(self) -> None:
        rig = Rig()
        given = challenge_of(rig.register(CONTACT))

        def fill(envelope: Envelope) -> None:
            asked = envelope.register
            asked.aor, asked.sip_call_id, asked.cseq = "sip:1001@127.0.0.1", "call-9", 7
            asked.contacts.append(CONTACT)
            asked.credentials.append(str(answer(given, "1001", "secret1001", "REGISTER", "sip:x", cnonce="c")))
            asked.user_agent, asked.allow = "Desk 3", "INVITE, BYE"
            asked.flow.transport, asked.flow.connection, asked.flow.frontend = "TLS", 5, "frontend-1"
            asked.flow.remote.address, asked.flow.remote.port = "198.51.100.9", 40123

        assert rig.ask(fill).registered.status == 200
        record = rig.ask(lambda envelope: envelope.query.SetInParent()).query_result.users[0]
        assert (record.entity.username, record.entity.realm, record.entity.display) == ("1001", "pbx.test", "User 1001")
        (known,) = record.bindings
        assert (known.contact, known.sip_call_id, known.cseq) == ("sip:1001@192.0.2.7:5070", "call-9", 7)
        assert (known.user_agent, known.allow) == ("Desk 3", "INVITE, BYE")
        assert (known.flow.transport, known.flow.remote.address, known.flow.remote.port) == (
            "TLS",
            "198.51.100.9",
            40123,
        )
        assert known.expires_at.seconds - known.registered_at.seconds == 3600

    async def test_a_method_of_others_is_refused(self) -> None:
        refused = Rig().ask(lambda envelope: envelope.grant_request.SetInParent())
        assert refused.refusal.code == ERROR_CODE_UNKNOWN_METHOD

    async def test_an_event_is_not_answered(self) -> None:
        rig = Rig()
        rig.service.message(rig.frontend, Envelope(kind=KIND_EVENT))
        assert not rig.frontend.answers


class TestFrontends:
    async def test_one_that_joins_gets_everything(self) -> None:
        rig = Rig()
        rig.enrol(CONTACT)
        frontend = await rig.joined()
        assert [event.binding_delta.snapshot_end for event in frontend.events] == [True]
        assert list(frontend.locations()) == ["1001@pbx.test"]

    @pytest.mark.covers("RG-001")
    async def test_every_frontend_is_served(self) -> None:
        rig = Rig()
        frontends = [await rig.joined(), Frontend()]
        rig.frontends.joined(frontends[1])
        await settled()
        rig.enrol(CONTACT)
        assert [list(frontend.locations()) for frontend in frontends] == [["1001@pbx.test"]] * 2

    async def test_an_empty_registrar_says_so(self) -> None:
        frontend = await Rig().joined()
        assert [event.binding_delta.snapshot_end for event in frontend.events] == [True]

    @pytest.mark.covers("RG-016")
    async def test_what_runs_out_is_told(self) -> None:
        rig = Rig()
        rig.enrol(CONTACT)
        frontend = await rig.joined()
        rig.clock.advance(3600)
        rig.service.sweep()
        (key,) = frontend.events[-1].binding_delta.removed
        assert (key.aor, key.reason) == ("1001@pbx.test", "expired")
        assert frontend.locations() == {}

    async def test_changes_during_a_snapshot_are_not_lost_in_it(self) -> None:
        rig = Rig()
        for index in range(3 * CHUNK):
            put(rig, f"user{index:04}@pbx.test")
        put(rig, "1001@pbx.test", "sip:1001@192.0.2.7:5070")
        rig.frontends.joined(rig.frontend)
        await asyncio.sleep(0)
        assert not rig.frontend.events[-1].binding_delta.snapshot_end
        rig.enrol("*;x", user="1002")  # refused, tells nothing
        rig.enrol("<sip:1002@x>", user="1002")
        rig.enrol(CONTACT + ";expires=0")
        await settled()
        seen = rig.frontend.locations()
        assert len(seen) == 3 * CHUNK + 1
        assert "1002@pbx.test" in seen
        assert "1001@pbx.test" not in seen

    async def test_one_whose_queue_was_full_gets_everything_anew(self) -> None:
        rig = Rig()
        frontend = await rig.joined()
        frontend.room = 0
        rig.enrol(CONTACT)
        assert frontend.locations() == {}
        frontend.room = 10
        async with asyncio.timeout(5):
            while not frontend.locations():
                await asyncio.sleep(0.01)
        assert list(frontend.locations()) == ["1001@pbx.test"]

    async def test_one_that_left_costs_nobody_an_answer(self) -> None:
        rig = Rig()
        frontend = await rig.joined()
        frontend.lost = True
        assert rig.enrol(CONTACT).status == 200
        frontend.lost = False
        told = len(frontend.events)
        assert rig.enrol("<sip:other@x>").status == 200
        assert len(frontend.events) == told


def put(rig: Rig, aor: str, contact: str = "sip:x") -> None:
    """A binding that is simply there."""
    from registrar.binding import Binding as Stored
    from registrar.binding import Changes

    message = Binding(aor=aor, contact=contact, sip_call_id="old")
    message.expires_at.seconds = int(rig.clock.unix()) + 3600
    rig.bindings.apply(Changes([Stored.from_message(message)], []))
