"""One frontend put together: transports below, bus above, the two cores and their driver between."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Protocol

from sip_frontend.bus.leases import Leases
from sip_frontend.bus.media_client import MediaClient
from sip_frontend.bus.registrar_client import RegistrarClient
from sip_frontend.calls import ending, media_channels
from sip_frontend.calls.exchange import Exchange
from sip_frontend.configured import listeners_of, settings_of, tls_of
from sip_frontend.driver import Driver
from sip_frontend.guarding import Guarding
from sip_frontend.location import Able
from sip_frontend.location.resolver import Resolver
from sip_frontend.message import SipParseError
from sip_frontend.transaction import Flow, Timers, TransactionLayer
from sip_frontend.transport import Transports
from sip_frontend.transport.tls import ServerTls, client_context
from sip_frontend.trunks.service import Trunks
from sip_frontend.watching import Watching
from switchroom.bus import Listener, Peer, Timing, load_server_keys
from switchroom.clock import SystemClock
from switchroom.config import Config
from switchroom.errors import TransportError
from switchroom.logs import get_logger
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.version import version

UNREGISTER_S = 1.0
"""How long a stop waits for carriers to say that our registration is gone."""
HOUSEKEEPING_S = 1.0
"""How often runs without a leader are offered again and surplus ports are handed back."""


class Client(Protocol):
    """What the three clients of the bus have in common."""

    def joined(self, peer: Peer) -> None: ...
    def lost(self, peer: Peer) -> None: ...
    def message(self, peer: Peer, envelope: wire.Envelope) -> None: ...


class Server:
    """A frontend: ``start``, ``status``, ``stop``."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: Config) -> None:
        self._loop = loop
        self._config = config
        self.log = get_logger("sip")
        section = config.frontend
        t1_s = section.t1_ms / 1000
        transactions = TransactionLayer(
            Timers(t1_s=t1_s, t2_s=section.t2_ms / 1000, t4_s=section.t4_ms / 1000, d_s=64 * t1_s),
            max_transactions=section.max_transactions,
        )
        self._transactions = transactions
        self._tls: ServerTls | None = None
        self._watching = Watching(section)
        self._guarding = Guarding(loop, config.guard, transactions, get_logger("guard"))
        self.transports = Transports(
            loop,
            on_message=self._message,
            on_failed=self._flow_failed,
            on_malformed=self._malformed,
            client_context=lambda: client_context(
                Path(section.tls_peer_ca) if section.tls_peer_ca else None, verify=section.tls_verify_peers
            ),
            gate=self._guarding,
            tap=self._watching.watch,
        )
        below = self.transports
        self.exchange = Exchange(settings_of(config), transactions, below.sent_by, below.connect, below.is_open)
        self.driver = driver = Driver(loop, SystemClock(), transactions, self.exchange, self.log)
        self._watching.attach(self.exchange, transactions)
        driver.on_call_ended = self._watching.call_ended
        self.bus = self._make_bus()
        self._leases = Leases(self.exchange, self.bus, config.bus.lease_ms / 1000)
        self._media = MediaClient(self.exchange, self.bus, self._watching.watch.ring)
        self._registrars = RegistrarClient(self.exchange, self.bus, self._guarding.judged)
        self._trunks = Trunks(self.exchange)
        self._resolver = Resolver(loop, self._able, section.nameservers)
        driver.attach(self._leases, self._media, self._registrars, self.transports, self.bus, self._resolver)
        # What to do with a peer, by its role: who takes it, and who takes its messages.
        self._clients: dict[int, Client] = {
            common.ROLE_CALL_WORKER: self._leases,
            common.ROLE_MEDIA_WORKER: self._media,
            common.ROLE_REGISTRAR: self._registrars,
        }

    def _make_bus(self) -> Listener:
        section, bus = self._config.frontend, self._config.bus
        for endpoint in (*section.bus, *section.events):
            if endpoint.startswith("ipc://"):
                Path(endpoint.removeprefix("ipc://")).parent.mkdir(parents=True, exist_ok=True)
        needs_keys = any(endpoint.startswith("tcp://") for endpoint in section.bus) and not bus.insecure
        return Listener(
            self._loop,
            bind=section.bus,
            publish=section.events,
            name=section.name,
            version=version(),
            timing=Timing(bus.heartbeat_ms / 1000, bus.suspect_ms / 1000, bus.lost_ms / 1000, bus.lease_ms / 1000),
            keys=load_server_keys(Path(bus.key_dir)) if needs_keys else None,
            insecure=bus.insecure,
            on_joined=self._joined,
            on_message=self._told,
            on_suspect=self._suspect,
            on_lost=self._lost,
            status=self.status,
            on_input=self.driver.touch,
        )

    # -- life --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bind everything. Raises OSError when an address is taken."""
        self.bus.start()
        await self._watching.start(lambda: self.bus.own_status().values)
        self._guarding.start(self.transports, self._trusted)
        self._tls = tls_of(self._config)
        self._guarding.on_reload = self._reload_tls
        self.transports.start(listeners_of(self._config, self._tls))
        self.driver.touch()
        self._trunks.start()
        self._housekeep(0.0)

    def _reload_tls(self) -> None:
        """SIGHUP: certificates are read anew; connections keep the one they began with."""
        if self._tls is None:
            return
        try:
            self._tls.reload()
        except TransportError as error:
            self.log.error("tls.unreadable", error=str(error))
        else:
            self.log.info("tls.reloaded")

    def _housekeep(self, now: float) -> None:
        self._leases.retry()
        media_channels.return_surplus(self.exchange)
        self.exchange.timer(HOUSEKEEPING_S, self._housekeep)

    async def stop(self) -> None:
        """End every call, let go of every address."""
        self.driver.touch()
        ending.end_all(self.exchange)
        self.driver.pump()
        await self._unregister()
        self._guarding.stop()
        await self._watching.stop()
        await self._resolver.close()
        await self.transports.stop()
        await self.bus.close()

    async def _unregister(self) -> None:
        gone = asyncio.Event()
        self.driver.touch()
        self._trunks.stop(gone.set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gone.wait(), UNREGISTER_S)

    def _trusted(self) -> frozenset[str]:
        """The addresses of trusted trunks, as far as they are known by now."""
        trusted = [state for state in self.exchange.trunks.states.values() if state.config.trusted]
        return frozenset(host for state in trusted for peer in state.peers for host, _ in peer.addresses)

    def _able(self) -> Able:
        """What can be sent on: whatever we listen on."""
        return Able(frozenset((transport, ":" in local[0]) for transport, local in self.transports.listening()))

    def status(self) -> wire.Status:
        """What ``switchroom status`` shows of this frontend."""
        status = wire.Status(name=self._config.frontend.name, version=version())
        exchange, values = self.exchange, status.values
        values["calls"] = len(exchange.calls)
        values["calls.established"] = sum(1 for call in exchange.calls.values() if call.established)
        values["dialogs"] = len(exchange.dialogs)
        values["runs"] = len(exchange.runs)
        values["runs.stale_decisions"] = self._leases.stale_decisions
        values["channels"] = sum(len(worker.channels) for worker in exchange.media.workers.values())
        values["subscriptions"] = len(exchange.subscriptions)
        values["bindings"] = len(exchange.locations)
        values["timers"] = len(exchange.timers)
        for name, count in self._transactions.counts().items():
            values[f"transactions.{name}"] = count
        for name, count in self.transports.counts().items():
            values["drops.udp" if name == "udp_kernel_drops" else f"transport.{name}"] = count
        for name, count in self._guarding.guard.drops.counts().items():
            values[f"guard.{name}"] = count
        for name, number in self._watching.values().items():
            values[name] = number
        values["guard.banned_now"] = self._guarding.guard.bans
        values["guard.shedding"] = self._guarding.guard.shedding
        for name, count in exchange.counters.items():
            values[name] = count
        for name, value in self._trunks.status().items():
            values[name] = value
        return status

    # -- SIP in ------------------------------------------------------------------------------------------------

    def _message(self, *received: object) -> None:
        self.driver.message_received(*received)  # type: ignore[arg-type]

    def _flow_failed(self, flow: Flow) -> None:
        self.driver.flow_failed(flow)
        self._trunks.flow_failed(flow)

    def _malformed(self, error: SipParseError, flow: Flow) -> None:
        self.driver.malformed_received(error, flow)

    # -- bus in ------------------------------------------------------------------------------------------------

    def _joined(self, peer: Peer) -> None:
        self.driver.touch()
        client = self._clients.get(peer.role)
        if client is not None:
            client.joined(peer)
            self.log.info("peer.joined", peer=peer.name, role=common.Role.Name(peer.role), version=peer.hello.version)

    def _lost(self, peer: Peer, reason: str) -> None:
        self.driver.touch()
        client = self._clients.get(peer.role)
        if client is not None:
            client.lost(peer)
            self.log.info("peer.left", peer=peer.name, role=common.Role.Name(peer.role), reason=reason)

    def _suspect(self, peer: Peer, is_suspect: bool) -> None:
        if peer.role == common.ROLE_MEDIA_WORKER:
            self.driver.touch()
            self._media.suspect(peer, is_suspect)

    def _told(self, peer: Peer, envelope: wire.Envelope) -> None:
        self.driver.touch()
        client = self._clients.get(peer.role)
        if client is not None and envelope.kind == wire.KIND_EVENT:
            client.message(peer, envelope)
        elif envelope.kind == wire.KIND_REQUEST:
            self._asked(peer, envelope)

    def _asked(self, peer: Peer, envelope: wire.Envelope) -> None:
        """Requests of peers, but for status, which the bus answers."""
        if envelope.WhichOneof("body") == "trace_request":
            self.bus.respond(peer, envelope, self._watching.trace(envelope.trace_request))
            return
        reply = wire.Envelope()
        reply.refusal.code = wire.ERROR_CODE_NOT_SUPPORTED
        reply.refusal.text = f"{envelope.WhichOneof('body')} is not served"
        self.bus.respond(peer, envelope, reply)
