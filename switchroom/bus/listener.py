"""The frontend's end of the bus: a ROUTER that everyone dials, and a PUB for watchers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import cast

import zmq

from switchroom.bus.curve import Doorkeeper, ServerKeys, require_keys, server_side
from switchroom.bus.death import DeathWatch
from switchroom.bus.endpoint import QUEUE_LIMIT, BusEndpoint, check_positive_deadline
from switchroom.bus.frames import goodbye, heartbeat, read_stranger, refusal, welcome
from switchroom.bus.heartbeat import Life, Timing
from switchroom.bus.peer import Link, Peer
from switchroom.bus.publisher import Publisher
from switchroom.bus.requests import OnReply
from switchroom.bus.socket import LINGER_MS, BusSocket, bind_all
from switchroom.bus.status import StatusRound, add_link_counters, complete
from switchroom.errors import BusError
from switchroom.v1.common_pb2 import ROLE_TOOL, ROLE_UNSPECIFIED
from switchroom.v1.envelope_pb2 import (
    ERROR_CODE_FULL,
    ERROR_CODE_MALFORMED,
    ERROR_CODE_NOT_WELCOME,
    ERROR_CODE_SHUTTING_DOWN,
    KIND_EVENT,
    KIND_REQUEST,
    Envelope,
    ErrorCode,
    Hello,
    Status,
)
from switchroom.v1.event_pb2 import Notice

MAX_PEERS = 1_024
MAX_NAME = 128


class Listener(BusEndpoint):
    """Peers come and go by *on_joined* and *on_lost* (reasons: goodbye, died, silent, unreachable, replaced,
    closing).

    *on_message* gets the EVENTs and REQUESTs of peers that have joined; every REQUEST wants one :meth:`respond`.
    A draining ``Goodbye`` is an event like any other, with ``peer.draining`` already set. *on_input* is called before
    each of these and before each reply: whoever keeps a clock for a wake-up reads it there.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        bind: Sequence[str],
        publish: Sequence[str] = (),
        name: str,
        timing: Timing | None = None,
        keys: ServerKeys | None = None,
        insecure: bool = False,
        on_joined: Callable[[Peer], None],
        on_message: Callable[[Peer, Envelope], None],
        on_suspect: Callable[[Peer, bool], None],
        on_lost: Callable[[Peer, str], None],
        status: Callable[[], Status] | None = None,
        version: str = "",
        on_input: Callable[[], None] | None = None,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        require_keys([*bind, *publish], keys, insecure)
        super().__init__(loop, timing or Timing(), queue_limit, on_input)
        self._bind, self._publish_at = bind, publish
        self._name, self._version = name, version
        self._keys = keys
        self._on_joined, self._on_message = on_joined, on_message
        self._on_suspect, self._on_lost = on_suspect, on_lost
        self._status = status
        self._started_at = time.monotonic()
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._doorkeeper: Doorkeeper | None = None
        self._publisher: Publisher | None = None
        self._by_name: dict[str, Peer] = {}
        self._deaths = DeathWatch(loop)
        self.peers: dict[bytes, Peer] = {}
        self.strangers = 0
        self._control = {
            "heartbeat": self._on_heartbeat,
            "hello": self._on_repeated_hello,
            "goodbye": self._on_goodbye,
            "status_request": self._on_status_request,
        }

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Bind; raises ``OSError`` when an endpoint is taken."""
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._context = context
        if self._keys is not None:
            self._doorkeeper = Doorkeeper(self._loop, context, self._keys.allowed)
            self._doorkeeper.start()
        raw = context.socket(zmq.ROUTER)
        raw.setsockopt(zmq.ROUTER_MANDATORY, 1)
        bind_all(raw, self._bind, server_side(self._keys))
        self._socket = BusSocket(self._loop, raw, self._on_batch, self._write)
        self._socket.start()
        if self._publish_at:
            self._publisher = Publisher(self._loop, context, self._publish_at, self._keys)
            self._publisher.start()
        self._ticker.start()

    async def close(self) -> None:
        """Answer what is owed, fail what we asked, say Goodbye, and go."""
        if self._closing:
            return
        self._closing = True
        self._ticker.stop()
        for peer in list(self.peers.values()):
            self._refuse_all_owed(peer)
            self._send_control(peer, goodbye("closing"))
        if self._socket is not None:
            self._socket.flush()
        for peer in list(self.peers.values()):
            self._lose(peer, "closing")
        self._deaths.close()
        self._deadlines.stop()
        for part in (self._socket, self._publisher):
            if part is not None:
                part.close(LINGER_MS)
        if self._doorkeeper is not None:
            self._doorkeeper.close()
        if self._context is not None:
            # term waits for the linger; the loop must not.
            await self._loop.run_in_executor(None, self._context.term)

    # -- for the frontend --------------------------------------------------------------------------------------

    def send(self, peer: Peer, envelope: Envelope) -> None:
        """Queue an event; never blocks. Raises ``BusFull`` or ``PeerLost``."""
        if not envelope.kind:
            envelope.kind = KIND_EVENT
        self._send(peer, envelope)

    def request(self, peer: Peer, envelope: Envelope, deadline_s: float, on_reply: OnReply) -> int:
        """Ask; *on_reply* is called once, with the answer or a ``BusError``. Kind and ids are filled in here.

        Raises ``BusFull`` or ``PeerLost``, and then *on_reply* is not called.
        """
        check_positive_deadline(deadline_s)
        return self._request(peer, envelope, deadline_s, on_reply)

    def respond(self, peer: Peer, request: Envelope, reply: Envelope) -> None:
        """Answer *request*; a second answer is dropped and counted. A peer that left meanwhile is no error."""
        if not peer.gone:
            self._respond(peer, request, reply)

    def publish(self, topic: str, notice: Notice) -> None:
        """For watchers: never blocks, and what they do not read in time is dropped."""
        if self._publisher is not None:
            self._publisher.publish(topic, notice)

    def watched(self, topic: str) -> bool:
        """Whether anyone subscribes to *topic*; spares making a notice nobody reads."""
        return self._publisher is not None and self._publisher.watched(topic)

    # -- in ----------------------------------------------------------------------------------------------------

    def _on_batch(self, parts: list[bytes]) -> None:
        peer = self.peers.get(parts[0])
        if peer is None:
            self._on_stranger(parts)
            return
        peer.heard_at = self._loop.time()
        if peer.suspect:
            self._suspect(peer, False)
        for index in range(1, len(parts)):
            self._on_frame(peer, parts[index])
            if peer.gone:
                return

    def _on_stranger(self, parts: list[bytes]) -> None:
        """Only Hello is read from a peer that has not joined. Its requests are refused, and it is told once."""
        identity = parts[0]
        for index in range(1, len(parts)):
            self.strangers += 1
            correlation_id, hello = read_stranger(parts[index])
            if hello is not None:
                if self._admit(identity, correlation_id, hello):
                    self._on_batch([identity, *parts[index + 1 :]])
                return
            if correlation_id:
                self._tell_stranger(identity, correlation_id, ERROR_CODE_NOT_WELCOME, "say Hello first")
        if len(parts) > 1:
            self._tell_stranger(identity, 0, ERROR_CODE_NOT_WELCOME, "say Hello first")

    def _tell_stranger(self, identity: bytes, correlation_id: int, code: ErrorCode, text: str) -> None:
        """At once and unqueued: a stranger that does not read goes without, and nothing is kept for it."""
        frame = refusal(correlation_id, code, text).SerializeToString()
        with contextlib.suppress(zmq.ZMQError):  # it left already
            if self._socket is not None:
                self._socket.send(identity, [frame])

    def _admit(self, identity: bytes, correlation_id: int, hello: Hello) -> bool:
        if self._closing:
            self._tell_stranger(identity, correlation_id, ERROR_CODE_SHUTTING_DOWN, "closing")
        elif hello.role == ROLE_UNSPECIFIED or not 0 < len(hello.name) <= MAX_NAME:
            self._tell_stranger(identity, correlation_id, ERROR_CODE_MALFORMED, "Hello needs a role and a name")
        elif len(self.peers) >= MAX_PEERS and hello.name not in self._by_name:
            self._tell_stranger(identity, correlation_id, ERROR_CODE_FULL, f"{MAX_PEERS} peers are here already")
        else:
            self._join(Peer(identity, hello, self._loop.time()), correlation_id)
            return True
        return False

    def _join(self, peer: Peer, correlation_id: int) -> None:
        before = self._by_name.get(peer.name)
        if before is not None:
            self._send_control(before, goodbye("replaced"))
            self._write_link(before)
            if not before.gone:
                self._lose(before, "replaced")
        self.peers[peer.identity or b""] = peer
        self._deaths.watch(peer, peer.hello.host, peer.hello.pid, lambda: self._died(peer))
        self._by_name[peer.name] = peer
        self._send_control(peer, self._welcome_to(correlation_id))
        self._guard(lambda: self._on_joined(peer))

    def _welcome_to(self, correlation_id: int) -> Envelope:
        return welcome(correlation_id, self._name, self._version, self.timing)

    def _on_repeated_hello(self, link: Link, envelope: Envelope) -> None:
        """A second Hello of the same connection: the peer missed our Welcome, or has news of itself."""
        peer = cast(Peer, link)
        if envelope.hello.name == peer.name and envelope.hello.role == peer.role:
            peer.hello = envelope.hello
            self._send_control(peer, self._welcome_to(envelope.correlation_id))
        else:
            self._refuse(link, envelope.correlation_id, ERROR_CODE_MALFORMED, "this connection has another name")

    def _on_heartbeat(self, link: Link, envelope: Envelope) -> None:
        if envelope.heartbeat.HasField("media_load"):
            self._run_handler(link, envelope)

    def _on_goodbye(self, link: Link, envelope: Envelope) -> None:
        peer = cast(Peer, link)
        if envelope.goodbye.draining:
            peer.draining = True
            self._run_handler(peer, envelope)
        else:
            self._lose(peer, "goodbye")

    def _on_status_request(self, link: Link, envelope: Envelope) -> None:
        if envelope.kind != KIND_REQUEST or not envelope.correlation_id or link.owed.get(envelope.correlation_id):
            link.malformed += 1
            return
        link.owed[envelope.correlation_id] = self._loop.time() + (envelope.deadline_ms or 1000) / 1000

        def answer(status: Status) -> None:
            reply = Envelope()
            reply.status.CopyFrom(status)
            if not link.gone:
                self._guard(lambda: self._respond(link, envelope, reply))

        gathered = StatusRound(self.own_status(), answer)
        for peer in self.peers.values():
            if peer.role != ROLE_TOOL:
                gathered.ask(peer, self.request)
        gathered.all_asked()

    def own_status(self) -> Status:
        """What *status* says, completed with what the bus knows."""
        status = complete(self._status, self._name, self._version, self._started_at)
        for peer in self.peers.values():
            if peer.role != ROLE_TOOL:
                add_link_counters(status, peer)
        status.values["bus.peers"] = len(self.peers)
        status.values["bus.late_finds"] = self.late_finds
        status.values["bus.timed_out"] = self._deadlines.timed_out
        return status

    # -- peers leave -------------------------------------------------------------------------------------------

    def _tick(self, now: float, late_s: float) -> None:
        self._hurry()
        for part in (self._socket, self._publisher, self._doorkeeper):
            if part is not None:
                part.check()
        for peer in list(self.peers.values()):
            peer.heard_at += late_s
            life = peer.life(now, self.timing)
            if life is Life.LOST:
                self._lose(peer, "silent")
                continue
            if life is Life.SUSPECT and not peer.suspect:
                self._suspect(peer, True)
            if peer.heartbeat_due(now, self.timing):
                self._send_control(peer, heartbeat())
            self._expire_owed(peer, now)

    def _suspect(self, peer: Peer, suspect: bool) -> None:
        peer.suspect = suspect
        self._guard(lambda: self._on_suspect(peer, suspect))

    def _unreachable(self, link: Link) -> None:
        self._lose(cast(Peer, link), "unreachable")

    def _died(self, peer: Peer) -> None:
        self._deaths.forget(peer)
        if not peer.gone:
            self._lose(peer, "died")

    def _lose(self, peer: Peer, reason: str) -> None:
        self._deaths.forget(peer)
        self.peers.pop(peer.identity or b"", None)
        if self._by_name.get(peer.name) is peer:
            del self._by_name[peer.name]
        self._drop(peer)
        self._guard(lambda: self._on_lost(peer, reason))

    def _deliver(self, link: Link, envelope: Envelope) -> None:
        self._on_message(cast(Peer, link), envelope)

    def _guard(self, call: Callable[[], None]) -> None:
        self._on_input()
        try:
            call()
        except BusError:
            pass  # the peer went while we spoke to it: on_lost tells
        except Exception as error:  # noqa: BLE001 - one handler's fault must not stop the bus; it is reported
            self._report(error)
