"""Every setting, with its meaning and the reason of its default. One frozen class for each section of the file.

The classes are msgspec structs: checked like a schema, cheap to import in every process (a third of pydantic's memory),
and plain immutable values for whoever gets one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Positive = Annotated[int, Meta(gt=0)]
NotNegative = Annotated[int, Meta(ge=0)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Algorithm = Literal["MD5", "SHA-256"]


class BusSection(Struct, frozen=True, kw_only=True):
    """How processes find and trust each other."""

    frontends: tuple[str, ...] = ("ipc://./var/bus/frontend-1",)
    """What workers, media workers, registrars and tools dial: one endpoint for each frontend."""
    events: tuple[str, ...] = ("ipc://./var/bus/frontend-1.events",)
    """Where watchers subscribe to notices (`worker.on`): one endpoint for each frontend."""
    heartbeat_ms: Positive = 100
    """A side that has sent nothing for so long sends a heartbeat."""
    suspect_ms: Positive = 300
    """A peer silent for so long gets no new work; three heartbeats, so that one late wake-up is no suspicion."""
    lost_ms: Positive = 1000
    """A peer silent for so long is lost and its work goes to others."""
    lease_ms: Positive = 500
    """A call worker that does not take an activation within this time loses it to another one."""
    insecure: bool = False
    """Allow tcp:// without keys. Only for a network that nobody else is on."""
    key_dir: str = "./var/keys"
    """CURVE keys of tcp:// endpoints, made by `switchroom keys`."""


class FrontendSection(Struct, frozen=True, kw_only=True):
    """The SIP side of one frontend."""

    name: str = "frontend-1"
    """Unique among frontends."""
    bus: tuple[str, ...] = ("ipc://./var/bus/frontend-1",)
    """Where this frontend's ROUTER binds."""
    events: tuple[str, ...] = ("ipc://./var/bus/frontend-1.events",)
    """Where this frontend's PUB binds, for watchers."""
    udp: tuple[str, ...] = ("127.0.0.1:5060",)
    """SIP over UDP: address:port, IPv6 in brackets. An empty list turns a transport off."""
    tcp: tuple[str, ...] = ("127.0.0.1:5060",)
    """SIP over TCP."""
    tls: tuple[str, ...] = ("127.0.0.1:5061",)
    """SIP over TLS."""
    ws: tuple[str, ...] = ("127.0.0.1:8088",)
    """SIP over WebSocket (RFC 7118)."""
    wss: tuple[str, ...] = ("127.0.0.1:8443",)
    """SIP over secure WebSocket."""
    tls_dir: str = "./var/tls"
    """Certificate and key of TLS and WSS (server.crt, server.key), and the CA that signed them (ca.crt). Made at the
    first start where they are missing: a CA of its own, good for trying out."""
    advertised: dict[str, str] = field(default_factory=dict)
    """What peers are told instead of a listening address: {"10.0.0.5" = "203.0.113.5"}, behind a 1:1 NAT."""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """What we offer and accept, best first."""
    max_calls: Positive = 10_000
    """More are answered 503 with Retry-After."""
    max_transactions: Positive = 50_000
    """More requests under way are answered 503 with Retry-After."""
    t1_ms: Positive = 500
    """RFC 3261 T1, the estimate of a round trip."""
    t2_ms: Positive = 4000
    """RFC 3261 T2, the longest gap between retransmissions."""
    t4_ms: Positive = 5000
    """RFC 3261 T4, how long a message stays in the network."""
    answer_timeout_s: Positive = 32
    """How long a dialled leg may ring when the script says nothing."""
    media_idle_s: NotNegative = 60
    """A leg without RTP and RTCP for so long, not on hold, is ended; 0 never."""
    music_on_hold: str = "392+494*0.15/440+523*0.15/494+587*0.15/523+659*0.15:600/600/600/1200"
    """What the other leg of a held one hears: tones (the grammar of `switchroom tone`), or "file:NAME" below the
    prompts of the media workers."""


class DomainSection(Struct, frozen=True, kw_only=True):
    """A SIP domain of ours. The first is the default: any of our addresses stands for it."""

    name: str = "pbx.test"
    """Host part of addresses of record, and the digest realm."""
    aliases: tuple[str, ...] = ()
    """Other names of the same domain."""
    algorithms: tuple[Algorithm, ...] = ("MD5",)
    """Digest challenges, best first. MD5 alone by default: a second challenge breaks common phones."""


class TrunkSection(Struct, frozen=True, kw_only=True):
    """A carrier or another exchange, known by address and port, without authentication."""

    name: str
    """What scripts call it."""
    peers: tuple[str, ...]
    """address:port each; calls go to the first, calls come from any."""
    trusted: bool = True
    """Calls from it are not challenged."""


class MediaSection(Struct, frozen=True, kw_only=True):
    """One media worker."""

    name: str = "media-1"
    """Unique among media workers, and stable over a restart."""
    address: str = "127.0.0.1"
    """Where its RTP sockets are."""
    advertised: str = ""
    """What peers are told instead, behind a 1:1 NAT; empty for address."""
    ports: tuple[Port, Port] = (12000, 15000)
    """First and last RTP port."""
    prompts: str = "./examples/exchange/prompts"
    """Files are played from below this folder only."""
    recordings: str = "./var/recordings"
    """Files are recorded below this folder only."""
    threads: NotNegative = 0
    """Packet threads; 0 for one on each core."""
    max_channels: Positive = 1000
    """More are refused."""


class WorkerSection(Struct, frozen=True, kw_only=True):
    """One call worker."""

    name: str = "worker-1"
    """Unique among call workers, and stable over a restart."""
    scripts: tuple[str, ...] = ("examples/exchange/app.py",)
    """Python files with a `worker` in each."""
    capacity: Positive = 256
    """Most unanswered activations; more go to other workers."""
    drain_ms: NotNegative = 500
    """How long a worker that is told to stop finishes what it leads before others take it over."""


class RegistrarSection(Struct, frozen=True, kw_only=True):
    """One registrar."""

    name: str = "registrar-1"
    """Unique among registrars, and stable over a restart."""
    store: str = "sqlite:./var/registrar.sqlite"
    """Where bindings are kept."""
    users: str = "./examples/exchange/users.toml"
    """The user list, with HA1 values and no plain passwords."""
    min_expires_s: Positive = 60
    """Shorter registrations are answered 423."""
    max_expires_s: Positive = 3600
    """Longer ones are cut to this."""
    default_expires_s: Positive = 3600
    """For a REGISTER that names no time."""
    nonce_life_s: Positive = 300
    """An older nonce is challenged again with stale=true."""


class LogSection(Struct, frozen=True, kw_only=True):
    """What is logged, and how."""

    level: Level = "INFO"
    """INFO is the milestones of a call; DEBUG adds every message."""
    format: Literal["auto", "json", "console"] = "auto"
    """auto: console on a terminal, JSON lines otherwise."""


class ConsoleSection(Struct, frozen=True, kw_only=True):
    """The operator's page."""

    http: str = "127.0.0.1:8080"
    """Where it listens."""


class Config(Struct, frozen=True, kw_only=True):
    """All sections. A process takes its own and the few it shares."""

    bus: BusSection = field(default_factory=BusSection)
    frontend: FrontendSection = field(default_factory=FrontendSection)
    domain: tuple[DomainSection, ...] = (DomainSection(),)
    trunk: tuple[TrunkSection, ...] = ()
    media: MediaSection = field(default_factory=MediaSection)
    worker: WorkerSection = field(default_factory=WorkerSection)
    registrar: RegistrarSection = field(default_factory=RegistrarSection)
    log: LogSection = field(default_factory=LogSection)
    console: ConsoleSection = field(default_factory=ConsoleSection)
