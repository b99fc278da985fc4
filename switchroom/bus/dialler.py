"""Everyone else's end of the bus: a DEALER that joins one frontend, and joins again whenever it has to.

State     On                                   Next      Do
joining   Welcome                              joined    on_welcome
joining   refused                              joining   Hello again, after 50 ms doubling to 1 s
joining   no answer for 1 s                    joining   a new socket, Hello
joined    Goodbye, silence for lost_ms, or     joining   requests fail with PeerLost, on_lost, a new socket, Hello
          "say Hello first" (it restarted)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable

import zmq

from switchroom.bus.curve import ClientKeys, require_keys, use_client_keys
from switchroom.bus.endpoint import QUEUE_LIMIT, BusEndpoint, check_positive_deadline
from switchroom.bus.frames import goodbye, heartbeat
from switchroom.bus.heartbeat import Life, Timing
from switchroom.bus.peer import Link
from switchroom.bus.requests import OnReply
from switchroom.bus.socket import LINGER_MS, BusSocket, set_limits
from switchroom.bus.status import complete
from switchroom.errors import BusError, BusTimeout, PeerLost
from switchroom.machine import machine_id
from switchroom.v1.envelope_pb2 import (
    ERROR_CODE_NOT_WELCOME,
    KIND_EVENT,
    KIND_REQUEST,
    Envelope,
    Heartbeat,
    Hello,
    Status,
    Welcome,
)

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
# How long a Hello waits, most of all for a frontend that is not there yet.
HELLO_DEADLINE_S = 1.0
# ZeroMQ's own attempts to connect within that time.
_RECONNECT_MS = 50
LOAD_S = 0.5
"""A side that has a load to tell does so this often, however much else it sends: the busiest must not fall silent."""
_RECONNECT_MAX_MS = 200


class Dialler(BusEndpoint):
    """*on_lost* gets the reasons goodbye, silent, restarted, replaced or closing; afterwards it joins again by itself.

    *heartbeat* fills our heartbeats, *status* answers ``StatusRequest``. Sending while not joined raises ``PeerLost``.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        endpoint: str,
        hello: Hello,
        *,
        keys: ClientKeys | None = None,
        insecure: bool = False,
        on_welcome: Callable[[Dialler, Welcome], None],
        on_message: Callable[[Dialler, Envelope], None],
        on_lost: Callable[[Dialler, str], None],
        heartbeat: Callable[[], Heartbeat] | None = None,
        status: Callable[[], Status] | None = None,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        require_keys([endpoint], keys, insecure)
        super().__init__(loop, Timing(), queue_limit)
        self.endpoint = endpoint
        self.hello = hello
        self.welcome: Welcome | None = None
        self.refused = ""  # why the last Hello was not answered by a Welcome
        self._keys = keys
        self._on_welcome, self._on_message, self._on_lost = on_welcome, on_message, on_lost
        self._heartbeat, self._status = heartbeat, status
        self._load_at = 0.0
        self._started_at = time.monotonic()
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._link = Link(endpoint, None, loop.time())
        self._hello_at = 0.0
        self._hello_under_way = False
        self._pause_s = FIRST_PAUSE_S
        self._waiting: list[asyncio.Future[Welcome]] = []
        self._control = {
            "heartbeat": _nothing,
            "goodbye": self._on_goodbye,
            "refusal": self._on_refusal,
            "status_request": self._on_status_request,
        }

    # -- life --------------------------------------------------------------------------------------------------

    @property
    def joined(self) -> bool:
        return self.welcome is not None

    def start(self) -> None:
        """Dial; returns at once. ``on_welcome`` tells when the frontend has answered."""
        self._context = zmq.Context()
        self._ticker.start()
        self._connect()

    async def wait_joined(self, timeout_s: float) -> Welcome:
        """The Welcome, or ``BusTimeout`` with the reason when it does not come in time."""
        if self.welcome is not None:
            return self.welcome
        future: asyncio.Future[Welcome] = self._loop.create_future()
        self._waiting.append(future)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            raise BusTimeout(f"{self.endpoint}: {self.refused or 'nobody answers'}") from None
        finally:
            self._waiting.remove(future)

    def drain(self, reason: str) -> None:
        """Tell the frontend that we finish what we lead and take no new work."""
        if self.joined:
            self._send_control(self._link, goodbye(reason, draining=True))

    async def close(self, reason: str = "closing") -> None:
        """Answer what is owed, fail what we asked, say Goodbye, and go."""
        if self._closing:
            return
        self._closing = True
        self._ticker.stop()
        if self.joined:
            self._refuse_all_owed(self._link)
            self._send_control(self._link, goodbye(reason))
            if self._socket is not None:
                self._socket.flush()
        self._drop(self._link)
        self._deadlines.stop()
        self.welcome = None
        if self._socket is not None:
            self._socket.close(LINGER_MS)
        if self._context is not None:
            # term waits for the linger; the loop must not.
            await self._loop.run_in_executor(None, self._context.term)

    # -- for the owner -----------------------------------------------------------------------------------------

    def send(self, envelope: Envelope) -> None:
        """Queue an event; never blocks. Raises ``BusFull`` or ``PeerLost``."""
        if not envelope.kind:
            envelope.kind = KIND_EVENT
        self._send(self._joined_link(), envelope)

    def request(self, envelope: Envelope, deadline_s: float, on_reply: OnReply) -> int:
        """Ask; *on_reply* is called once, with the answer or a ``BusError``. Kind and ids are filled in here.

        Raises ``BusFull`` or ``PeerLost``, and then *on_reply* is not called.
        """
        check_positive_deadline(deadline_s)
        return self._request(self._joined_link(), envelope, deadline_s, on_reply)

    async def ask(self, envelope: Envelope, deadline_s: float) -> Envelope:
        """:meth:`request` for code that is not on a hot path: returns the answer or raises the ``BusError``."""
        future: asyncio.Future[Envelope] = self._loop.create_future()

        def settle(outcome: Envelope | BusError) -> None:
            if future.done():  # the caller was cancelled meanwhile
                return
            if isinstance(outcome, BusError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        self.request(envelope, deadline_s, settle)
        return await future

    def respond(self, request: Envelope, reply: Envelope, *, promptly: bool = True) -> None:
        """Answer *request*; a second answer is dropped and counted. A frontend lost meanwhile is no error.

        An answer that nothing waits for need not go *promptly*: it spares three wake-ups, here and there, and comes
        at most a tick later.
        """
        if self.joined:
            self._respond(self._link, request, reply, promptly=promptly)

    @property
    def queued(self) -> int:
        """Frames that wait for room on their way to the frontend."""
        return len(self._link.outbox)

    # -- joining -----------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        """A new socket for each attempt to join: nothing of an earlier life can still lie in its queues."""
        if self._context is None:
            raise PeerLost(self.endpoint)
        raw = self._context.socket(zmq.DEALER)
        set_limits(raw)
        raw.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        raw.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MAX_MS)
        if self._keys is not None and not self.endpoint.startswith(("ipc://", "inproc://")):
            use_client_keys(raw, self._keys)
        raw.connect(self.endpoint)
        self._link = Link(self.endpoint, None, self._loop.time())
        self._unsent.clear()
        self._socket = BusSocket(self._loop, raw, self._on_batch, self._write)
        self._socket.start()
        self._hello_at = 0.0
        self._hello_under_way = False

    def _say_hello(self) -> None:
        envelope = Envelope()
        envelope.hello.CopyFrom(self.hello)
        envelope.hello.host, envelope.hello.pid = machine_id(), os.getpid()
        link = self._link
        self._hello_under_way = True
        with contextlib.suppress(BusError):
            self._request(link, envelope, HELLO_DEADLINE_S, lambda reply: self._on_welcome_reply(link, reply))

    def _on_welcome_reply(self, link: Link, reply: Envelope | BusError) -> None:
        if link is not self._link:
            return
        self._hello_under_way = False
        if isinstance(reply, BusError) or not reply.HasField("welcome"):
            self.refused = str(reply) if isinstance(reply, BusError) else "the answer to Hello is no Welcome"
            if isinstance(reply, BusTimeout):
                self._renew_socket()
            else:
                self._hello_at = self._loop.time() + self._pause_s
                self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            return
        welcome = self.welcome = reply.welcome
        self.refused = ""
        self._pause_s = FIRST_PAUSE_S
        self.timing = Timing.of(welcome)
        for future in self._waiting:
            if not future.done():
                future.set_result(welcome)
        self._on_welcome(self, welcome)

    def _lose(self, reason: str, pause_s: float = 0.0) -> None:
        if not self.joined:
            return
        self.welcome = None
        self._drop(self._link)
        self._renew_socket()
        self._hello_at = self._loop.time() + pause_s
        try:
            self._on_lost(self, reason)
        except Exception as error:  # noqa: BLE001 - the owner's fault must not stop the bus; it is reported
            self._report(error)

    def _renew_socket(self) -> None:
        if self._socket is not None:
            self.late_finds_before += self._socket.late_finds
            self._socket.close(0)
        self._connect()

    def _joined_link(self) -> Link:
        if self.welcome is None:
            raise PeerLost(self.endpoint)
        return self._link

    # -- in ----------------------------------------------------------------------------------------------------

    def _on_batch(self, parts: list[bytes]) -> None:
        link = self._link
        link.heard_at = self._loop.time()
        for frame in parts:
            self._on_frame(link, frame)
            if link.gone:
                return

    def _deliver(self, link: Link, envelope: Envelope) -> None:
        self._on_message(self, envelope)

    def _on_goodbye(self, link: Link, envelope: Envelope) -> None:
        reason = envelope.goodbye.reason
        if reason == "replaced":  # another process has our name: do not fight it for the place
            self._lose("replaced", LONGEST_PAUSE_S)
        else:
            self._lose("goodbye", FIRST_PAUSE_S)

    def _on_refusal(self, link: Link, envelope: Envelope) -> None:
        """A refusal that answers no request of ours: our Hello is missed, or the owner is told off."""
        if envelope.refusal.code == ERROR_CODE_NOT_WELCOME:
            self._lose("restarted")
        else:  # of something the owner did: a run it no longer leads
            self._run_handler(link, envelope)

    def _on_status_request(self, link: Link, envelope: Envelope) -> None:
        if envelope.kind != KIND_REQUEST or not envelope.correlation_id:
            link.malformed += 1
            return
        link.owed[envelope.correlation_id] = self._loop.time() + 1.0
        reply = Envelope()
        reply.status.CopyFrom(self.own_status())
        self._respond(link, envelope, reply)

    def own_status(self) -> Status:
        """What *status* says, completed with what the bus knows."""
        status = complete(self._status, self.hello.name, self.hello.version, self._started_at)
        status.role = self.hello.role
        link = self._link
        for name, value in (
            ("bus.queued", len(link.outbox)),
            ("bus.drops", link.dropped),
            ("bus.malformed", link.malformed),
            ("bus.late_finds", self.late_finds),
            ("bus.timed_out", self._deadlines.timed_out),
        ):
            status.values[name] = value
        return status

    # -- time --------------------------------------------------------------------------------------------------

    def _tick(self, now: float, late_s: float) -> None:
        self._hurry()
        if self._socket is not None:
            self._socket.check()
        link = self._link
        if not self.joined:
            if not self._hello_under_way and now >= self._hello_at:
                self._say_hello()
            return
        link.heard_at += late_s
        if link.life(now, self.timing) is Life.LOST:
            self._lose("silent")
            return
        if link.heartbeat_due(now, self.timing) or (self._heartbeat is not None and now >= self._load_at):
            self._load_at = now + LOAD_S
            self._send_control(link, heartbeat(self._heartbeat() if self._heartbeat is not None else None))
        self._expire_owed(link, now)

    def _unreachable(self, link: Link) -> None:
        self._lose("silent")


def _nothing(link: Link, envelope: Envelope) -> None:
    """A heartbeat says all by arriving."""
