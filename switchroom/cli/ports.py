"""Which of our ports are taken, by whom, and which setting moves us."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from switchroom.config import Config, split_address

_PROC = Path("/proc")
_LONGEST_NAME = 60
_KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One address that a setting asks for; port 0 for the host alone."""

    key: str
    protocol: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Taken:
    """One that cannot be had; *holder* is "command (pid n)" when it can be known."""

    wanted: Wanted
    holder: str
    reason: str

    def __str__(self) -> str:
        wanted = self.wanted
        env = "SWITCHROOM_" + wanted.key.upper().replace(".", "__")
        where = f"{wanted.protocol.upper()} port {wanted.port} on {wanted.host}" if wanted.port else wanted.host
        by = f"is taken by {self.holder}" if self.holder else self.reason
        return f"{where} {by}; another one is set by {wanted.key} (or {env})"


def wanted_by(config: Config) -> Iterator[Wanted]:
    """What the frontend will listen on."""
    for transport in ("udp", "tcp", "tls", "ws", "wss"):
        for text in getattr(config.frontend, transport):
            host, port = split_address(text)
            yield Wanted(f"frontend.{transport}", "udp" if transport == "udp" else "tcp", host, port)


def taken_of(wanted: Wanted) -> Taken | None:
    """Try to bind it, as the process will."""
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    with socket.socket(family, _KINDS[wanted.protocol]) as probe:
        if wanted.protocol == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((wanted.host, wanted.port))
            if wanted.protocol == "tcp":
                probe.listen()
        except OSError as error:
            holder = holder_of(wanted.protocol, wanted.port) if error.errno == errno.EADDRINUSE else ""
            return Taken(wanted, holder, f"cannot be used: {error.strerror}")
    return None


def holder_of(protocol: str, port: int) -> str:
    """The process that holds the port, from /proc; empty where that does not tell, as for other users' processes."""
    inodes = {inode for bound, inode in _bound(protocol) if bound == port}
    if not inodes:
        return ""
    for folder in _PROC.iterdir():
        if folder.name.isdecimal() and inodes & _sockets_of(folder):
            return f"{_command_of(folder)} (pid {folder.name})"
    return ""


def _command_of(folder: Path) -> str:
    """As it was started, shortened; a process may have no arguments left to show."""
    arguments = " ".join((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").split())
    name = arguments or (folder / "comm").read_text(encoding="utf-8").strip()
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def bound_ports(protocol: str) -> set[int]:
    """All that somebody holds, at whatever address."""
    return {port for port, _ in _bound(protocol)}


def _bound(protocol: str) -> Iterator[tuple[int, str]]:
    """Port and socket, as /proc names it; for TCP only of those that listen."""
    for table in (_PROC / "net" / protocol, _PROC / "net" / f"{protocol}6"):
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if protocol == "udp" or fields[3] == "0A":
                yield int(fields[1].rpartition(":")[2], 16), f"socket:[{fields[9]}]"


def _sockets_of(folder: Path) -> set[str]:
    found: set[str] = set()
    try:
        for descriptor in (folder / "fd").iterdir():
            found.add(str(descriptor.readlink()))
    except OSError:
        return found  # it ended meanwhile, or is another user's
    return found
