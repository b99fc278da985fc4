"""A guard with small limits, and messages as bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sip_frontend.guard import Guard, Networks, Overload, Policy

STRANGER = "203.0.113.9"


def policy(**changed: Any) -> Policy:
    """Five requests at once and one a second; three faults ban for a minute."""
    small: dict[str, Any] = {
        "requests_per_s": 1.0,
        "request_burst": 5.0,
        "messages_per_s": 10.0,
        "message_burst": 20.0,
        "early_calls_per_source": 3,
        "early_calls": 10,
        "ban_after": 3.0,
        "fault_window_s": 30.0,
        "ban_s": 60.0,
        "scanners": ("friendly-scanner", "SIPcli"),
        "tricks": ("sipvicious", "100@1.1.1.1"),
        "exempt": Networks(("127.0.0.0/8", "::1")),
    }
    return Policy(**{**small, **changed})


def guard(
    early_of: Callable[[str], int] = lambda host: 0, early_calls: Callable[[], int] = lambda: 0, **changed: Any
) -> Guard:
    return Guard(policy(**changed), Overload(0.2), early_of=early_of, early_calls=early_calls)


def message(
    method: str = "INVITE", *, to_tag: str = "", agent: str = "Phone/1.0", sender: str = "sip:a@b", to: str = "sip:6@p"
) -> bytes:
    """A request that nobody has parsed yet."""
    tag = f";tag={to_tag}" if to_tag else ""
    return (
        f"{method} {to} SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
        f"From: <{sender}>;tag=f\r\nTo: <{to}>{tag}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n"
        f"User-Agent: {agent}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


RESPONSE = message().replace(b"INVITE sip:6@p SIP/2.0", b"SIP/2.0 200 OK", 1)
