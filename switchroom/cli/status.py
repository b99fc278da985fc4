"""`switchroom status`: one line for each process, or all of it as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from switchroom.cli.asking import STATUS_S, ask_all, status_request
from switchroom.config import Config
from switchroom.errors import BusError
from switchroom.lean.of_msgspec import msgspec
from switchroom.v1.common_pb2 import Role
from switchroom.v1.envelope_pb2 import Envelope, Status

_COLUMNS = (
    "process",
    "role",
    "pid",
    "uptime",
    "version",
    "calls",
    "channels",
    "bindings",
    "pending",
    "queued",
    "drops",
)
_ROLES = {0: "frontend", 1: "call worker", 2: "media worker", 3: "registrar", 4: "tool"}


def show_status(config: Config, as_json: bool) -> int:
    """Print it; 1 when a frontend does not answer."""
    answers = asyncio.run(ask_all(config, status_request(), STATUS_S))
    missing = {endpoint: error for endpoint, error in answers.items() if isinstance(error, BusError)}
    found = {endpoint: reply.status for endpoint, reply in answers.items() if isinstance(reply, Envelope)}
    if as_json:
        everything = {endpoint: as_dict(status) for endpoint, status in found.items()}
        everything |= {endpoint: {"error": str(error)} for endpoint, error in missing.items()}
        print(msgspec.json.format(msgspec.json.encode(everything), indent=1).decode())
    else:
        if found:
            print(table(list(found.values())))
        for error in missing.values():
            print(f"no answer from {error}")
    return 1 if missing else 0


def as_dict(status: Status) -> dict[str, Any]:
    """All a process says of itself."""
    return {
        "name": status.name,
        "role": _ROLES.get(status.role, Role.Name(status.role)),
        "version": status.version,
        "pid": status.pid,
        "uptime_s": round(status.uptime_s, 3),
        "values": dict(sorted(status.values.items())),
        "peers": [as_dict(peer) for peer in status.peers],
    }


def table(frontends: list[Status]) -> str:
    """Columns as wide as what is in them. A process that joined several frontends is shown once."""
    rows = [_COLUMNS, *unique(frontends)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def unique(frontends: list[Status]) -> Iterator[tuple[str, ...]]:
    seen: set[str] = set()
    for frontend in frontends:
        for status in (frontend, *sorted(frontend.peers, key=lambda peer: (peer.role, peer.name))):
            if status.name not in seen:
                seen.add(status.name)
                yield _row(status, frontend)


def _row(status: Status, frontend: Status) -> tuple[str, ...]:
    silent = "silent" in status.values
    own = status is frontend
    queued = _total(frontend, "queue.") if own else frontend.values.get(f"queue.{status.name}", 0.0)
    return (
        status.name,
        _ROLES.get(status.role, "?") + (" (drains)" if status.values.get("draining") else ""),
        str(status.pid) if status.pid else "-",
        "no answer" if silent else _duration(status.uptime_s),
        status.version or "-",
        _number(status, "calls", "runs"),
        _number(status, "channels"),
        _number(status, "bindings"),
        _number(status, "handover.pending"),
        f"{queued:.0f}",
        f"{_total(status, 'drops.') + status.values.get('bus.drops', 0.0):.0f}",
    )


def _number(status: Status, *names: str) -> str:
    return next((f"{status.values[name]:.0f}" for name in names if name in status.values), "-")


def _total(status: Status, prefix: str) -> float:
    return sum(value for name, value in status.values.items() if name.startswith(prefix))


def _duration(seconds: float) -> str:
    """The two largest units: 3 d 4 h, 5 min 6 s."""
    units = [("d", 86400), ("h", 3600), ("min", 60), ("s", 1)]
    rest = int(seconds)
    parts: list[str] = []
    for unit, length in units:
        if rest >= length or (unit == "s" and not parts):
            parts.append(f"{rest // length} {unit}")
            rest %= length
    return " ".join(parts[:2])
