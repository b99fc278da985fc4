"""Ports that nobody uses, for tests that run side by side."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections.abc import Iterator

# Below what Linux hands out by itself (ip_local_port_range), so that a block stays free after it was looked at.
_LOWEST, _HIGHEST = 13_000, 32_000
_promised: set[int] = set()
"""Single ports handed out: whoever asked may bind them much later, and no block may have them meanwhile."""


def free_port(address: str = "127.0.0.1") -> int:
    """A port that is free for UDP and TCP."""
    _, highest = _share()
    for port in _candidates(highest - _for_single_ports(), highest, 1):
        if _is_free(address, port):
            _promised.add(port)
            return port
    raise OSError(f"no free port on {address}")


def free_block(size: int, address: str = "127.0.0.1") -> tuple[int, int]:
    """First and one past the last of *size* free ports, beginning at an even one."""
    lowest, highest = _share()
    for first in _candidates(lowest, highest - _for_single_ports() - size, 2):
        if all(_is_free(address, port) for port in range(first, first + size)):
            return first, first + size
    raise OSError(f"no {size} free ports in a row on {address}")


def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def bound_udp_ports(pids: set[int]) -> set[int]:
    """The UDP ports these processes have open, as /proc tells."""
    inodes: set[str] = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    inodes.add(os.readlink(entry.path))
    ports = set()
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        with open(table) as lines:
            for line in list(lines)[1:]:
                fields = line.split()
                if f"socket:[{fields[9]}]" in inodes:
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _candidates(lowest: int, highest: int, step: int) -> Iterator[int]:
    chance = random.SystemRandom()  # two runs side by side must not walk the same way
    for _ in range(500 if highest > lowest else 0):
        yield chance.randrange(lowest, highest, step)


def _for_single_ports() -> int:
    """The upper quarter: scattered over all, a few of them leave no room for the block of a large benchmark."""
    lowest, highest = _share()
    return (highest - lowest) // 4 & ~1


def _share() -> tuple[int, int]:
    """The ports of this process of a parallel run: another one's media worker would take what we have only promised."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    index = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = (_HIGHEST - _LOWEST) // count & ~1
    return _LOWEST + index * size, _LOWEST + (index + 1) * size


def _is_free(address: str, port: int) -> bool:
    if port in _promised:
        return False
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
