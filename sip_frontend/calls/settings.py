"""What the call core must be told: names, trunks, limits and lengths, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY, SUBSCRIBE, PRACK"
SUPPORTED = "100rel, timer, path, replaces"
ACCEPT = "application/sdp, application/dtmf-relay, application/dtmf, message/sipfrag"


Rule = tuple[str, str]
"""A prefix, and what takes its place."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """A peer that is no user of ours. The fields are those of ``[[trunk]]``, where they are explained."""

    name: str
    peers: tuple[tuple[str, int], ...] = ()
    """Host or address, and port; 0 where none is said."""
    transport: str = ""
    trusted: bool = True
    user: str = ""
    password: str = field(default="", repr=False)
    domain: str = ""
    register: bool = False
    servers: tuple[tuple[str, int], ...] = ()
    expires_s: int = 3600
    ping_s: int = 0
    ping_misses: int = 3
    max_calls: int = 0
    in_called: tuple[Rule, ...] = ()
    in_caller: tuple[Rule, ...] = ()
    out_called: tuple[Rule, ...] = ()
    out_caller: tuple[Rule, ...] = ()
    accept_identity: bool = True
    send_identity: str = "pai"
    rtp_dscp: int | None = None
    rtp_sources: tuple[str, ...] | None = None
    from_account: bool = False


def renumbered(rules: tuple[Rule, ...], number: str) -> str:
    """*number* after the first rule whose prefix it has."""
    for prefix, replacement in rules:
        if number.startswith(prefix):
            return replacement + number[len(prefix) :]
    return number


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the call core. Times in seconds."""

    name: str = "frontend-1"
    realm: str = "pbx.test"
    """Realm and domain of users dialled without one."""
    domains: frozenset[str] = frozenset()
    """Other names and addresses that are ours, taken for *realm*."""
    trunks: tuple[Trunk, ...] = ()
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    server: str = "switchroom"
    max_calls: int = 10_000
    answer_timeout_s: float = 32.0
    """An inbound call that nobody answers gets 408 (CM-041); 64 * T1."""
    longest_timeout_s: float = 1800.0
    auth_timeout_s: float = 5.0
    auth_rounds: int = 3
    """Challenges to one call before 403."""
    next_target_s: float = 4.0
    """A place that says nothing for so long is given up for the next one, where there is one: 8 * T1, four INVITEs."""
    udp_limit: int = 1300
    """Longer requests go by TCP where the peer takes it (RFC 3261 section 18.1.1); 0 for none."""
    media_idle_s: int = 60
    rtp_dscp: int = 0
    """How media is marked (RFC 2474)."""
    rtp_sources: tuple[str, ...] = ()
    """Networks that media may come from besides what a peer has named; none: any."""
    retry_after_s: int = 5
    t1_s: float = 0.5
    t2_s: float = 4.0
    music_on_hold: str = "392+494*0.15/440+523*0.15/494+587*0.15/523+659*0.15:600/600/600/1200"
    """What the other leg of a held one hears: tones, or ``file:NAME`` below the prompt root."""
    ring_tone: str = "uk.ringing"
    busy_tone: str = "uk.busy"
    unobtainable_tone: str = "uk.unobtainable"

    def is_ours(self, host: str) -> bool:
        """Whether *host* names this exchange."""
        return host == self.realm or host in self.domains
