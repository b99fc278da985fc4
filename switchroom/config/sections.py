"""Every setting, with its meaning and the reason of its default. One frozen class for each section of the file.

The classes are msgspec structs: checked like a schema, cheap to import in every process (a third of pydantic's memory),
and plain immutable values for whoever gets one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from switchroom.lean.of_msgspec import msgspec

Positive = Annotated[int, msgspec.Meta(gt=0)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Dscp = Annotated[int, msgspec.Meta(ge=0, le=63)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
# A media worker binds its RTP ports in blocks of so many pairs, and passes over a block of which one is taken.
RTP_BLOCK_PAIRS = 64

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Algorithm = Literal["MD5", "SHA-256"]


class BusSection(msgspec.Struct, frozen=True, kw_only=True):
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


class FrontendSection(msgspec.Struct, frozen=True, kw_only=True):
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
    first start where they are missing: a CA of its own, good for trying out. Who asks for a domain of ours gets
    NAME.crt and NAME.key where there are such. Read anew on SIGHUP; connections go on."""
    tls_client_ca: str = ""
    """PEM file of the authorities that sign the certificates of our clients; with it nobody gets in without one."""
    advertised: dict[str, str] = msgspec.field(default_factory=dict)
    """What peers are told instead of a listening address: {"10.0.0.5" = "203.0.113.5"}, behind a 1:1 NAT."""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """What we offer and accept, best first. PCMU, PCMA, G722, OPUS, L16 and "L16/16000" are translated into each other.
    G729, GSM, ILBC and any other, named as in a=rtpmap ("AMR/8000", "AMR/8000 octet-align=1"), pass between two legs
    that both speak them. With "CN" a silence may be described instead of sent (RFC 3389)."""
    max_calls: Positive = 10_000
    """More are answered 503 with Retry-After."""
    max_transactions: Positive = 50_000
    """Requests under way or answered less than 32 s ago; of more, the oldest answers are forgotten, then it is 503."""
    t1_ms: Positive = 500
    """RFC 3261 T1, the estimate of a round trip."""
    t2_ms: Positive = 4000
    """RFC 3261 T2, the longest gap between retransmissions."""
    t4_ms: Positive = 5000
    """RFC 3261 T4, how long a message stays in the network."""
    answer_timeout_s: Positive = 32
    """How long a dialled leg may ring when the script says nothing."""
    next_target_ms: Positive = 4000
    """A place that answers nothing for so long is given up for the next one that DNS or the trunk names: 8 * T1."""
    udp_limit: NotNegative = 1300
    """Longer requests go by TCP where the peer takes it (RFC 3261 section 18.1.1); 0 for none."""
    nameservers: tuple[str, ...] = ()
    """address or address:port each; empty for those of the system."""
    tls_peer_ca: str = ""
    """PEM file of the authorities that sign the certificates of TLS peers we call; empty for those of the system."""
    tls_verify_peers: bool = True
    """Refuse a TLS peer whose certificate is not for its domain. Off only in a closed network."""
    media_idle_s: NotNegative = 60
    """A leg without RTP and RTCP for so long, not on hold, is ended; 0 never."""
    rtp_dscp: Dscp = 46
    """How RTP and RTCP are marked for the network: 46 is Expedited Forwarding (RFC 3246), 0 nothing special."""
    rtp_sources: tuple[str, ...] = ()
    """Addresses and networks from which RTP is taken besides the address a peer has named; empty for any, as phones
    behind a NAT need it. A list shuts out strangers who guess a port."""
    metrics: str = ""
    """Where Prometheus may ask (/metrics), "127.0.0.1:9100"; empty for nowhere."""
    hep: str = ""
    """host:port of a Homer that gets every message, as HEP v3 over UDP; empty for none."""
    hep_id: NotNegative = 1
    """Our capture id there."""
    trace_messages: NotNegative = 8000
    """Most messages kept for `switchroom trace`: SIP, and what is said to media workers and by them; 0 for none."""
    trace_bytes: NotNegative = 4_194_304
    """Most bytes of them."""
    music_on_hold: str = "392+494*0.15/440+523*0.15/494+587*0.15/523+659*0.15:600/600/600/1200"
    """What the other leg of a held one hears: tones (the grammar of `switchroom tone`), or "file:NAME" below the
    prompts of the media workers."""


class GuardSection(msgspec.Struct, frozen=True, kw_only=True):
    """What strangers may do before a frontend turns them away. Addresses of trusted trunks are never limited."""

    allow: tuple[str, ...] = ()
    """Addresses and networks that are never limited or banned; wins over deny, which may then be
    ["0.0.0.0/0"]."""
    deny: tuple[str, ...] = ()
    """Addresses and networks that are dropped without an answer."""
    allow_file: str = ""
    """More of allow, one a line, # for comments; read anew when it changes, and on SIGHUP."""
    deny_file: str = ""
    """More of deny, in the same way."""
    exempt: tuple[str, ...] = ("127.0.0.0/8", "::1")
    """No limits and no bans here, while scanners are dropped: behind a proxy, and on one machine in a trial, everybody
    has the same address."""
    scanners: tuple[str, ...] = (
        *("sip-cli", "sipcli", "friendly-scanner", "sipvicious", "sip-scan", "sundayddr", "sipscan", "smap"),
        *("iwar", "vaxsipuseragent", "pplsip", "sipv", "friendly-request", "sip-vicious"),
    )
    """A User-Agent that holds one of these, in any case of letters, gets no answer. sipsak is a tool, not a scanner."""
    tricks: tuple[str, ...] = ("sipvicious", "100@1.1.1.1", "'or'", "' or ", "'='")
    """The same for what stands in start line, From or To."""
    requests_per_s: Positive = 50
    """New requests that one source may send for long; more get 503. An IPv6 source is a /64."""
    request_burst: Positive = 200
    """The same at once, after a pause: an office that gets its power back."""
    messages_per_s: Positive = 1000
    """Messages of any kind of one source, those of established calls included; more are dropped."""
    message_burst: Positive = 4000
    """The same at once."""
    early_calls_per_source: Positive = 100
    """Calls of one source that are not answered yet; more get 503."""
    early_calls: Positive = 2000
    """The same of all; at some 20 KiB each, and as many scripts at work."""
    ban_after: Positive = 20
    """Faults within fault_window_s that ban a source: a malformed message is 1, a failed authentication 2, a scanner's
    message 5."""
    fault_window_s: Positive = 60
    """How long a fault counts."""
    ban_s: NotNegative = 300
    """How long a ban lasts; 0 for none. Short, since a UDP source can be forged."""
    sources: Positive = 16_384
    """Most source addresses remembered, some 400 bytes each."""
    refusals_per_s: Positive = 2000
    """Most 503 of the guard a second; what goes beyond gets no answer."""
    retry_after_s: Positive = 5
    """What a 503 asks for at least; up to twice as much, so that not all come back at once."""
    overload_ms: Positive = 200
    """Work that waits longer than this makes new requests wait outside (503), while established calls go on."""
    overload_floor: Positive = 100
    """New requests a second that are taken however late work is."""


class DomainSection(msgspec.Struct, frozen=True, kw_only=True):
    """A SIP domain of ours. The first is the default: any of our addresses stands for it."""

    name: str = "pbx.test"
    """Host part of addresses of record, and the digest realm."""
    aliases: tuple[str, ...] = ()
    """Other names of the same domain."""
    algorithms: tuple[Algorithm, ...] = ("MD5",)
    """Digest challenges, best first. MD5 alone by default: a second challenge breaks common phones."""


class TrunkSection(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier or another exchange: known by where it is, by a registration of ours, or both."""

    name: str
    """What scripts call it."""
    peers: tuple[str, ...] = ()
    """address:port, host:port or host each, a host being looked up as RFC 3263 says. Calls go to the first that is up,
    calls come from any. Needed unless it registers: then they are the servers."""
    transport: Literal["", "udp", "tcp", "tls"] = ""
    """How to reach it; empty for what DNS says, and UDP for addresses."""
    trusted: bool = True
    """Calls from it are not challenged."""
    user: str = ""
    """Our account there: registered with, and for the challenges of any request."""
    password: str = ""
    """Its password. Better as SWITCHROOM_TRUNK__0__PASSWORD than in the file."""
    domain: str = ""
    """Host part of From, To and Request-URI; empty for the server itself when it registers, else for none."""
    register: bool = False
    """Keep `user` registered there. Calls to the registered contact come from it, whatever address they have."""
    servers: tuple[str, ...] = ()
    """Where to register, tried in order; empty for peers."""
    expires_s: Positive = 3600
    """How long a registration is asked for; it is refreshed when 80 to 90 % of what was granted are over."""
    ping_s: NotNegative = 0
    """Ask each peer so often with OPTIONS whether it is there; 0 never."""
    ping_misses: Positive = 3
    """A peer that misses so many in a row is down: calls go to the next one, or are refused with 503 at once."""
    max_calls: NotNegative = 0
    """More calls, in and out together, are refused with 503; 0 for as many as there are."""
    in_called: tuple[str, ...] = ()
    """Rules for the numbers it calls, "prefix=replacement" each: the first that fits is used. "+4930=" strips one,
    "=0" puts one before every number."""
    in_caller: tuple[str, ...] = ()
    """Rules for the numbers that call by it."""
    out_called: tuple[str, ...] = ()
    """Rules for the numbers called by it."""
    out_caller: tuple[str, ...] = ()
    """Rules for the numbers that call it from here."""
    accept_identity: bool = True
    """A trusted peer's P-Asserted-Identity and Remote-Party-ID say who calls."""
    send_identity: Literal["", "pai", "rpid"] = "pai"
    """How a trusted peer is told who calls, even one who wants to be anonymous; empty for not at all."""
    rtp_dscp: Dscp | None = None
    """In the place of frontend.rtp_dscp, for its calls."""
    rtp_sources: tuple[str, ...] | None = None
    """In the place of frontend.rtp_sources, for its calls: the media networks of the carrier."""
    from_account: bool = False
    """From names `user`, as some carriers demand; who calls is in the identity header alone."""


class MediaSection(msgspec.Struct, frozen=True, kw_only=True):
    """One media worker."""

    name: str = "media-1"
    """Unique among media workers, and stable over a restart."""
    address: str = "127.0.0.1"
    """Where its RTP sockets are."""
    advertised: str = ""
    """What peers are told instead, behind a 1:1 NAT; empty for address."""
    address6: str = ""
    """An IPv6 address beside the IPv4 address above: each phone is reached by the one that it offers, and both meet."""
    advertised6: str = ""
    """What peers are told instead of address6."""
    ports: tuple[Port, Port] = (12000, 15000)
    """First and last RTP port. A block of 64 pairs in which somebody holds a port is left out."""
    prompts: str = "./examples/exchange/prompts"
    """Files are played from below this folder only."""
    sounds_mb: Positive = 128
    """Decoded prompts are kept in memory up to this, in MiB, and none is played that alone would take more: an hour at
    8 and 16 kHz, 23 minutes at 48 kHz."""
    recordings: str = "./var/recordings"
    """Files are recorded below this folder only."""
    on_fetch: str = ""
    """Where prompts come from that are not below `prompts`: a folder, "https://host/path" or "s3://bucket/path"; empty
    for nowhere."""
    fetched: str = "./var/prompts"
    """What was fetched is kept here."""
    fetched_mb: Positive = 1024
    """No more of it than this, in MiB: what was played longest ago goes, to be fetched again when it is asked for.
    What was asked for in the last minute stays all the same."""
    fetch_fresh_s: Positive = 300
    """A fetched prompt older than this is compared with the original when it is played."""
    on_finished: str = ""
    """Where finished recordings are handed over to, as for on_fetch; empty for nowhere."""
    keep_recordings: bool = True
    """What was handed over stays here too."""
    store_endpoint: str = ""
    """The address of an S3-compatible server; empty for that of AWS."""
    store_region: str = "us-east-1"
    """Its region."""
    store_key_id: str = ""
    """The key to it; empty for what the environment or the machine has (AWS_ACCESS_KEY_ID and so on)."""
    store_secret: str = ""
    """Its secret. Better as SWITCHROOM_MEDIA__STORE_SECRET than in the file."""
    store_token: str = ""
    """The bearer token of an HTTP server; empty for none."""
    threads: NotNegative = 0
    """Packet threads; 0 for one on each core."""
    max_channels: Positive = 1000
    """More are refused."""
    weight: Positive = 1
    """How gladly it is chosen. Of those that are not busy the one of the greatest weight is filled first; when all are
    busy, one of weight 2 gets twice the load of one of weight 1."""
    drain_s: NotNegative = 30
    """How long a worker that is told to stop waits for the end of its calls before others take them over. Who stops it
    must have a few seconds more patience: `stopwaitsecs` of supervisord, `TimeoutStopSec` of systemd."""


class WorkerSection(msgspec.Struct, frozen=True, kw_only=True):
    """One call worker."""

    name: str = ""
    """Unique among call workers; empty for one made of host name and process number, which no other has."""
    scripts: tuple[str, ...] = ("examples/exchange/app.py",)
    """Python files with a `worker` in each."""
    capacity: Positive = 256
    """Most unanswered activations; more go to other workers."""
    drain_ms: NotNegative = 500
    """How long a worker that is told to stop finishes what it leads before others take it over."""


class RegistrarSection(msgspec.Struct, frozen=True, kw_only=True):
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


class LogSection(msgspec.Struct, frozen=True, kw_only=True):
    """What is logged, and how."""

    level: Level = "INFO"
    """INFO is the milestones of a call; DEBUG adds what its developer asks for. Messages: `switchroom trace`, hep."""
    format: Literal["auto", "json", "console"] = "auto"
    """auto: console on a terminal, JSON lines otherwise."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """All sections. A process takes its own and the few it shares."""

    bus: BusSection = msgspec.field(default_factory=BusSection)
    frontend: FrontendSection = msgspec.field(default_factory=FrontendSection)
    guard: GuardSection = msgspec.field(default_factory=GuardSection)
    domain: tuple[DomainSection, ...] = (DomainSection(),)
    trunk: tuple[TrunkSection, ...] = ()
    media: MediaSection = msgspec.field(default_factory=MediaSection)
    worker: WorkerSection = msgspec.field(default_factory=WorkerSection)
    registrar: RegistrarSection = msgspec.field(default_factory=RegistrarSection)
    log: LogSection = msgspec.field(default_factory=LogSection)
