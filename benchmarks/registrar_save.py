"""CPU of one REGISTER with digest inside the registrar: challenge, verify, save, reply. The bus is left out.

    python -m benchmarks.registrar_save [--requests N] [--store memory:|sqlite:PATH]

Counted as CPU time of the whole process, the store's thread included. Every registration is a refresh of one of
*users* bindings, with a fresh nonce each: what an exchange full of phones does all day.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
import timeit
from pathlib import Path

from registrar.aor import Domain, Domains
from registrar.authenticator import Authenticator
from registrar.frontends import Frontends
from registrar.lookup import Bindings
from registrar.nonces import Nonces
from registrar.save import Policy
from registrar.service import Service
from registrar.store import open_store
from registrar.users import User, Users
from switchroom import garbage
from switchroom.bus import Dialler
from switchroom.clock import SystemClock
from switchroom.config.sections import LogSection
from switchroom.digest import Challenge, answer, user_hash
from switchroom.logs import configure
from switchroom.v1.envelope_pb2 import KIND_REQUEST, Envelope, Hello

URI = "sip:pbx.test"
STRETCH = 400
"""Requests between two readings of the clock. Whatever else runs on the machine disturbs some stretches, not all."""


class Sink(Dialler):
    """A joined dialler without a socket: what it is given is serialised, as the real one does, and counted."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        nothing = lambda *_: None  # noqa: E731
        super().__init__(loop, "inproc://sink", Hello(), on_welcome=nothing, on_message=nothing, on_lost=nothing)
        self.answered = 0
        self.last = b""
        self.enough = asyncio.Event()
        self.wanted = 0

    def send(self, envelope: Envelope) -> None:
        envelope.SerializeToString()

    def respond(self, request: Envelope, reply: Envelope, *, promptly: bool = True) -> None:
        self.last = reply.SerializeToString()
        self.answered += 1
        if self.answered == self.wanted:
            self.enough.set()


def request(index: int, user: str, credentials: str | None) -> bytes:
    envelope = Envelope(kind=KIND_REQUEST, correlation_id=index + 1)
    asked = envelope.register
    asked.aor, asked.host = f"sip:{user}@pbx.test", "pbx.test"
    asked.contacts.append(f'<sip:{user}@192.0.2.7:5070;transport=udp;ob>;+sip.instance="<urn:uuid:{user}>"')
    asked.expires, asked.sip_call_id, asked.cseq = "3600", f"bench-{user}", index + 1
    asked.user_agent, asked.allow = "benchmark 1.0", "INVITE, ACK, BYE, CANCEL, UPDATE, OPTIONS"
    asked.flow.transport, asked.flow.frontend = "UDP", "frontend-1"
    asked.flow.local.address, asked.flow.local.port = "192.0.2.1", 5060
    asked.flow.remote.address, asked.flow.remote.port = "192.0.2.7", 5070
    if credentials is not None:
        asked.credentials.append(credentials)
    return envelope.SerializeToString()


async def play(service: Service, sink: Sink, frames: list[bytes], batch: int) -> list[float]:
    """CPU microseconds of one request, for each stretch of *frames*, handed over *batch* at a time as the bus does."""
    found = []
    for first in range(0, len(frames), STRETCH):
        stretch = frames[first : first + STRETCH]
        sink.wanted, sink.answered = len(stretch), 0
        sink.enough.clear()
        began = time.process_time()
        for start in range(0, len(stretch), batch):
            for frame in stretch[start : start + batch]:
                service.message(sink, Envelope.FromString(frame))
            await asyncio.sleep(0)
        await sink.enough.wait()
        found.append((time.process_time() - began) / len(stretch) * 1e6)
    return found


def told(name: str, found: list[float]) -> str:
    tenth = statistics.quantiles(found, n=10)[0]
    return f"  {name:26} median {statistics.median(found):6.1f} us, best tenth {tenth:6.1f} us"


async def run(requests: int, users: int, store_name: str, batch: int) -> None:
    loop = asyncio.get_running_loop()
    domains = Domains([Domain("pbx.test")])
    names = [str(1000 + index) for index in range(users)]
    known = Users([User(name, "pbx.test", "", 0, {"MD5": user_hash("MD5", name, "pbx.test", name)}) for name in names])
    store = open_store(store_name, loop)
    clock = SystemClock()
    bindings = Bindings(store.start(), clock.unix())
    nonces = Nonces(store.nonce_key, 300)
    frontends = Frontends(loop, bindings)
    sink = Sink(loop)
    frontends.joined(sink)
    service = Service(domains, Authenticator(known, nonces), bindings, store, frontends, Policy(), clock)
    challenge = Authenticator(known, nonces)
    challenged: list[float] = []
    registered: list[float] = []
    garbage.settle()
    for round_ in range(4):
        asked, proved = [], []
        for index in range(requests):
            user = names[index % users]
            count = round_ * requests + index
            given = Challenge.parse(challenge.challenges(domains.default, clock.unix())[0])
            credentials = str(answer(given, user, user, "REGISTER", URI, cnonce="0a4f113b"))
            asked.append(request(count, user, None))
            proved.append(request(count, user, credentials))
        first = round_ == 0  # makes the bindings, and warms up
        challenged += (await play(service, sink, asked, batch))[: 0 if first else None]
        registered += (await play(service, sink, proved, batch))[: 0 if first else None]
        assert Envelope.FromString(sink.last).registered.status == 200
    await store.close()
    yardstick = min(timeit.repeat(lambda: sum(range(100)), number=2000, timer=time.process_time)) / 2000 * 1e6
    print(f"yardstick sum(range(100)): {yardstick:.2f} us (0.85 when nothing else runs on the machine of the results)")
    print(f"store {store_name.partition(':')[0]}, {users} users, batches of {batch}, CPU per request:")
    print(told("REGISTER answered 401", challenged))
    print(told("REGISTER verified, saved", registered))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--batch", type=int, default=8, help="requests in one wake-up")
    parser.add_argument("--store", default="")
    options = parser.parse_args()
    configure(LogSection(level="ERROR"), "benchmark")
    with tempfile.TemporaryDirectory() as folder:
        stores = [options.store] if options.store else ["memory:", f"sqlite:{Path(folder) / 'bench.sqlite'}"]
        for store in stores:
            asyncio.run(run(options.requests, options.users, store, options.batch))


if __name__ == "__main__":
    main()
