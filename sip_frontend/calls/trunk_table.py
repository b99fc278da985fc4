"""The trunks as they stand: which peers are up, what is registered, how many calls; and whose an incoming call is."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import final

from sip_frontend.calls.settings import Trunk, renumbered
from sip_frontend.location import is_address
from sip_frontend.message import Request, Uri
from sip_frontend.message.hosts import format_host
from sip_frontend.transaction import Flow

_TOKEN_CHARS = 20


@final
class TrunkPeer:
    """One place of a trunk: what is in the file, and whether it answers."""

    __slots__ = ("addresses", "host", "misses", "port", "up")

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.up = True
        self.misses = 0
        self.addresses: set[tuple[str, int]] = set()
        """Where it calls from: itself if it is an address, else what its name was found to be."""

    @property
    def host_port(self) -> str:
        """As it stands in a URI."""
        host = format_host(self.host)
        return f"{host}:{self.port}" if self.port else host


@final
class TrunkState:
    """One trunk."""

    __slots__ = ("calls", "config", "peers", "registered", "service_route", "token")

    def __init__(self, config: Trunk) -> None:
        self.config = config
        self.peers = [TrunkPeer(*peer) for peer in config.peers or config.servers]
        self.calls = 0
        """In and out."""
        self.registered = False
        self.service_route: tuple[str, ...] = ()
        """What the registrar wants our requests to pass (RFC 3608)."""
        # Known to who has seen our registration alone, and the same after a restart, so that it is replaced there.
        secret = f"{config.name}\0{config.user}\0{config.domain}\0{config.password}".encode()
        self.token = f"t{sha256(secret).hexdigest()[:_TOKEN_CHARS]}" if config.register else ""

    @property
    def full(self) -> bool:
        """No call more."""
        return 0 < self.config.max_calls <= self.calls

    @property
    def domain(self) -> str:
        """Host part of the names we use there; "" where our own are used."""
        config = self.config
        if config.domain or not config.register:
            return config.domain
        return (config.servers or config.peers)[0][0]

    def ways(self, number: str) -> tuple[tuple[str, str], ...]:
        """Where a call to *number* may go, and its Request-URI there: peers that are up, in the order of the file."""
        user = renumbered(self.config.out_called, number)
        where = [self.uri_of(peer, user) for peer in self.peers if peer.up]
        if not self.config.domain:
            return tuple((uri, uri) for uri in where)
        uri = str(Uri("sip", user, host=self.config.domain))
        return tuple((one, uri) for one in where)

    def uri_of(self, peer: TrunkPeer, user: str = "") -> str:
        """The URI of *user* at *peer*."""
        config = self.config
        params = {"transport": config.transport} if config.transport else {}
        return str(Uri("sip", user, host=peer.host, port=peer.port or None, params=params))

    def begin(self) -> None:
        """A call more."""
        self.calls += 1

    def end(self) -> None:
        """A call less."""
        self.calls -= 1


@final
class TrunkTable:
    """All trunks, by name, by address and by what we registered."""

    __slots__ = ("_by_host", "_by_peer", "_by_token", "states")

    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self.states = {trunk.name: TrunkState(trunk) for trunk in trunks}
        self._by_token = {state.token: state for state in self.states.values() if state.token}
        self._by_peer: dict[tuple[str, int], TrunkState] = {}
        self._by_host: dict[tuple[str, str], TrunkState] = {}
        for state in self.states.values():
            for peer in state.peers:
                if is_address(peer.host):
                    peer.addresses = {(peer.host, peer.port or (5061 if state.config.transport == "tls" else 5060))}
        self._index()

    def named(self, name: str) -> TrunkState | None:
        """The trunk called *name*; "" is the first one."""
        if not name:
            return next(iter(self.states.values()), None)
        return self.states.get(name)

    def learn(self, peer: TrunkPeer, addresses: set[tuple[str, int]]) -> None:
        """The name of *peer* was looked up."""
        if addresses and addresses != peer.addresses:
            peer.addresses = addresses
            self._index()

    def whose(self, request: Request, flow: Flow) -> TrunkState | None:
        """The trunk that a new call comes from: the one it was registered for, else the one at its source.

        Over UDP, and over connections of ours, a peer is an address and a port; one that connects to us has any port,
        so it is known by its address where the trunk is said to use that transport.
        """
        if self._by_token:
            state = self._by_token.get(user_of(request.uri))
            if state is not None:
                return state
        state = self._by_peer.get(flow.remote)
        if state is None and flow.reliable:
            state = self._by_host.get((flow.transport, flow.remote[0]))
        return state

    def _index(self) -> None:
        self._by_peer.clear()
        self._by_host.clear()
        for state in self.states.values():
            for peer in state.peers:
                for address in peer.addresses:
                    self._by_peer.setdefault(address, state)
                    self._by_host.setdefault((state.config.transport.upper(), address[0]), state)


def user_of(uri: str) -> str:
    """The user part of a SIP URI as it is written, "" if there is none."""
    return uri.partition("@")[0].partition(":")[2] if "@" in uri else ""
