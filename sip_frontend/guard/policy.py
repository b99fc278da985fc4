"""What the guard allows, as plain values. Times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from sip_frontend.guard.networks import Networks


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits and lists. The defaults of the numbers are those of ``[guard]`` in the settings."""

    allow: Networks = field(default_factory=Networks)
    """Never limited, never banned, never taken for a scanner; wins over *deny*."""
    deny: Networks = field(default_factory=Networks)
    """Dropped without an answer."""
    exempt: Networks = field(default_factory=Networks)
    """Without limits and bans; scanners are dropped there too."""
    scanners: tuple[str, ...] = ()
    """Parts of User-Agent values, in lower case."""
    tricks: tuple[str, ...] = ()
    """What start line, From or To of an attacker hold, in lower case."""
    requests_per_s: float = 50.0
    request_burst: float = 200.0
    messages_per_s: float = 1000.0
    message_burst: float = 4000.0
    early_calls_per_source: int = 100
    early_calls: int = 2000
    ban_after: float = 20.0
    fault_window_s: float = 60.0
    ban_s: float = 300.0
    sources: int = 16_384
    """Most source addresses remembered."""
    refusals_per_s: float = 2000.0
    """Most refusals sent in a second; more is dropped, for an answer costs as much as a datagram."""
