"""Answers the questions of the policy from DNS, with a cache by TTL. The one file of location that does I/O.

aiodns (c-ares) asks; host names are looked up through its ``getaddrinfo``, which knows /etc/hosts and the order of
RFC 6724. It starts its thread with the first question: an exchange whose peers are all addresses has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from secrets import randbelow
from typing import TYPE_CHECKING, Final, final

from sip_frontend.location.records import Answer, Kind, Naptr, Question, Srv
from sip_frontend.location.targets import Able, Hop, Location, locate
from sip_frontend.message import Uri

if TYPE_CHECKING:
    import aiodns
    import pycares

TRY_S: Final = 0.8
"""How long one name server may take; then the next is asked, or the same again."""
TRIES: Final = 2
LONGEST_S: Final = 4.0
"""How long one URI may take in all. A caller waits for this before anything rings."""
SHORTEST_TTL_S: Final = 1.0
"""A record of TTL 0 still serves the look-up it was asked for, which asks twice."""
LONGEST_TTL_S: Final = 3600.0
NOTHING_TTL_S: Final = 30.0
"""How long it is believed that there are no such records; c-ares does not hand us the SOA that would say."""
FAILED_TTL_S: Final = 2.0
"""How long nobody is asked again after nobody answered."""
MOST_CACHED: Final = 4096
MOST_UNDER_WAY: Final = 512
"""URIs being located at once; more lead nowhere, so that a dead name server cannot fill the memory."""

Reply = Callable[[list[Hop]], None]


@final
class Resolver:
    """Locates URIs. *able* is asked each time, because listeners may come and go."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, able: Callable[[], Able], nameservers: Sequence[str] = ()
    ) -> None:
        self._loop = loop
        self._able = able
        self._nameservers = tuple(nameservers)
        self._dns: aiodns.DNSResolver | None = None
        self._cache: dict[Question, tuple[float, Answer]] = {}
        self._asked: dict[Question, asyncio.Future[Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.questions = 0
        """Asked of DNS since the start."""
        self.failures = 0
        """Of these, not answered."""

    def locate(self, uri: Uri, reply: Reply) -> None:
        """Tell *reply* where *uri* leads: at once when that is known, else later; [] when it leads nowhere."""
        policy = locate(uri, self._able(), _chance)
        try:
            questions = next(policy)
            while (answers := self._known(questions)) is not None:
                questions = policy.send(answers)
        except StopIteration as found:
            reply(found.value)
            return
        if len(self._tasks) >= MOST_UNDER_WAY:
            reply([])
            return
        task = self._loop.create_task(self._finish(policy, questions, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ask no more; who still waits hears nothing."""
        for task in self._tasks:
            task.cancel()
        if self._dns is not None:
            await self._dns.close()
            self._dns = None

    async def _finish(self, policy: Location, questions: list[Question], reply: Reply) -> None:
        hops: list[Hop] = []
        try:
            async with asyncio.timeout(LONGEST_S):
                while True:
                    answers = await asyncio.gather(*(self._answer(question) for question in questions))
                    questions = policy.send(list(answers))
        except StopIteration as found:
            hops = found.value
        except TimeoutError:
            self.failures += 1
        reply(hops)

    def _known(self, questions: Sequence[Question]) -> list[Answer] | None:
        """The answers if all are in the cache."""
        now = self._loop.time()
        known: list[Answer] = []
        for question in questions:
            entry = self._cache.get(question)
            if entry is None or entry[0] <= now:
                return None
            known.append(entry[1])
        return known

    async def _answer(self, question: Question) -> Answer:
        known = self._known((question,))
        if known is not None:
            return known[0]
        asked = self._asked.get(question)
        if asked is None:
            # One for all who want to know, and it goes on if one of them gives up.
            asked = self._asked[question] = self._loop.create_task(self._ask(question))
            asked.add_done_callback(lambda _: self._asked.pop(question, None))
        return await asyncio.shield(asked)

    async def _ask(self, question: Question) -> Answer:
        import aiodns.error as failure

        self.questions += 1
        try:
            answer, ttl_s = await (self._addresses if question.kind is Kind.ADDRESS else self._records)(question)
        except failure.DNSError as error:
            nothing = error.args[0] in (failure.ARES_ENODATA, failure.ARES_ENOTFOUND)
            self.failures += not nothing
            answer, ttl_s = (), NOTHING_TTL_S if nothing else FAILED_TTL_S
        if len(self._cache) >= MOST_CACHED:
            self._cache.clear()
        kept_s = max(SHORTEST_TTL_S, min(ttl_s, LONGEST_TTL_S))
        self._cache[question] = (self._loop.time() + kept_s, answer)
        return answer

    async def _addresses(self, question: Question) -> tuple[Answer, float]:
        import socket

        found = await self._resolver().getaddrinfo(question.name, type=socket.SOCK_DGRAM)
        nodes = found.nodes
        addresses = tuple(dict.fromkeys(_text(node.addr[0]) for node in nodes))
        return addresses, min((node.ttl for node in nodes), default=NOTHING_TTL_S)

    async def _records(self, question: Question) -> tuple[Answer, float]:
        found = await self._resolver().query_dns(question.name, question.kind.value)
        ttl_s = min((record.ttl for record in found.answer), default=NOTHING_TTL_S)
        read = _naptrs if question.kind is Kind.NAPTR else _srvs
        return read(found.answer), ttl_s

    def _resolver(self) -> aiodns.DNSResolver:
        if self._dns is None:
            import aiodns  # here, because it costs memory that an exchange without names need not spend

            servers = list(self._nameservers) or None
            self._dns = aiodns.DNSResolver(servers, self._loop, timeout=TRY_S, tries=TRIES)
        return self._dns


def _naptrs(records: Sequence[pycares.DNSRecord]) -> Answer:
    import pycares

    return tuple(
        Naptr(data.order, data.preference, _text(data.flags), _text(data.service), _text(data.replacement))
        for data in (record.data for record in records)
        if isinstance(data, pycares.NAPTRRecordData)
    )


def _srvs(records: Sequence[pycares.DNSRecord]) -> Answer:
    import pycares

    return tuple(
        Srv(data.priority, data.weight, data.port, _text(data.target))
        for data in (record.data for record in records)
        if isinstance(data, pycares.SRVRecordData)
    )


def _text(value: str | bytes) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value


def _chance(most: int) -> int:
    return randbelow(most + 1)
